import type { Command } from 'commander';
import type { App } from '../app.ts';
import { hierarchyTreeCommand } from './hierarchy-tree.ts';

export function hierarchyCommand(app: App): Command {
  const noun = app.noun('hierarchy', 'the tree of SMPs that this one belongs to');
  hierarchyTreeCommand(app, noun);
  return noun;
}
