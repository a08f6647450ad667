import { InvalidArgumentError, type Command } from 'commander';
import { GetTreeDocument, type GetTreeQuery } from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { formatSpan } from '../output/format-value.ts';
import { treeLabels } from '../output/tree-labels.ts';
import { defineView, type View } from '../output/view.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';

type TreeNode = GetTreeQuery['tree']['nodes'][number];

interface TreeOptions {
  readonly root?: string;
  readonly depth?: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly failIfAway?: boolean;
}

/** `hierarchy tree`: every server below the one that is asked. */
export function hierarchyTreeCommand(app: App, noun: Command): void {
  examples(
    noun
      .command('tree')
      .summary('show this SMP and all below it, live, with what those that are away told last')
      .option('--root <smp>', 'node id or GUID: only this SMP and what is below it')
      .option('--depth <levels>', 'at most so many levels below; 0 is the root alone', parseLevels)
      .option('--timeout <duration>', 'how long each may take to answer', parseDurationMs, 5_000)
      .option('--fail-if-away', `end with ${EXIT.PARTLY_DONE} when one did not answer`)
      .action(app.action(tree)),
    ['hierarchy tree', 'hierarchy tree --depth 1 --timeout 2s', 'hierarchy tree --fail-if-away'],
  );
}

async function tree(session: Session<TreeOptions>): Promise<void> {
  const { root, depth, timeout: timeoutMs, failIfAway } = session.options;
  const client = await session.client();
  const nodes = await collectPages(undefined, async (page) => {
    const variables = { root: root ?? null, maxDepth: depth ?? null, timeoutMs, ...page };
    return (await client.execute(GetTreeDocument, variables)).tree;
  });
  const labels = treeLabels(
    nodes.map((node) => ({ ...node, id: node.nodeId, text: nameOf(node) })),
  );
  const rows = [...labels.keys()].map((id) => nodes.find(({ nodeId }) => nodeId === id)!);
  session.printer.list(viewOf(labels), rows);
  const away = nodes.filter(({ status }) => status !== 'OK');
  if (away.length === 0) return;
  const text = `${away.length} of ${nodes.length} SMPs did not answer.`;
  if (failIfAway) throw new CliError(EXIT.PARTLY_DONE, text);
  session.note(text);
}

function viewOf(labels: ReadonlyMap<string, string>): View<TreeNode> {
  return defineView<TreeNode>({
    name: ({ nodeId }) => nodeId,
    columns: [
      { header: 'SMP', value: ({ nodeId }) => labels.get(nodeId) },
      { header: 'status', value: ({ status }) => status },
      { header: 'age', value: ({ ageMs }) => (ageMs == null ? null : formatSpan(ageMs)) },
      { header: 'packages', value: ({ summary }) => summary?.packages, kind: 'number' },
      { header: 'package servers', value: ({ summary }) => serversText(summary) },
      { header: 'computers', value: ({ summary }) => summary?.computers, kind: 'number' },
      { header: 'rejected', value: ({ summary }) => summary?.rejectedItems, kind: 'number' },
      { header: 'reason', value: ({ error, summary }) => error ?? summary?.readinessReasons[0] },
      { header: 'version', value: ({ summary }) => summary?.version, wide: true },
      { header: 'url', value: ({ summary }) => summary?.url, wide: true },
      { header: 'as of', value: ({ asOf }) => asOf, kind: 'date', wide: true },
      { header: 'node id', value: ({ nodeId }) => nodeId, wide: true },
    ],
  });
}

function nameOf({ nodeId, smp, summary }: TreeNode): string {
  return smp?.name ?? summary?.name ?? nodeId;
}

function serversText(summary: TreeNode['summary']): string | null {
  return summary ? `${summary.packageServersConnected} of ${summary.packageServers}` : null;
}

function parseLevels(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text)) return value;
  throw new InvalidArgumentError('Write a whole number from 0.');
}
