import type { Command } from 'commander';
import { ServerStatusDocument, type ServerStatusQuery } from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import type { Connection } from '../connection/resolve-connection.ts';
import { progressText } from '../jobs/job-view.ts';
import { defineView } from '../output/view.ts';
import type { Session } from '../session.ts';

type Status = ServerStatusQuery & { readonly connection: Omit<Connection, 'token'> };

const VIEW = defineView<Status>({
  name: (row) => row.smp.name,
  columns: [
    { header: 'server', value: (row) => `${row.smp.name} (Canopy ${row.smp.version})` },
    {
      header: 'address',
      value: (row) => `${row.connection.url}, from ${row.connection.urlOrigin}`,
    },
    {
      header: 'signed in as',
      value: (row) =>
        `${row.viewer.name}, ${row.viewer.role.toLowerCase()}, from ${row.connection.tokenOrigin}`,
    },
    { header: 'guid', value: (row) => row.smp.guid, kind: 'guid' },
    { header: 'node', value: (row) => row.smp.nodeId },
    { header: 'sites', value: (row) => row.smp.sites.map((site) => site.name) },
    { header: 'durability', value: (row) => row.smp.durability },
    {
      header: 'catalogue',
      value: (row) =>
        `${row.packages.totalCount} packages, ${row.packageServers.totalCount} package servers, ` +
        `${row.sites.totalCount} sites, ${row.subnets.totalCount} subnets, ` +
        `${row.computers.totalCount} computers`,
    },
    {
      header: 'failed sources',
      value: (row) => {
        const { totalCount, nodes } = row.failedPackages;
        const first = nodes.map(({ name, sourceReason }) => `${name}: ${sourceReason}`)[0];
        return totalCount === 0 ? 'none' : `${totalCount} (${first})`;
      },
    },
    {
      header: 'jobs',
      value: (row) =>
        row.jobs.length === 0
          ? 'none'
          : row.jobs.map((job) =>
              [job.package?.name ?? job.kind, job.state, progressText(job)].join(' ').trim(),
            ),
    },
  ],
});

export function statusCommand(app: App): Command {
  const status = app
    .noun('status', 'one screen: which server, who you are, what it has and does')
    .action(app.action(show));
  return examples(status, ['status', 'status -o json']);
}

async function show(session: Session): Promise<void> {
  const { token: _secret, ...connection } = await session.connection();
  const answer = await (await session.client()).execute(ServerStatusDocument);
  session.printer.one(VIEW, { connection, ...answer });
}
