import type { Command } from 'commander';
import {
  accepted,
  AssignPackageServerToSiteDocument,
  AssignSubnetToSiteDocument,
  CreateSiteDocument,
  CreateSubnetDocument,
  DeleteSiteDocument,
  GetSiteDocument,
  ListSitesDocument,
  SubnetGuidDocument,
  UnassignPackageServerFromSiteDocument,
  UpdateSiteDocument,
  type GetSiteQuery,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { byGuidOrName, guidOf, present } from '../look-up.ts';
import { parseCount } from '../parse-values.ts';
import { defineView } from '../output/view.ts';
import type { Session } from '../session.ts';
import { SITE_VIEW, SUBNET_VIEW } from './views.ts';

interface FieldOptions {
  readonly name?: string;
  readonly description?: string;
  readonly guid?: string;
}

export function siteCommand(app: App): Command {
  const noun = app.noun('site', 'sites, their subnets and package servers', 'sites');
  readCommands(app, noun);
  examples(
    noun
      .command('create')
      .summary('create a site')
      .argument('<name>')
      .option('--description <text>', 'free text')
      .option('--guid <guid>', 'take this GUID over from another console')
      .action(app.action(create)),
    ['site create Berlin'],
  );
  examples(
    noun
      .command('update')
      .summary('change a site')
      .argument('<site>', 'GUID or exact name')
      .option('--name <name>', 'new name')
      .option('--description <text>', 'free text')
      .action(app.action(update)),
    ['site update Berlin --name "Berlin Mitte"'],
  );
  examples(
    noun
      .command('delete')
      .alias('rm')
      .summary('delete a site')
      .argument('<site>', 'GUID or exact name')
      .action(app.action(remove)),
    ['site delete Berlin'],
  );
  membershipCommands(app, noun);
  return noun;
}

function readCommands(app: App, noun: Command): void {
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list sites')
      .option('--limit <count>', 'at most so many', parseCount)
      .action(
        app.action<{ limit?: number }, []>(async (session) => {
          const client = await session.client();
          const rows = await collectPages(
            session.options.limit,
            async (page) => (await client.execute(ListSitesDocument, page)).sites,
          );
          session.printer.list(SITE_VIEW, rows);
        }),
      ),
    ['site list', 'site list -o name'],
  );
  examples(
    noun
      .command('get')
      .summary('show a site with its subnets and package servers')
      .argument('<site>', 'GUID or exact name')
      .action(app.action(get)),
    ['site get Berlin'],
  );
}

function membershipCommands(app: App, noun: Command): void {
  const pair = (command: Command): Command =>
    command
      .argument('<site>', 'GUID or exact name')
      .argument('<package-server>', 'GUID or exact name');
  examples(
    pair(noun.command('assign-ps').summary('make a package server serve a site')).action(
      app.action(assignPackageServer),
    ),
    ['site assign-ps Berlin PS01'],
  );
  examples(
    pair(
      noun.command('unassign-ps').summary('undo a manual assignment of a package server'),
    ).action(app.action(unassignPackageServer)),
    ['site unassign-ps Berlin PS01'],
  );
  examples(
    noun
      .command('add-subnet')
      .summary('put a subnet into a site; makes the subnet when it is not known')
      .argument('<site>', 'GUID or exact name')
      .argument('<network>', '10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32')
      .action(app.action(addSubnet)),
    ['site add-subnet Berlin 10.1.0.0/16'],
  );
}

async function get(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const answer = await client.execute(GetSiteDocument, { by: byGuidOrName(text) });
  session.printer.one(SITE_SHEET, present('site', text, answer.site));
}

type SiteDetails = NonNullable<GetSiteQuery['site']>;

const SITE_SHEET = defineView<SiteDetails>({
  name: (row) => row.name,
  columns: [
    ...SITE_VIEW.columns,
    { header: 'subnets', value: (row) => row.subnets.nodes.map((subnet) => subnet.network) },
    {
      header: 'package servers',
      value: (row) =>
        row.packageServers.map(({ packageServer, manuallyAssigned }) =>
          manuallyAssigned ? `${packageServer.name} (manually assigned)` : packageServer.name,
        ),
    },
  ],
});

async function create(session: Session<FieldOptions>, name: string): Promise<void> {
  const { description, guid } = session.options;
  const client = await session.client();
  const input = {
    name,
    ...(description === undefined ? {} : { description }),
    ...(guid ? { guid } : {}),
  };
  const payload = accepted((await client.execute(CreateSiteDocument, { input })).createSite);
  session.printer.one(SITE_VIEW, payload.site!);
}

async function update(session: Session<FieldOptions>, text: string): Promise<void> {
  const { name, description } = session.options;
  if (name === undefined && description === undefined) {
    throw new CliError(EXIT.USAGE, 'There is nothing to change.', 'Give --name or --description.');
  }
  const client = await session.client();
  const id = await guidOf(client, 'site', text);
  const input = {
    id,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
  const payload = accepted((await client.execute(UpdateSiteDocument, { input })).updateSite);
  session.printer.one(SITE_VIEW, payload.site!);
}

async function remove(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const id = await guidOf(client, 'site', text);
  await session.confirm(`Delete the site '${text}'?`);
  const payload = accepted(
    (await client.execute(DeleteSiteDocument, { input: { id } })).deleteSite,
  );
  session.note(`Deleted ${payload.site!.name}.`);
}

async function assignPackageServer(session: Session, site: string, server: string): Promise<void> {
  const client = await session.client();
  const input = await pairOf(client, site, server);
  const answer = await client.execute(AssignPackageServerToSiteDocument, { input });
  const { packageServer } = accepted(answer.assignPackageServerToSite);
  session.note(`${packageServer!.name} now serves ${site}.`);
}

async function unassignPackageServer(
  session: Session,
  site: string,
  server: string,
): Promise<void> {
  const client = await session.client();
  const input = await pairOf(client, site, server);
  // The words of the console, so that people recognise what they do.
  await session.confirm(`Are you sure that you want to un-assign '${server}'?`);
  const answer = await client.execute(UnassignPackageServerFromSiteDocument, { input });
  const { packageServer } = accepted(answer.unassignPackageServerFromSite);
  session.note(`${packageServer!.name} is no longer assigned to ${site}. It was not deleted.`);
}

async function pairOf(client: SmpClient, site: string, server: string) {
  return {
    siteId: await guidOf(client, 'site', site),
    packageServerId: await guidOf(client, 'packageServer', server),
  };
}

async function addSubnet(session: Session, site: string, network: string): Promise<void> {
  const client = await session.client();
  const siteId = await guidOf(client, 'site', site);
  const { subnet } = await client.execute(SubnetGuidDocument, { by: { network } });
  if (subnet) {
    const input = { subnetId: subnet.guid, siteId };
    const answer = await client.execute(AssignSubnetToSiteDocument, { input });
    session.printer.one(SUBNET_VIEW, accepted(answer.assignSubnetToSite).subnet!);
  } else {
    const answer = await client.execute(CreateSubnetDocument, { input: { network, siteId } });
    session.printer.one(SUBNET_VIEW, accepted(answer.createSubnet).subnet!);
  }
}
