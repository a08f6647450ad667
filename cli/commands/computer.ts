import type { Command } from 'commander';
import {
  accepted,
  CreateComputerDocument,
  DeleteComputerDocument,
  GetComputerDocument,
  ListComputersDocument,
  UpdateComputerDocument,
  type GetComputerQuery,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { byGuidOrName, guidOf, guidsOf, present } from '../look-up.ts';
import { defineView } from '../output/view.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { COMPUTER_VIEW } from './views.ts';

interface FieldOptions {
  readonly name?: string;
  readonly domain?: string;
  readonly ip?: string[];
  readonly site?: string[];
  readonly guid?: string;
}

const COMPUTER_SHEET = defineView<NonNullable<GetComputerQuery['computer']>>({
  name: (row) => row.name,
  columns: [
    ...COMPUTER_VIEW.columns,
    {
      header: 'sites',
      value: (row) =>
        row.sites.map(({ guid, name }) =>
          row.manualSites.some((site) => site.guid === guid) ? `${name} (manually assigned)` : name,
        ),
    },
  ],
});

export function computerCommand(app: App): Command {
  const noun = app.noun('computer', 'the computers that ask for packages', 'computers');
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list computers')
      .option('--name <text>', 'only those whose name contains this')
      .option('--limit <count>', 'at most so many', parseCount)
      .action(app.action(list)),
    ['computer list --name PC-00', 'computer list -o csv'],
  );
  examples(
    noun
      .command('get')
      .summary('show a computer and its sites')
      .argument('<computer>', 'GUID or exact name')
      .action(app.action(get)),
    ['computer get PC-0042'],
  );
  examples(
    fieldOptions(noun.command('create').summary('create a computer').argument('<name>'))
      .option('--guid <guid>', 'its resource GUID, taken over from another console')
      .action(app.action(create)),
    ['computer create PC-0042 --domain CORP --ip 10.1.2.3'],
  );
  examples(
    fieldOptions(
      noun
        .command('update')
        .summary('change a computer')
        .argument('<computer>', 'GUID or exact name'),
    )
      .option('--name <name>', 'new name')
      .action(app.action(update)),
    ['computer update PC-0042 --ip 10.1.2.4 --ip 2001:db8::42'],
  );
  examples(
    noun
      .command('delete')
      .alias('rm')
      .summary('delete a computer')
      .argument('<computer>', 'GUID or exact name')
      .action(app.action(remove)),
    ['computer delete PC-0042'],
  );
  return noun;
}

function fieldOptions(command: Command): Command {
  return command
    .option('--domain <domain>', 'its domain')
    .option('--ip <address>', 'its address; may be repeated, replaces those known', collect)
    .option('--site <site>', 'assign it to this site by hand; may be repeated', collect);
}

async function list(session: Session<{ name?: string; limit?: number }>): Promise<void> {
  const { name, limit } = session.options;
  const where = name ? { name: { contains: name } } : {};
  const client = await session.client();
  const rows = await collectPages(
    limit,
    async (page) => (await client.execute(ListComputersDocument, { where, ...page })).computers,
  );
  session.printer.list(COMPUTER_VIEW, rows);
}

async function get(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const answer = await client.execute(GetComputerDocument, { by: byGuidOrName(text) });
  session.printer.one(COMPUTER_SHEET, present('computer', text, answer.computer));
}

async function create(session: Session<FieldOptions>, name: string): Promise<void> {
  const client = await session.client();
  const { guid } = session.options;
  const fields = await fieldsOf(client, session.options);
  const input = { ...fields, name, ...(guid ? { guid } : {}) };
  const payload = accepted(
    (await client.execute(CreateComputerDocument, { input })).createComputer,
  );
  session.printer.one(COMPUTER_VIEW, payload.computer!);
}

async function update(session: Session<FieldOptions>, text: string): Promise<void> {
  const client = await session.client();
  const { name } = session.options;
  const fields = { ...(await fieldsOf(client, session.options)), ...(name ? { name } : {}) };
  if (Object.keys(fields).length === 0) {
    throw new CliError(
      EXIT.USAGE,
      'There is nothing to change.',
      'See: canopy computer update --help',
    );
  }
  const input = { id: await guidOf(client, 'computer', text), ...fields };
  const payload = accepted(
    (await client.execute(UpdateComputerDocument, { input })).updateComputer,
  );
  session.printer.one(COMPUTER_VIEW, payload.computer!);
}

async function remove(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const id = await guidOf(client, 'computer', text);
  await session.confirm(`Delete the computer '${text}'?`);
  const answer = await client.execute(DeleteComputerDocument, { input: { id } });
  session.note(`Deleted ${accepted(answer.deleteComputer).computer!.name}.`);
}

async function fieldsOf(client: SmpClient, { domain, ip, site }: FieldOptions) {
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(ip ? { addresses: ip } : {}),
    ...(site ? { manualSiteIds: await guidsOf(client, 'site', site) } : {}),
  };
}
