import type { Command } from 'commander';
import {
  HierarchyStatusDocument,
  type ChildHealthFieldsFragment,
  type ParentHealthFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { defineView } from '../output/view.ts';
import type { Session } from '../session.ts';

type Health =
  | (ParentHealthFieldsFragment & { readonly role: 'parent' })
  | (ChildHealthFieldsFragment & { readonly role: 'child' });

/** How the links are doing; also what the commands that change a relation print. */
export const HEALTH_VIEW = defineView<Health>({
  name: (row) => row.guid,
  columns: [
    { header: 'role', value: (row) => row.role },
    { header: 'name', value: (row) => row.name },
    { header: 'state', value: (row) => row.state },
    { header: 'link', value: linkText },
    { header: 'since', value: sinceOf, kind: 'date' },
    { header: 'last heard', value: (row) => row.lastHeardAt, kind: 'date' },
    { header: 'behind', value: behindOf, kind: 'number' },
    { header: 'replication', value: replicationText },
    { header: 'rejected', value: rejectedOf, kind: 'number' },
    { header: 'trouble', value: troubleText },
    { header: 'guid', value: (row) => row.guid, kind: 'guid', wide: true },
    { header: 'node id', value: (row) => row.nodeId, wide: true },
    { header: 'packages', value: packagesText, wide: true },
    {
      header: 'delete policy',
      value: (row) => (row.role === 'child' ? row.deletePolicy : undefined),
      wide: true,
    },
    {
      header: 'version',
      value: (row) => (row.role === 'child' ? row.softwareVersion : undefined),
      wide: true,
    },
    {
      header: 'next try',
      value: (row) => (row.role === 'parent' ? row.nextTryAt : undefined),
      kind: 'date',
      wide: true,
    },
  ],
});

function linkText(row: Health): string {
  if (row.role === 'parent') return row.connected ? 'open' : 'closed';
  if (!row.connected) return 'closed';
  return row.stale ? 'silent' : 'open';
}

function sinceOf(row: Health): string | null {
  if (row.connected) return row.connectedSince;
  return row.role === 'child' ? row.disconnectedSince : null;
}

/** Revisions that a child lacks, pages that wait here. */
function behindOf(row: Health): number | null {
  return row.role === 'parent' ? row.waitingPages : row.lag;
}

function replicationText(row: Health): string {
  if (!row.replicationEnabled) return 'off';
  if (row.role === 'parent' && row.enabledByParent === false) return 'off at the parent';
  if (row.role === 'child' && row.enabledByChild === false) return 'off at the child';
  return 'on';
}

function rejectedOf(row: Health): number | null {
  return row.role === 'parent' ? row.rejections.totalCount : row.rejectedItems;
}

function troubleText(row: Health): string {
  if (row.role === 'parent') return row.lastError ?? '';
  const texts = [
    row.disconnectReason,
    row.doubledAt && 'two links from one start: is there a copy of it?',
    row.rewoundAt && 'was put back to an earlier state',
  ];
  return texts.filter(Boolean).join('; ');
}

function packagesText(row: Health): string {
  if (row.role === 'parent') return '';
  return row.packageGuids ? `${row.packageGuids.length} chosen` : 'all';
}

/** `hierarchy status`: whether the links are open, and what is behind. */
export function hierarchyStatusCommand(app: App, noun: Command): void {
  examples(
    noun
      .command('status')
      .summary('show how the links to the parent and the children are doing')
      .option('--fail-if-away', `end with ${EXIT.PARTLY_DONE} when a link is not open`)
      .action(app.action(status)),
    ['hierarchy status', 'hierarchy status -o wide', 'hierarchy status --fail-if-away'],
  );
}

async function status(session: Session<{ readonly failIfAway?: boolean }>): Promise<void> {
  const client = await session.client();
  const { smp } = await client.execute(HierarchyStatusDocument, {});
  const rows: Health[] = [
    ...(smp.parent ? [{ ...smp.parent, role: 'parent' as const }] : []),
    ...smp.children.map((child) => ({ ...child, role: 'child' as const })),
  ];
  session.printer.list(HEALTH_VIEW, rows);
  const held = smp.parent?.heldDeletions.totalCount ?? 0;
  if (held > 0) {
    session.note(`${held} deletions of the parent's wait for a person.`);
    session.note('See them: canopy hierarchy rejections');
    session.note('Do them:  canopy hierarchy confirm-deletions');
  }
  const away = rows.filter(({ state, connected }) => state === 'JOINED' && !connected);
  if (away.length === 0 || !session.options.failIfAway) return;
  const names = away.map(({ name }) => name).join(', ');
  throw new CliError(EXIT.PARTLY_DONE, `The link is not open: ${names}.`);
}
