import { Option, type Command } from 'commander';
import {
  accepted,
  CreatePackageServerDocument,
  DeletePackageServerDocument,
  GetPackageServerDocument,
  ListPackageServersDocument,
  ListPackageStatusDocument,
  UpdatePackageServerDocument,
  type GetPackageServerQuery,
  type PackageServerKind,
  type UpdatePackageServerInput,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { byGuidOrName, guidOf, present } from '../look-up.ts';
import { defineView } from '../output/view.ts';
import { parseCount, parseSwitch } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { enrollmentCommands } from './package-server-enrollment.ts';
import { runCommands } from './package-server-run.ts';
import { statusCommands } from './package-server-status.ts';
import { PACKAGE_SERVER_VIEW, PACKAGE_STATUS_VIEW } from './views.ts';

interface FieldOptions {
  readonly name?: string;
  readonly kind?: Lowercase<PackageServerKind>;
  readonly constrained?: boolean;
  readonly enabled?: boolean;
  readonly ip?: string[];
  readonly hostName?: string[];
  readonly httpUrl?: string;
  readonly httpsUrl?: string;
  readonly uncRoot?: string;
  readonly guid?: string;
}

const SERVER_SHEET = defineView<NonNullable<GetPackageServerQuery['packageServer']>>({
  name: (row) => row.name,
  columns: [
    ...PACKAGE_SERVER_VIEW.columns,
    {
      header: 'sites',
      value: (row) =>
        row.sites.map(({ site, manuallyAssigned }) =>
          manuallyAssigned ? `${site.name} (manually assigned)` : site.name,
        ),
    },
  ],
});

export function packageServerCommand(app: App): Command {
  const noun = app.noun(
    'ps',
    'package servers and what they hold',
    'package-server',
    'package-servers',
  );
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list package servers')
      .option('--limit <count>', 'at most so many', parseCount)
      .action(app.action(list)),
    ['ps list', 'ps list -o wide'],
  );
  examples(
    noun
      .command('get')
      .summary('show a package server and its sites')
      .argument('<package-server>', 'GUID or exact name')
      .action(app.action(get)),
    ['ps get PS01'],
  );
  examples(
    fieldOptions(noun.command('create').summary('create a package server').argument('<name>'))
      .option('--guid <guid>', 'take this GUID over from another console')
      .action(app.action(create)),
    ['ps create PS01 --kind legacy --ip 10.1.0.5 --http-url http://ps01.example'],
  );
  examples(
    fieldOptions(
      noun
        .command('update')
        .summary('change a package server')
        .argument('<package-server>', 'GUID or exact name'),
    )
      .option('--name <name>', 'new name')
      .action(app.action(update)),
    ['ps update PS01 --constrained on', 'ps update PS01 --enabled off'],
  );
  examples(
    noun
      .command('delete')
      .alias('rm')
      .summary('delete a package server')
      .argument('<package-server>', 'GUID or exact name')
      .action(app.action(remove)),
    ['ps delete PS01'],
  );
  examples(
    noun
      .command('packages')
      .summary('list what a package server has of each package')
      .argument('<package-server>', 'GUID or exact name')
      .action(app.action(packages)),
    ['ps packages PS01', 'ps packages PS01 -o csv'],
  );
  enrollmentCommands(app, noun);
  runCommands(app, noun);
  statusCommands(app, noun);
  return noun;
}

function fieldOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--kind <kind>', 'runs our daemon, or the legacy agent').choices([
        'canopy',
        'legacy',
      ]),
    )
    .option('--constrained <on|off>', 'fetches only within its own site', parseSwitch)
    .option('--enabled <on|off>', 'whether it is offered at all', parseSwitch)
    .option('--ip <address>', 'its address; may be repeated, replaces those known', collect)
    .option('--host-name <name>', 'its host name; may be repeated', collect)
    .option('--http-url <url>', 'base of its HTTP codebases')
    .option('--https-url <url>', 'base of its HTTPS codebases')
    .option('--unc-root <share>', 'base of its UNC codebases');
}

async function list(session: Session<{ limit?: number }>): Promise<void> {
  const client = await session.client();
  const rows = await collectPages(
    session.options.limit,
    async (page) => (await client.execute(ListPackageServersDocument, page)).packageServers,
  );
  session.printer.list(PACKAGE_SERVER_VIEW, rows);
}

async function get(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const answer = await client.execute(GetPackageServerDocument, { by: byGuidOrName(text) });
  session.printer.one(SERVER_SHEET, present('packageServer', text, answer.packageServer));
}

async function create(session: Session<FieldOptions>, name: string): Promise<void> {
  const client = await session.client();
  const { guid } = session.options;
  const input = { ...fieldsOf(session.options), name, ...(guid ? { guid } : {}) };
  const answer = await client.execute(CreatePackageServerDocument, { input });
  session.printer.one(PACKAGE_SERVER_VIEW, accepted(answer.createPackageServer).packageServer!);
}

async function update(session: Session<FieldOptions>, text: string): Promise<void> {
  const client = await session.client();
  const fields = fieldsOf(session.options);
  if (Object.keys(fields).length === 0) {
    throw new CliError(EXIT.USAGE, 'There is nothing to change.', 'See: canopy ps update --help');
  }
  const input = { id: await guidOf(client, 'packageServer', text), ...fields };
  const answer = await client.execute(UpdatePackageServerDocument, { input });
  session.printer.one(PACKAGE_SERVER_VIEW, accepted(answer.updatePackageServer).packageServer!);
}

async function remove(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const id = await guidOf(client, 'packageServer', text);
  await session.confirm(`Delete the package server '${text}'?`);
  const answer = await client.execute(DeletePackageServerDocument, { input: { id } });
  session.note(`Deleted ${accepted(answer.deletePackageServer).packageServer!.name}.`);
}

async function packages(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const where = { packageServer: { eq: await guidOf(client, 'packageServer', text) } };
  const rows = await collectPages(
    undefined,
    async (page) =>
      (await client.execute(ListPackageStatusDocument, { where, ...page })).packageStatusRows,
  );
  session.printer.list(PACKAGE_STATUS_VIEW, rows);
}

type PackageServerFields = Omit<UpdatePackageServerInput, 'id'>;

function fieldsOf(options: FieldOptions): PackageServerFields {
  const all: PackageServerFields = {
    name: options.name,
    kind: options.kind?.toUpperCase() as PackageServerKind | undefined,
    constrained: options.constrained,
    enabled: options.enabled,
    addresses: options.ip,
    hostNames: options.hostName,
    httpUrl: options.httpUrl,
    httpsUrl: options.httpsUrl,
    uncRoot: options.uncRoot,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
