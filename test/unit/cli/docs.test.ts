// Shows: docs/cli.md names every command, every command has examples, and examples are real.
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { EXIT } from '../../../cli/exit-code.ts';
import { createProgram } from '../../../cli/program.ts';
import { createOutside } from './support.ts';

const DOCS = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const TABLE = DOCS.slice(DOCS.indexOf('## Commands'), DOCS.indexOf('An agent keeps'));

const outside = await createOutside();
await outside.remove();
const program = createProgram(outside.io);

function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}
const COMMANDS = leaves(program).filter(([path]) => path !== 'complete');

test.each(COMMANDS)('%s is documented and has examples', (path, command) => {
  const words = path.split(' ');
  const noun = words.slice(0, -1).join(' ');
  const rows = TABLE.split('\n').filter((row) => noun === '' || row.includes(`\`${noun} `));
  expect(rows.some((row) => row.includes(`${words.at(-1)}\``) || row.includes(`${path}\``))).toBe(
    true,
  );
  if (path !== 'version') expect(command.description()).toContain('$ canopy ');
});

test.each(COMMANDS)('the examples of %s begin with it', (path, command) => {
  const examples = [...command.description().matchAll(/^ {2}\$ canopy (.*)$/gm)].map(
    ([, text]) => text!,
  );
  for (const example of examples) expect(example.startsWith(path)).toBe(true);
});

test('every exit code is in the table', () => {
  for (const code of Object.values(EXIT)) expect(DOCS).toContain(`| ${code} |`);
});
