import { Command, Option } from 'commander';
import type {
  CandidateFieldsFragment,
  DecisionFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { explain } from '../explain-codebases.ts';
import { formatGuid } from '../output/format-value.ts';
import { formatTable } from '../output/table.ts';
import { defineView } from '../output/view.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly package: string;
  readonly ip?: string[];
  readonly computer?: string;
  readonly tryingFor?: number;
  readonly deny?: string;
}

const CANDIDATE_VIEW = defineView<CandidateFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'accepted', value: (row) => row.accepted },
    { header: 'rank', value: (row) => row.rank, kind: 'number' },
    { header: 'source', value: (row) => row.name },
    { header: 'trust', value: (row) => row.trust },
    { header: 'rule', value: (row) => row.reason ?? row.rule },
    { header: 'explanation', value: (row) => row.explanation },
    { header: 'urls', value: (row) => row.urls },
  ],
});

export function explainCommand(app: App): Command {
  const command = new Command('explain')
    .summary('tell why an agent gets its sources, and why not the others')
    .requiredOption('--package <package>', 'GUID or exact name')
    .option('--ip <address>', 'an address of the asker; may be repeated', collect)
    .option('--computer <computer>', 'the asking computer: GUID or name; its addresses are known')
    .option('--trying-for <duration>', 'how long it has been trying (45m)', parseDurationMs)
    .addOption(
      new Option(
        '--deny <whom>',
        'refuse the SMP (ns) or package servers of other sites (ext-ps)',
      ).choices(['ns', 'ext-ps']),
    )
    .action(app.action(run));
  return examples(command, [
    'agent explain --package "7-Zip" --ip 10.1.2.3',
    'agent explain --package "7-Zip" --computer PC-0042 --trying-for 45m',
    'agent explain --package "7-Zip" --ip 10.1.2.3 -o json',
  ]);
}

async function run(session: Session<Options>): Promise<void> {
  const { deny, ...asker } = session.options;
  const decision = await explain(session, { ...asker, ...(deny ? { deny: [deny] } : {}) });
  const { printer } = session;
  if (printer.format === 'csv' || printer.format === 'name') {
    printer.list(CANDIDATE_VIEW, decision.candidates);
  } else printer.data(decision, story(decision, printer.format === 'wide'));
}

/** The decision as a person reads it: who asks, from where, what is offered, what is not and why. */
function story(decision: DecisionFieldsFragment, wide: boolean): string {
  const { asker, candidates } = decision;
  const offered =
    decision.offeredVersion > 0 ? `version ${decision.offeredVersion}` : 'nothing yet';
  const accepted = candidates
    .filter((candidate) => candidate.accepted)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const rejected = candidates.filter((candidate) => !candidate.accepted);
  return [
    `Package  ${decision.package.name} ${formatGuid(decision.package.guid)}\n`,
    `Offered  ${offered}\n`,
    `Asker    ${askerText(asker)}\n`,
    ...asker.locations.map(locationText),
    `Sites    ${asker.sites.map((site) => site.name).join(', ') || 'none'}\n`,
    `\nOffered sources, best first (${accepted.length})\n`,
    accepted.length > 0 ? sources(accepted) : '  none\n',
    ...(wide ? accepted.flatMap(({ urls }) => urls.map((url) => `  ${url}\n`)) : []),
    `\nNot offered (${rejected.length})\n`,
    rejected.length > 0 ? rejections(rejected) : '  none\n',
  ].join('');
}

function askerText({ computer, packageServer }: DecisionFieldsFragment['asker']): string {
  if (packageServer) return `package server ${packageServer.name}`;
  return computer ? `computer ${computer.name}` : 'not known here; served by its addresses alone';
}

function locationText({
  address,
  subnets,
  site,
}: DecisionFieldsFragment['asker']['locations'][0]): string {
  const [first, ...others] = subnets.map((subnet) => subnet.network);
  if (!first) return `Address  ${address}: in no known subnet\n`;
  const also =
    others.length > 0 ? ` (also in ${others.join(', ')}; the longest prefix decides)` : '';
  return `Address  ${address}: subnet ${first}${also}, site ${site?.name ?? 'none'}\n`;
}

function sources(candidates: readonly CandidateFieldsFragment[]): string {
  const rows = candidates.map((c) => [
    `  ${c.rank ?? ''}`,
    c.name,
    c.trust,
    c.reason ?? '',
    c.explanation,
  ]);
  return formatTable(['  RANK', 'SOURCE', 'TRUST', 'REASON', 'BECAUSE'], rows);
}

function rejections(candidates: readonly CandidateFieldsFragment[]): string {
  const rows = candidates.map((c) => [`  ${c.name}`, c.trust, c.rule ?? '', c.explanation]);
  return formatTable(['  SOURCE', 'TRUST', 'RULE', 'BECAUSE'], rows);
}
