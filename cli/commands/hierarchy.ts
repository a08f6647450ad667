import { Option, type Command } from 'commander';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  HierarchyRelationsDocument,
  LeaveHierarchyDocument,
  RemoveChildDocument,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { childGuid } from '../look-up-neighbour.ts';
import { hierarchyJoinCommands } from './hierarchy-join.ts';
import { hierarchyReplicationCommands } from './hierarchy-replication.ts';
import { hierarchyStatusCommand } from './hierarchy-status.ts';
import { hierarchyTreeCommand } from './hierarchy-tree.ts';
import { RELATION_VIEW } from './hierarchy-views.ts';

interface EndOptions {
  readonly items: 'keep' | 'delete';
  readonly dryRun?: boolean;
}

export function hierarchyCommand(app: App): Command {
  const noun = app.noun('hierarchy', 'the tree of SMPs that this one belongs to');
  tokenCommand(app, noun);
  hierarchyJoinCommands(app, noun);
  endCommands(app, noun);
  hierarchyStatusCommand(app, noun);
  hierarchyReplicationCommands(app, noun);
  hierarchyTreeCommand(app, noun);
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list the parent and the children of the SMP')
      .action(app.action(list)),
    ['hierarchy list', 'hierarchy list -o wide'],
  );
  return noun;
}

function tokenCommand(app: App, noun: Command): void {
  const token = noun.command('token').summary('tokens with which SMPs join this one');
  examples(
    token
      .command('create')
      .summary('make a token with which one SMP joins this one as a child, once')
      .option('--expires-in <duration>', 'how long it is good (1h)', parseDurationMs)
      .action(app.action(createToken)),
    ['hierarchy token create > child.token', 'hierarchy token create --expires-in 2d'],
  );
}

function endCommands(app: App, noun: Command): void {
  const ending = (command: Command): Command =>
    command
      .addOption(
        new Option('--items <choice>', 'packages that came from the parent')
          .choices(['keep', 'delete'])
          .default('keep'),
      )
      .option('--dry-run', 'only tell what would happen');
  examples(
    ending(noun.command('leave').summary('leave the parent, also while it is down')).action(
      app.action(leave),
    ),
    ['hierarchy leave', 'hierarchy leave --items delete --yes'],
  );
  examples(
    ending(noun.command('remove').alias('rm').summary('remove a child, also while it is down'))
      .argument('<child>', 'GUID or exact name')
      .action(app.action(remove)),
    ['hierarchy remove smp2', 'hierarchy remove smp2 --items delete --yes'],
  );
}

/** The token alone goes to stdout as a table, so that it can be put into a file. */
async function createToken(session: Session<{ readonly expiresIn?: number }>): Promise<void> {
  const client = await session.client();
  const { expiresIn } = session.options;
  const life = expiresIn === undefined ? {} : { expiresInMinutes: Math.ceil(expiresIn / 60_000) };
  const input = { kind: 'CHILD' as const, ...life };
  const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
  const { token, expiresAt } = accepted(answer.createEnrollmentToken);
  session.printer.data({ token, expiresAt }, `${token}\n`);
  session.note('This is the only time that the token is shown; one SMP can join with it, once.');
}

async function leave(session: Session<EndOptions>): Promise<void> {
  const { dryRun = false, items } = session.options;
  const client = await session.client();
  if (!dryRun) await session.confirm(`Leave the parent and ${items} the packages it sent?`);
  const input = { items: items === 'keep' ? ('KEEP' as const) : ('DELETE' as const), dryRun };
  const answer = await client.execute(LeaveHierarchyDocument, { input });
  const { parent } = accepted(answer.leaveHierarchy);
  session.printer.one(RELATION_VIEW, { ...parent!, role: 'parent' });
  if (dryRun) session.note('Nothing was changed.');
}

async function remove(session: Session<EndOptions>, text: string): Promise<void> {
  const { dryRun = false, items } = session.options;
  const client = await session.client();
  const childId = await childGuid(client, text);
  if (!dryRun) await session.confirm(`Remove the child '${text}'?`);
  const input = {
    childId,
    items: items === 'keep' ? ('KEEP' as const) : ('DELETE' as const),
    dryRun,
  };
  const answer = await client.execute(RemoveChildDocument, { input });
  const { child } = accepted(answer.removeChild);
  session.printer.one(RELATION_VIEW, { ...child!, role: 'child' });
  if (dryRun) session.note('Nothing was changed.');
}

async function list(session: Session): Promise<void> {
  const client = await session.client();
  const { smp } = await client.execute(HierarchyRelationsDocument, {});
  const parents = [...(smp.parent ? [smp.parent] : []), ...smp.leftParents];
  session.printer.list(RELATION_VIEW, [
    ...parents.map((parent) => ({ ...parent, role: 'parent' as const })),
    ...smp.children.map((child) => ({ ...child, role: 'child' as const })),
  ]);
}
