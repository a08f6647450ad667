import type { Command } from 'commander';
import {
  accepted,
  CreateSubnetDocument,
  DeleteSubnetDocument,
  ListSubnetsDocument,
  LocateAddressesDocument,
  type LocationFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { guidOf } from '../look-up.ts';
import { defineView } from '../output/view.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { importSubnets } from './subnet-import.ts';
import { SUBNET_VIEW } from './views.ts';

const LOCATION_VIEW = defineView<LocationFieldsFragment>({
  name: (row) => row.site?.name ?? '',
  columns: [
    { header: 'address', value: (row) => row.address },
    { header: 'site', value: (row) => row.site?.name ?? 'none' },
    { header: 'decided by', value: (row) => row.subnets[0]?.network },
    { header: 'also in', value: (row) => row.subnets.slice(1).map((subnet) => subnet.network) },
  ],
});

export function subnetCommand(app: App): Command {
  const noun = app.noun('subnet', 'networks, and the sites they belong to', 'subnets');
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list subnets')
      .option('--site <site>', 'only those of this site')
      .option('--limit <count>', 'at most so many', parseCount)
      .action(app.action(list)),
    ['subnet list', 'subnet list --site Berlin -o csv'],
  );
  examples(
    noun
      .command('create')
      .summary('make a network known')
      .argument('<network>', '10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32')
      .option('--name <name>', 'name of the subnet')
      .option('--site <site>', 'the site it belongs to')
      .action(app.action(create)),
    ['subnet create 10.1.0.0/16 --site Berlin'],
  );
  examples(
    noun
      .command('delete')
      .alias('rm')
      .summary('forget a network')
      .argument('<subnet>', 'GUID or network')
      .action(app.action(remove)),
    ['subnet delete 10.1.0.0/16'],
  );
  examples(
    noun
      .command('import')
      .summary('take subnets from a CSV file: network, name, site')
      .argument('<csv>', 'file with a header line; - is standard input')
      .option('--create-sites', 'make the sites that are not known')
      .option('--dry-run', 'only tell what would be done')
      .action(app.action(importSubnets)),
    ['subnet import subnets.csv --dry-run', 'subnet import - --create-sites < subnets.csv'],
  );
  examples(
    noun
      .command('which')
      .summary('tell which subnet and site an address belongs to, and why')
      .argument('<ip...>')
      .action(app.action(which)),
    ['subnet which 10.1.2.3'],
  );
  return noun;
}

async function list(session: Session<{ site?: string; limit?: number }>): Promise<void> {
  const { site, limit } = session.options;
  const client = await session.client();
  const where = site ? { site: { eq: await guidOf(client, 'site', site) } } : {};
  const rows = await collectPages(
    limit,
    async (page) => (await client.execute(ListSubnetsDocument, { where, ...page })).subnets,
  );
  session.printer.list(SUBNET_VIEW, rows);
}

async function create(
  session: Session<{ name?: string; site?: string }>,
  network: string,
): Promise<void> {
  const { name, site } = session.options;
  const client = await session.client();
  const input = {
    network,
    ...(name === undefined ? {} : { name }),
    ...(site ? { siteId: await guidOf(client, 'site', site) } : {}),
  };
  const payload = accepted((await client.execute(CreateSubnetDocument, { input })).createSubnet);
  session.printer.one(SUBNET_VIEW, payload.subnet!);
}

async function remove(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const id = await guidOf(client, 'subnet', text);
  await session.confirm(`Delete the subnet '${text}'?`);
  const answer = await client.execute(DeleteSubnetDocument, { input: { id } });
  session.note(`Deleted ${accepted(answer.deleteSubnet).subnet!.network}.`);
}

async function which(session: Session, addresses: string[]): Promise<void> {
  const client = await session.client();
  const { locate } = await client.execute(LocateAddressesDocument, { addresses });
  session.printer.list(LOCATION_VIEW, locate);
}
