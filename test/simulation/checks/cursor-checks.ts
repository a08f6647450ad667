import type { TreeItem } from '../../../catalog/tree-model.ts';
import type { ChildLinkEvent, TreePage } from '../../../hierarchy/link/link-protocol.ts';
import type { RowChange } from '../support/memory-database.ts';
import type { Machine } from '../world/machine.ts';
import type { TreeWorld, Watcher } from '../world/tree-world.ts';
import { parentOf, rowOf } from './rows.ts';

/** What a child does with its parent's feed, as seen from outside. */
interface Reading {
  /** Pages that reached it, by cursor. */
  readonly pages: Map<string, TreePage>;
  /** A comparison or an offer of a node below is under way, which store items without a cursor. */
  isComparing: boolean;
}

const MAC_BYTES = 16;

/**
 * A cursor says what is stored, and nothing more: a page is stored whole and together with its
 * cursor, and everything that the parent had up to a cursor is here.
 */
export class CursorChecks implements Watcher {
  private readonly world: TreeWorld;
  private readonly readings = new Map<Machine, Reading>();
  /** Machines that are asked by a node below to take back what they lost. */
  private readonly takingBack = new Map<Machine, number>();

  constructor(world: TreeWorld) {
    this.world = world;
  }

  heard(child: Machine, _parent: Machine, event: ChildLinkEvent): void {
    const reading = this.readingOf(child);
    if (event.kind === 'PAGE') reading.pages.set(event.page.cursor, event.page);
    if (event.kind === 'COMPARE') reading.isComparing = true;
  }

  asked(child: Machine, kind: string): void {
    if (kind === 'digests') this.readingOf(child).isComparing = true;
    if (kind !== 'offerNewer') return;
    const above = this.aboveOf(child);
    if (above) this.takingBack.set(above, this.world.time.nowMs);
  }

  restored(machine: Machine): void {
    this.readings.delete(machine);
  }

  committed(machine: Machine, changes: readonly RowChange[]): void {
    const cursorRow = changes.find(
      ({ kind, key, after }) => kind === 'feedPosition' && key.startsWith('DOWN/') && after,
    );
    const reading = this.readingOf(machine);
    if (!cursorRow) return this.withoutCursor(machine, reading, changes);
    const { cursor } = JSON.parse(cursorRow.after!) as { cursor: string };
    const page = reading.pages.get(cursor);
    if (cursor === '') return;
    // The cursor of a comparison may be that of a page which still waits.
    if (!page) reading.isComparing = false;
    else if (!reading.isComparing) this.stored(machine, page);
    this.behind(machine);
  }

  /** Everything of the page is here, in its state or a later one, or noted as rejected. */
  private stored(machine: Machine, page: TreePage): void {
    for (const sent of page.items) {
      const key = sent.kind === 'ITEM' ? `PACKAGE/${sent.item.id}` : `PACKAGE/${sent.id}`;
      const there: Told =
        sent.kind === 'ITEM' ? sent.item : { ownerNodeId: '', ownerRevision: 0, withdrawn: true };
      if (!isHere(machine, key, there)) {
        this.say(machine, `the cursor of a page is stored, and its ${key} is not`);
      }
    }
  }

  /** What the parent had up to this machine's cursor, and did not change since, is here. */
  behind(machine: Machine): void {
    const above = this.aboveOf(machine);
    const record = above && rowOf(above, 'child', machine.guid);
    const cursor = above && rowOf(machine, 'feedPosition', `DOWN/${above.identity.nodeId}`)?.cursor;
    if (!record || !cursor) return;
    const [epoch, run, revision, childId, ruleRevision] = partsOf(cursor);
    if (childId !== machine.guid || ruleRevision !== record.ruleRevision) return;
    if (!isInHistory(above, { epoch, run, revision })) return;
    const { rule } = record;
    for (const [address, row] of above.database.content.rows) {
      if (!address.startsWith('treeItem ') || row.revision > revision) continue;
      const item = JSON.parse(row.text) as TreeItem;
      if (rule.kind === 'CHOSEN' && !rule.packageIds.some((id) => id === item.id)) continue;
      const key = address.slice('treeItem '.length);
      if (!isHere(machine, key, item)) {
        this.say(machine, `its cursor is beyond ${key} of ${above.name}, which it does not have`);
      }
    }
  }

  private withoutCursor(machine: Machine, reading: Reading, changes: readonly RowChange[]): void {
    const ofRelation = changes.some(({ kind }) => kind === 'parent' || kind === 'child');
    const sinceAskedMs = this.world.time.nowMs - (this.takingBack.get(machine) ?? -Infinity);
    const isLate = reading.isComparing || sinceAskedMs < TAKING_BACK_MS;
    if (ofRelation || isLate || this.hasToCompare(machine)) return;
    // What was held is done when a person says so, long after its page.
    const confirmed = new Set(
      changes.flatMap(({ kind, key, after }) =>
        kind === 'rejection' && after === undefined ? [key] : [],
      ),
    );
    for (const { kind, key, after } of changes) {
      if (kind !== 'treeItem' || after === undefined || confirmed.has(key)) continue;
      const { ownerNodeId } = JSON.parse(after) as TreeItem;
      if (ownerNodeId === machine.identity.nodeId) continue;
      this.say(machine, `${key} of the parent is stored without a cursor`);
    }
  }

  /** With an empty cursor nothing is said of what is stored, and everything is compared next. */
  private hasToCompare(machine: Machine): boolean {
    const above = this.aboveOf(machine);
    const key = `DOWN/${above?.identity.nodeId}`;
    return rowOf(machine, 'feedPosition', key)?.cursor === '';
  }

  private say({ name }: Machine, text: string): void {
    this.world.violate('a page and its cursor are stored as one', `${name}: ${text}`);
  }

  private aboveOf(machine: Machine): Machine | undefined {
    const parent = parentOf(machine);
    if (parent?.state !== 'JOINED') return undefined;
    return this.world.machines.find(({ identity }) => identity.nodeId === parent.nodeId);
  }

  private readingOf(machine: Machine): Reading {
    let reading = this.readings.get(machine);
    if (!reading) this.readings.set(machine, (reading = { pages: new Map(), isComparing: false }));
    return reading;
  }
}

/** An offer from below may wait so long in the network. */
const TAKING_BACK_MS = 10 * 60_000;

type Told = Pick<TreeItem, 'ownerNodeId' | 'ownerRevision'> &
  Partial<Pick<TreeItem, 'withdrawn' | 'state'>>;

function isHere(machine: Machine, key: string, told: Told): boolean {
  const mine = rowOf(machine, 'treeItem', key);
  const rejection = rowOf(machine, 'rejection', key);
  if (rejection && (told.withdrawn || rejection.ownerRevision >= told.ownerRevision)) return true;
  if (told.withdrawn) return !mine || mine.withdrawn || mine.ownerNodeId === own(machine);
  if (!mine) return false;
  if (mine.ownerNodeId === told.ownerNodeId) return mine.ownerRevision >= told.ownerRevision;
  // A package of its own stays when another one of that name was deleted above.
  return mine.ownerNodeId === own(machine) && told.state === undefined;
}

const own = ({ identity }: Machine): string => identity.nodeId;

type CursorParts = [string, string, number, string, number];

/** A cursor is a MAC and a JSON list, in base64url. */
function partsOf(cursor: string): CursorParts {
  const body = Buffer.from(cursor, 'base64url').subarray(MAC_BYTES);
  return JSON.parse(body.toString('utf8')) as CursorParts;
}

/** Whether a machine's database still has the history in which it issued a position. */
function isInHistory(
  { database }: Machine,
  { epoch, run, revision }: { epoch: string; run: string; revision: number },
): boolean {
  const { runs, epoch: present } = database.content;
  const place = runs.findIndex((one) => one.run === run);
  const end = runs[place + 1]?.firstRevision ?? database.content.revision;
  return epoch === present && place >= 0 && revision <= end;
}
