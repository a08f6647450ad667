import { Command } from 'commander';
import {
  agentFolder,
  openAgent,
  packageIdOf,
  resourceIdOf,
  denies,
  type AgentOptions,
} from '../agent-host.ts';
import { examples, type App } from '../app.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { addAgentFlags } from './agent-flags.ts';

/** The agents' questions, and the answers byte for byte. */
export function rawCommands(app: App): Command[] {
  return [
    examples(
      addAgentFlags(
        new Command('get-package-info')
          .summary('print the answer of GetPackageInfo.aspx as it is')
          .argument('<package...>'),
      ).action(app.action(packageInfo)),
      ['agent get-package-info {46D50E6E-183C-4D15-9767-EE14EBEA5ED4} --ip 10.1.2.3'],
    ),
    examples(
      addAgentFlags(
        new Command('get-snapshot')
          .summary('print the answer of GetPackageSnapshot.aspx as it is')
          .argument('<package>')
          .option('--internal-version <version>', 'default: what is offered now', parseCount),
      ).action(app.action(snapshot)),
      ['agent get-snapshot "7-Zip" > snapshot.xml'],
    ),
    examples(
      addAgentFlags(
        new Command('get-policies').summary('print the answer of GetClientPolicies.aspx as it is'),
      ).action(app.action(policies)),
      ['agent get-policies --resource PC-0042'],
    ),
  ];
}

async function packageInfo(session: Session<AgentOptions>, texts: string[]): Promise<void> {
  const { hostAddresses } = await import('../../agent/index.ts');
  const { io, options } = session;
  const { client } = await openAgent(session);
  const packageIds = [];
  for (const text of texts) packageIds.push(await packageIdOf(session, text));
  const answer = await client.packageInfo(
    {
      resourceId: await resourceIdOf(session, agentFolder(session)),
      packageIds,
      addresses: options.ip ?? hostAddresses(),
      totalTimeMinutes: Math.floor((options.tryingFor ?? 0) / 60_000),
      denySmp: denies(options, 'ns'),
      denyExternalPackageServers: denies(options, 'ext-ps'),
    },
    io.signal,
  );
  write(session, answer);
}

async function snapshot(
  session: Session<AgentOptions & { internalVersion?: number }>,
  text: string,
): Promise<void> {
  const { client } = await openAgent(session);
  const { internalVersion } = session.options;
  const version = internalVersion === undefined ? '' : `${internalVersion}/`;
  const url = `${client.url}/Altiris/NS/Agent/${version}GetPackageSnapshot.aspx`;
  const packageId = await packageIdOf(session, text);
  write(session, (await client.packageSnapshot(url, packageId, session.io.signal)).xml);
}

async function policies(session: Session<AgentOptions>): Promise<void> {
  const { client } = await openAgent(session);
  const resourceId = await resourceIdOf(session, agentFolder(session));
  write(session, await client.clientPolicies({ resourceId, hash: '' }, session.io.signal));
}

function write(session: Session, answer: Buffer): void {
  const text = answer.toString('utf8');
  session.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
