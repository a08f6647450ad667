import { Option, type Command } from 'commander';
import {
  accepted,
  CreatePackageDocument,
  DeletePackageDocument,
  GetPackageDocument,
  ListPackagesDocument,
  UpdatePackageDocument,
  type PackagePriority,
  type PackageSourceInput,
  type UpdatePackageInput,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { byGuidOrName, guidOf, present } from '../look-up.ts';
import { parseCount, parseDurationMs, parseSwitch } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { distributionCommands } from './package-distribution.ts';
import { codebasesCommand } from './package-codebases.ts';
import { PACKAGE_VIEW, SNAPSHOT_VIEW } from './views.ts';

interface ListOptions {
  readonly name?: string;
  readonly failed?: boolean;
  readonly limit?: number;
}

interface FieldOptions {
  readonly name?: string;
  readonly description?: string;
  readonly packageVersion?: string;
  /** `--source <folder>`; `false` for `--no-source`, which commander gives as the same option. */
  readonly source?: string | boolean;
  readonly sourceUrl?: string;
  readonly sourceDirectory?: string;
  readonly priority?: Lowercase<PackagePriority>;
  readonly multicast?: boolean;
  readonly cleanupAfter?: number;
  readonly announceBeforeReady?: boolean;
  readonly enabled?: boolean;
  readonly guid?: string;
}

export function packageCommand(app: App): Command {
  const noun = app.noun('package', 'packages and their versions', 'pkg', 'packages');
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list packages')
      .option('--name <text>', 'only those whose name contains this')
      .option('--failed', 'only those whose source could not be read')
      .option('--limit <count>', 'at most so many', parseCount)
      .action(app.action(list)),
    ['package list', 'package list --name office -o wide', 'package list --failed -o json'],
  );
  examples(
    noun
      .command('get')
      .summary('show one package and its current snapshot')
      .argument('<package>', 'GUID or exact name')
      .action(app.action(get)),
    ['package get "7-Zip"', 'package get {46D50E6E-183C-4D15-9767-EE14EBEA5ED4} -o yaml'],
  );
  examples(
    addFieldOptions(noun.command('create').summary('create a package').argument('<name>'))
      .option('--guid <guid>', 'take this GUID over from another console')
      .action(app.action(create)),
    [
      String.raw`package create "7-Zip" --source '\\filer\pkgs\7zip' --package-version 24.09`,
      'package create Tools --source /srv/packages/tools',
    ],
  );
  examples(
    addFieldOptions(
      noun
        .command('update')
        .summary('change a package')
        .argument('<package>', 'GUID or exact name'),
    )
      .option('--name <name>', 'new name')
      .action(app.action(update)),
    ['package update "7-Zip" --package-version 24.10', 'package update "7-Zip" --enabled off'],
  );
  examples(
    noun
      .command('delete')
      .alias('rm')
      .summary('delete a package and its snapshots')
      .argument('<package>', 'GUID or exact name')
      .action(app.action(remove)),
    ['package delete "7-Zip"'],
  );
  for (const command of [codebasesCommand(app), ...distributionCommands(app)]) {
    noun.addCommand(command);
  }
  return noun;
}

function addFieldOptions(command: Command): Command {
  return command
    .option('--package-version <text>', 'free version text')
    .option('--description <text>', 'free text')
    .option('--source <folder>', String.raw`folder of the server, or \\server\share\folder`)
    .option('--source-url <url>', 'URL that serves the files')
    .option('--source-directory <folder>', 'where the server reads what --source-url serves')
    .option('--no-source', 'a package without files')
    .addOption(
      new Option('--priority <priority>', 'download priority').choices(['low', 'normal', 'high']),
    )
    .option('--multicast <on|off>', 'agents may use multicast', parseSwitch)
    .option(
      '--cleanup-after <duration>',
      'agents delete unused files after this (7d)',
      parseDurationMs,
    )
    .option(
      '--announce-before-ready <on|off>',
      'offer a version before a source is ready',
      parseSwitch,
    )
    .option('--enabled <on|off>', 'whether it is offered at all', parseSwitch);
}

async function list(session: Session<ListOptions>): Promise<void> {
  const { name, failed, limit } = session.options;
  const where = {
    ...(name ? { name: { contains: name } } : {}),
    ...(failed ? { sourceState: { in: ['FAILED' as const, 'UNVERIFIED' as const] } } : {}),
  };
  const client = await session.client();
  const rows = await collectPages(
    limit,
    async (page) => (await client.execute(ListPackagesDocument, { where, ...page })).packages,
  );
  session.printer.list(PACKAGE_VIEW, rows);
}

async function get(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const answer = await client.execute(GetPackageDocument, { by: byGuidOrName(text) });
  const found = present('package', text, answer.package);
  const { printer } = session;
  printer.one(PACKAGE_VIEW, found);
  if (printer.format !== 'table' && printer.format !== 'wide') return;
  session.note(found.snapshot ? '\nCurrent snapshot:' : '\nThere is no snapshot yet.');
  if (found.snapshot) printer.one(SNAPSHOT_VIEW, found.snapshot);
}

async function create(session: Session<FieldOptions>, name: string): Promise<void> {
  const source = sourceOf(session.options);
  if (!source) {
    throw new CliError(
      EXIT.USAGE,
      'Where the files are is missing.',
      'Add --source, --source-url or --no-source.',
    );
  }
  const { guid } = session.options;
  const input = { ...fieldsOf(session.options), name, source, ...(guid ? { guid } : {}) };
  const client = await session.client();
  const payload = accepted((await client.execute(CreatePackageDocument, { input })).createPackage);
  session.printer.one(PACKAGE_VIEW, payload.package!);
  session.note(
    `Read its files: canopy package update-distribution-points ${payload.package!.guid}`,
  );
}

async function update(session: Session<FieldOptions>, text: string): Promise<void> {
  const { name } = session.options;
  const source = sourceOf(session.options);
  const fields = {
    ...fieldsOf(session.options),
    ...(name ? { name } : {}),
    ...(source ? { source } : {}),
  };
  if (Object.keys(fields).length === 0) {
    throw new CliError(
      EXIT.USAGE,
      'There is nothing to change.',
      'See: canopy package update --help',
    );
  }
  const client = await session.client();
  const input = { id: await guidOf(client, 'package', text), ...fields };
  const payload = accepted((await client.execute(UpdatePackageDocument, { input })).updatePackage);
  session.printer.one(PACKAGE_VIEW, payload.package!);
}

async function remove(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const id = await guidOf(client, 'package', text);
  await session.confirm(`Delete the package '${text}' and all its snapshots?`);
  const payload = accepted(
    (await client.execute(DeletePackageDocument, { input: { id } })).deletePackage,
  );
  session.note(`Deleted ${payload.package!.name}.`);
}

function fieldsOf(options: FieldOptions): Omit<UpdatePackageInput, 'id'> {
  const { cleanupAfter } = options;
  const all = {
    description: options.description,
    version: options.packageVersion,
    priority: options.priority?.toUpperCase() as PackagePriority | undefined,
    enableMulticast: options.multicast,
    cleanupAfterMinutes: cleanupAfter === undefined ? undefined : Math.round(cleanupAfter / 60_000),
    announceBeforeReady: options.announceBeforeReady,
    enabled: options.enabled,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function sourceOf(options: FieldOptions): PackageSourceInput | undefined {
  const { source, sourceUrl: url, sourceDirectory: directory } = options;
  if (url) return { kind: 'URL', url, ...(directory ? { directory } : {}) };
  if (source === false) return { kind: 'NONE' };
  if (typeof source !== 'string') return undefined;
  return { kind: source.startsWith('\\\\') ? 'UNC' : 'LOCAL', path: source };
}
