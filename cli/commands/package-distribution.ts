import { Command, Option } from 'commander';
import {
  accepted,
  AssignPackageToComputersDocument,
  ListSnapshotsDocument,
  ResetPackageOverlayDocument,
  SetPackageServerAssignmentDocument,
  UnassignPackageFromComputersDocument,
  UpdateDistributionPointsDocument,
  type PackageServerAssignmentMode,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import type { WaitOptions } from '../jobs/follow-jobs.ts';
import { addWaitFlags, printJobs } from '../jobs/wait-flags.ts';
import { byGuidOrName, guidOf, guidsOf, present } from '../look-up.ts';
import type { Session } from '../session.ts';
import { PACKAGE_VIEW, SNAPSHOT_VIEW } from './views.ts';

interface UpdateOptions extends WaitOptions {
  readonly all?: boolean;
  readonly force?: boolean;
}

interface AssignOptions {
  readonly mode?: Lowercase<PackageServerAssignmentMode>;
  readonly site?: string[];
  readonly packageServer?: string[];
}

/** The verbs of `package` that move it: versions, package servers, computers. */
export function distributionCommands(app: App): Command[] {
  return [
    updateCommand(app),
    snapshotCommand(app),
    assignCommand(app),
    unassignCommand(app),
    overlayCommand(app),
    computersCommand(app, 'assign-computers'),
    computersCommand(app, 'unassign-computers'),
  ];
}

function updateCommand(app: App): Command {
  const command = addWaitFlags(
    new Command('update-distribution-points')
      .alias('udp')
      .summary('read the sources again and publish what changed')
      .argument('[package...]', 'GUIDs or exact names')
      .option('--all', 'every package that has a source')
      .option('--force', 'raise the version even when no file changed'),
  ).action(app.action(updateDistributionPoints));
  return examples(command, [
    'package update-distribution-points "7-Zip" --wait --timeout 30m',
    'package update-distribution-points --all',
  ]);
}

function overlayCommand(app: App): Command {
  const command = new Command('reset-overlay')
    .summary("forget what this SMP decided itself about a package of the parent's")
    .argument('<package>', 'GUID or exact name')
    .action(
      app.action<object, [string]>(async (session, text) => {
        const client = await session.client();
        const input = { packageId: await guidOf(client, 'package', text) };
        const answer = await client.execute(ResetPackageOverlayDocument, { input });
        session.printer.one(PACKAGE_VIEW, accepted(answer.resetPackageOverlay).package!);
      }),
    );
  return examples(command, ['package reset-overlay "7-Zip"']);
}

async function updateDistributionPoints(
  session: Session<UpdateOptions>,
  texts: string[],
): Promise<void> {
  const { all, force } = session.options;
  if (Boolean(all) === texts.length > 0) {
    throw new CliError(EXIT.USAGE, 'Name the packages, or give --all.', 'Not both.');
  }
  const client = await session.client();
  const packageIds = all ? null : await guidsOf(client, 'package', texts);
  const input = { packageIds, force: force ?? false };
  const answer = await client.execute(UpdateDistributionPointsDocument, { input });
  await printJobs(session, accepted(answer.updateDistributionPoints).jobs ?? []);
}

function snapshotCommand(app: App): Command {
  const noun = new Command('snapshot').summary('the versions of a package');
  const list = noun
    .command('list')
    .alias('ls')
    .summary('list the snapshots that are kept')
    .argument('<package>', 'GUID or exact name')
    .action(
      app.action(async (session, text: string) => {
        const client = await session.client();
        const answer = await client.execute(ListSnapshotsDocument, { by: byGuidOrName(text) });
        const { snapshots } = present('package', text, answer.package);
        session.printer.list(SNAPSHOT_VIEW, snapshots.nodes);
      }),
    );
  examples(list, ['package snapshot list "7-Zip" -o wide']);
  return noun;
}

function assignCommand(app: App): Command {
  const command = new Command('assign')
    .summary('set which package servers get a package; replaces what was set before')
    .argument('<package>', 'GUID or exact name')
    .addOption(
      new Option('--mode <mode>', 'how they are chosen').choices([
        'all',
        'individually',
        'site',
        'automatic',
      ]),
    )
    .option('--site <site>', 'the package servers of this site; may be repeated', collect)
    .option('--package-server <package-server>', 'this package server; may be repeated', collect)
    .action(app.action(assign));
  return examples(command, [
    'package assign "7-Zip" --mode all',
    'package assign "7-Zip" --site Berlin --site Hamburg',
    'package assign "7-Zip" --package-server PS01 --package-server PS02',
  ]);
}

async function assign(session: Session<AssignOptions>, text: string): Promise<void> {
  const { site: sites = [], packageServer: servers = [] } = session.options;
  const mode = modeOf(session.options);
  const client = await session.client();
  const input = {
    packageId: await guidOf(client, 'package', text),
    mode,
    siteIds: await guidsOf(client, 'site', sites),
    packageServerIds: await guidsOf(client, 'packageServer', servers),
  };
  const answer = await client.execute(SetPackageServerAssignmentDocument, { input });
  session.printer.one(PACKAGE_VIEW, accepted(answer.setPackageServerAssignment).package!);
}

/** The named sites or package servers imply the mode; a mode that contradicts them is refused. */
function modeOf(options: AssignOptions): PackageServerAssignmentMode {
  const { mode, site, packageServer } = options;
  const implied = site ? 'site' : packageServer ? 'individually' : undefined;
  const fits = site ? mode !== 'all' && mode !== 'individually' : mode !== 'all' && mode !== 'site';
  if ((site && packageServer) || (implied && mode && !fits)) {
    throw new CliError(
      EXIT.USAGE,
      'Give sites, or package servers, or a mode that needs neither.',
      'See: canopy package assign --help',
    );
  }
  const chosen = mode ?? implied;
  if (chosen) return chosen.toUpperCase() as PackageServerAssignmentMode;
  throw new CliError(EXIT.USAGE, 'Name --mode, --site or --package-server.');
}

function unassignCommand(app: App): Command {
  const command = new Command('unassign')
    .summary('take a package away from every package server')
    .argument('<package>', 'GUID or exact name')
    .action(
      app.action(async (session, text: string) => {
        const client = await session.client();
        const packageId = await guidOf(client, 'package', text);
        await session.confirm(`Take '${text}' away from every package server?`);
        const input = {
          packageId,
          mode: 'INDIVIDUALLY' as const,
          packageServerIds: [],
          siteIds: [],
        };
        const answer = await client.execute(SetPackageServerAssignmentDocument, { input });
        session.printer.one(PACKAGE_VIEW, accepted(answer.setPackageServerAssignment).package!);
      }),
    );
  return examples(command, ['package unassign "7-Zip"']);
}

function computersCommand(app: App, verb: 'assign-computers' | 'unassign-computers'): Command {
  const assigning = verb === 'assign-computers';
  const command = new Command(verb)
    .summary(assigning ? 'offer a package to computers' : 'stop offering a package to computers')
    .argument('<package>', 'GUID or exact name')
    .argument('<computer...>', 'GUIDs or exact names')
    .action(
      app.action(async (session, text: string, computers: string[]) => {
        const client = await session.client();
        const input = {
          packageId: await guidOf(client, 'package', text),
          computerIds: await guidsOf(client, 'computer', computers),
        };
        if (assigning) {
          const answer = await client.execute(AssignPackageToComputersDocument, { input });
          accepted(answer.assignPackageToComputers);
        } else {
          const answer = await client.execute(UnassignPackageFromComputersDocument, { input });
          accepted(answer.unassignPackageFromComputers);
        }
        const count = computers.length === 1 ? '1 computer' : `${computers.length} computers`;
        session.note(assigning ? `Offered to ${count}.` : `No longer offered to ${count}.`);
      }),
    );
  return examples(command, [`package ${verb} "7-Zip" PC-0042 PC-0043`]);
}
