import { Option, type Command } from 'commander';
import {
  accepted,
  ConfirmHeldDeletionsDocument,
  EnableHierarchyReplicationDocument,
  ListRejectedItemsDocument,
  RunCompleteReplicationDocument,
  RunDifferentialReplicationDocument,
  UpdateChildDocument,
  type ConfirmHeldDeletionsInput,
  type RejectedItemFieldsFragment,
  type UpdateChildInput,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import type { WaitOptions } from '../jobs/follow-jobs.ts';
import { addWaitFlags, printJobs } from '../jobs/wait-flags.ts';
import { guidsOf } from '../look-up.ts';
import { childGuid, neighbourGuid } from '../look-up-neighbour.ts';
import { defineView } from '../output/view.ts';
import { parseSwitch } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { HEALTH_VIEW } from './hierarchy-status.ts';

interface ChildOptions {
  readonly everything?: boolean;
  readonly package?: string[];
  readonly nothing?: boolean;
  readonly deletePolicy?: 'all' | 'none';
  readonly replication?: boolean;
  readonly dryRun?: boolean;
}

const REJECTED_VIEW = defineView<RejectedItemFieldsFragment>({
  name: (row) => row.packageGuid,
  columns: [
    { header: 'package', value: (row) => row.package?.name },
    { header: 'guid', value: (row) => row.packageGuid, kind: 'guid' },
    { header: 'code', value: (row) => row.code },
    { header: 'since', value: (row) => row.since, kind: 'date' },
    { header: 'reason', value: (row) => row.reason },
    { header: 'statement', value: (row) => row.ownerRevision, kind: 'number', wide: true },
  ],
});

/** The verbs of `hierarchy` that are about what goes over its links. */
export function hierarchyReplicationCommands(app: App, noun: Command): void {
  childCommand(app, noun);
  switchCommands(app, noun);
  examples(
    addWaitFlags(
      noun
        .command('replicate')
        .summary('bring all children, or one neighbour, what is new; or compare everything')
        .argument('[neighbour]', 'GUID, node id or exact name of a child or the parent')
        .option('--complete', 'compare everything, in bytes proportional to what differs'),
    ).action(app.action(replicate)),
    ['hierarchy replicate', 'hierarchy replicate smp2 --complete --wait --timeout 10m'],
  );
  examples(
    noun
      .command('rejections')
      .summary("list items of the parent's that were not taken over, held deletions too")
      .action(app.action(rejections)),
    ['hierarchy rejections', 'hierarchy rejections -o json'],
  );
  examples(
    noun
      .command('confirm-deletions')
      .summary('do deletions that were held because there were unusually many')
      .argument('[package...]', 'GUID or exact name; all that are held now when absent')
      .option('--dry-run', 'only tell which')
      .action(app.action(confirmDeletions)),
    ['hierarchy confirm-deletions --dry-run', 'hierarchy confirm-deletions "7-Zip" --yes'],
  );
}

function childCommand(app: App, noun: Command): void {
  const child = noun.command('child').summary('what a child gets, and what it does with it');
  examples(
    child
      .command('update')
      .summary('choose packages, the delete policy, and whether replication runs')
      .argument('<child>', 'GUID or exact name')
      .addOption(
        new Option('--everything', 'every package goes to it').conflicts(['package', 'nothing']),
      )
      .addOption(
        new Option('--package <package>', 'only this one; may be repeated')
          .argParser(collect)
          .conflicts('nothing'),
      )
      .option('--nothing', 'no package goes to it')
      .addOption(
        new Option(
          '--delete-policy <policy>',
          'packages that are deleted here or left out now: all go there too, none does',
        ).choices(['all', 'none']),
      )
      .option('--replication <on|off>', 'whether replication to it runs', parseSwitch)
      .option('--dry-run', 'only tell what would happen')
      .action(app.action(updateChild)),
    [
      'hierarchy child update smp2 --package "7-Zip" --package Tools --dry-run',
      'hierarchy child update smp2 --everything --delete-policy none',
    ],
  );
}

function switchCommands(app: App, noun: Command): void {
  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    examples(
      noun
        .command(`${verb}-replication`)
        .summary(`switch replication ${enabled ? 'on' : 'off'}, on this side; links stay`)
        .argument('[neighbour]', 'GUID, node id or exact name; the parent and all children')
        .action(
          app.action<object, [string | undefined]>((session, name) =>
            enable(session, enabled, name),
          ),
        ),
      [`hierarchy ${verb}-replication`, `hierarchy ${verb}-replication smp2`],
    );
  }
}

async function updateChild(session: Session<ChildOptions>, text: string): Promise<void> {
  const { dryRun = false } = session.options;
  const change = await changeOf(session);
  if (Object.keys(change).length === 0) {
    const hint = 'See: canopy hierarchy child update --help';
    throw new CliError(EXIT.USAGE, 'There is nothing to change.', hint);
  }
  const client = await session.client();
  const input = { childId: await childGuid(client, text), ...change, dryRun };
  const answer = await client.execute(UpdateChildDocument, { input });
  const { child, addedPackages, withdrawnPackages } = accepted(answer.updateChild);
  session.printer.one(HEALTH_VIEW, { ...child!, role: 'child' });
  if (change.packages) {
    session.note(`${addedPackages} packages are added, ${withdrawnPackages} withdrawn.`);
  }
  if (dryRun) session.note('Nothing was changed.');
}

async function changeOf(session: Session<ChildOptions>): Promise<Partial<UpdateChildInput>> {
  const { everything, package: names, nothing, deletePolicy, replication } = session.options;
  const chosen = nothing ? [] : names && (await guidsOf(await session.client(), 'package', names));
  return {
    ...(everything ? { packages: { everything } } : {}),
    ...(chosen ? { packages: { packageIds: [...chosen] } } : {}),
    ...(deletePolicy ? { deletePolicy: deletePolicy === 'all' ? 'ALL' : 'NONE' } : {}),
    ...(replication === undefined ? {} : { replicationEnabled: replication }),
  };
}

async function enable(session: Session, enabled: boolean, name: string | undefined): Promise<void> {
  const client = await session.client();
  const neighbourId = name === undefined ? null : await neighbourGuid(client, name);
  const input = { enabled, neighbourId };
  const answer = await client.execute(EnableHierarchyReplicationDocument, { input });
  const { parent, children } = accepted(answer.enableHierarchyReplication);
  session.printer.list(HEALTH_VIEW, [
    ...(parent ? [{ ...parent, role: 'parent' as const }] : []),
    ...(children ?? []).map((child) => ({ ...child, role: 'child' as const })),
  ]);
}

async function replicate(
  session: Session<WaitOptions & { readonly complete?: boolean }>,
  name: string | undefined,
): Promise<void> {
  const client = await session.client();
  const neighbourId = name === undefined ? null : await neighbourGuid(client, name);
  const input = { neighbourId };
  const payload = session.options.complete
    ? (await client.execute(RunCompleteReplicationDocument, { input })).runCompleteReplication
    : (await client.execute(RunDifferentialReplicationDocument, { input }))
        .runDifferentialReplication;
  await printJobs(session, [accepted(payload).job!]);
}

async function rejections(session: Session): Promise<void> {
  const client = await session.client();
  const rows = await collectPages(undefined, async (page) => {
    const { smp } = await client.execute(ListRejectedItemsDocument, page);
    return smp.parent?.rejections ?? NONE;
  });
  session.printer.list(REJECTED_VIEW, rows);
}

const NONE = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

async function confirmDeletions(
  session: Session<{ readonly dryRun?: boolean }>,
  names: string[],
): Promise<void> {
  const { dryRun = false } = session.options;
  const client = await session.client();
  const send = async (input: ConfirmHeldDeletionsInput) => {
    const answer = await client.execute(ConfirmHeldDeletionsDocument, { input });
    return accepted(answer.confirmHeldDeletions).confirmed ?? [];
  };
  const packageIds = names.length > 0 ? await guidsOf(client, 'package', names) : null;
  const held = await send({ packageIds, dryRun: true });
  if (dryRun || held.length === 0) {
    session.printer.list(REJECTED_VIEW, held);
    return session.note(held.length === 0 ? 'No deletion is held.' : 'Nothing was changed.');
  }
  await session.confirm(`Delete ${held.length} packages here and below?`);
  // What the person saw, and nothing that came since.
  const seen = held.map(({ packageGuid }) => packageGuid);
  session.printer.list(REJECTED_VIEW, await send({ packageIds: seen, dryRun: false }));
}
