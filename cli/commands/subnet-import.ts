import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  accepted,
  CreateSiteDocument,
  CreateSubnetDocument,
  isSmpError,
  ListSitesDocument,
  ListSubnetsDocument,
  UpdateSubnetDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { defineView } from '../output/view.ts';
import { parseCsv, type CsvRecord } from '../parse-csv.ts';
import type { Session } from '../session.ts';

interface ImportOptions {
  readonly createSites?: boolean;
  readonly dryRun?: boolean;
}

interface Outcome {
  readonly line: number;
  readonly network: string;
  readonly site: string;
  readonly result: 'created' | 'updated' | 'unchanged' | 'failed';
  readonly reason: string;
}

const OUTCOME_VIEW = defineView<Outcome>({
  name: (row) => row.network,
  columns: [
    { header: 'line', value: (row) => row.line, kind: 'number' },
    { header: 'network', value: (row) => row.network },
    { header: 'site', value: (row) => row.site },
    { header: 'result', value: (row) => row.result },
    { header: 'reason', value: (row) => row.reason },
  ],
});

/** Every line on its own: what is right is taken, what is wrong is told. May be repeated. */
export async function importSubnets(session: Session<ImportOptions>, file: string): Promise<void> {
  const records = await readCsv(session, file);
  const client = await session.client();
  const importer = await createImporter(client, session.options);
  const outcomes: Outcome[] = [];
  for (const record of records) outcomes.push(await importer(record));
  session.printer.list(OUTCOME_VIEW, outcomes);
  if (session.options.dryRun) session.note('Nothing was changed (--dry-run).');
  const failed = outcomes.filter((outcome) => outcome.result === 'failed').length;
  if (failed === 0) return;
  throw new CliError(
    failed < outcomes.length ? EXIT.PARTLY_DONE : EXIT.FAILED,
    `${failed} of ${outcomes.length} lines were not taken.`,
    'Correct these lines and import the file again; the others stay as they are.',
  );
}

async function readCsv(session: Session, file: string): Promise<CsvRecord[]> {
  const { io } = session;
  const text =
    file === '-'
      ? await io.readStdin()
      : await readFile(path.resolve(io.workingFolder, file), 'utf8');
  let records: CsvRecord[];
  try {
    records = parseCsv(text);
  } catch (error) {
    if ((error as { name?: string }).name !== 'SyntaxError') throw error;
    throw new CliError(EXIT.USAGE, `${file}: ${(error as SyntaxError).message}.`);
  }
  if (records[0] && !('network' in records[0].fields)) {
    throw new CliError(
      EXIT.USAGE,
      `${file} has no column "network".`,
      'The first line names the columns: network,name,site',
    );
  }
  return records;
}

/** Reads what is there once, so that an unchanged line costs no request. */
async function createImporter(
  client: SmpClient,
  { createSites, dryRun }: ImportOptions,
): Promise<(record: CsvRecord) => Promise<Outcome>> {
  const sites = await collectPages(
    undefined,
    async (page) => (await client.execute(ListSitesDocument, page)).sites,
  );
  const subnets = await collectPages(
    undefined,
    async (page) => (await client.execute(ListSubnetsDocument, page)).subnets,
  );
  const siteGuids = new Map(sites.map((site) => [site.name.toLowerCase(), site.guid]));
  const known = new Map(subnets.map((subnet) => [subnet.network, subnet]));

  const siteIdOf = async (name: string): Promise<string> => {
    const guid = siteGuids.get(name.toLowerCase());
    if (guid) return guid;
    if (!createSites)
      throw new CliError(EXIT.NOT_FOUND, `There is no site "${name}" (--create-sites).`);
    if (dryRun) return '';
    const answer = await client.execute(CreateSiteDocument, { input: { name } });
    const made = accepted(answer.createSite).site!.guid;
    siteGuids.set(name.toLowerCase(), made);
    return made;
  };

  const take = async ({ fields }: CsvRecord): Promise<Outcome['result']> => {
    const { network = '', name = '', site = '' } = fields;
    if (!network) throw new CliError(EXIT.USAGE, 'The network is missing.');
    const siteId = site ? await siteIdOf(site) : undefined;
    const wanted = { ...(name ? { name } : {}), ...(siteId ? { siteId } : {}) };
    const present = known.get(network);
    if (!present) {
      if (!dryRun) {
        const answer = await client.execute(CreateSubnetDocument, {
          input: { network, ...wanted },
        });
        const made = accepted(answer.createSubnet).subnet!;
        known.set(made.network, made);
      }
      return 'created';
    }
    const same = (!name || present.name === name) && (!siteId || present.site?.guid === siteId);
    if (same) return 'unchanged';
    if (!dryRun) {
      const answer = await client.execute(UpdateSubnetDocument, {
        input: { id: present.guid, ...wanted },
      });
      known.set(network, accepted(answer.updateSubnet).subnet!);
    }
    return 'updated';
  };

  return async (record) => {
    const { network = '', site = '' } = record.fields;
    const base = { line: record.line, network, site };
    try {
      return { ...base, result: await take(record), reason: '' };
    } catch (error) {
      const { name, message, code } = error as { name?: string; message: string; code?: string };
      const ofThisLine = name === 'CliError' || (isSmpError(error) && !REQUEST_ERRORS.has(code!));
      if (!ofThisLine) throw error;
      return { ...base, result: 'failed', reason: message };
    }
  };
}

/** These would meet every following line too. */
const REQUEST_ERRORS = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNREACHABLE',
  'DEADLINE',
  'NOT_AN_SMP',
]);
