import {
  ITEM_KINDS,
  itemKey,
  type Change,
  type ItemKind,
  type ItemTypes,
} from '../../../catalog/items.ts';
import type {
  CatalogStore,
  CatalogTransaction,
  ChangeLog,
  FeedKind,
  FeedKinds,
  FeedState,
  IssuedPosition,
  Position,
  StateFeeds,
  StatePage,
  Wakeups,
} from '../../../catalog/ports.ts';
import { canonicalJson, type Json } from '../../../core/canonical-json.ts';
import type { Clock } from '../../../core/clock.ts';
import { CanopyError } from '../../../core/errors.ts';
import type { Random } from '../../../core/random.ts';
import { refuseUnstorableText } from '../../../server/persistence/catalog/stored-text.ts';

/** Everything that would be on disk: plain data, which a backup copies. */
export interface Disk {
  readonly epoch: string;
  revision: number;
  horizon: number;
  /** By `kind key`: the item's canonical JSON and the revision of its last change. */
  readonly rows: Map<string, { readonly text: string; readonly revision: number }>;
  readonly log: Change[];
  /** Rows of each state feed in the order of their changes; only the last entry of a row counts. */
  readonly feeds: {
    readonly [F in keyof FeedKinds]: { readonly revision: number; readonly address: string }[];
  };
  readonly runs: { readonly run: string; readonly firstRevision: number }[];
}

/** One row that a commit changed; `undefined` stands for no row. */
export interface RowChange {
  readonly kind: ItemKind;
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What happens to the process at a commit; `undefined` is nothing. */
export type CommitFault = 'DIES_BEFORE' | 'DIES_AFTER' | undefined;

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeups: Wakeups;
  /** Asked at each commit. */
  readonly fault?: () => CommitFault;
  /** A fault happened: whoever owns the process ends it. */
  readonly onDeath?: () => void;
  /** Told of each commit once it is on disk. */
  readonly onCommit?: (changes: readonly RowChange[]) => void;
}

const UNIQUE: { readonly [K in ItemKind]?: string } = {
  site: 'name',
  subnet: 'network',
  computer: 'name',
  packageServer: 'name',
};

/**
 * The catalogue's database for simulations: the promises of the real one, kept by the same contract
 * suites, without a disk. It survives the "process" that opened it, can be copied at any moment as
 * a backup, and put back.
 */
export class MemoryDatabase {
  private disk: Disk;

  constructor(random: Random) {
    const epoch = random.guid();
    const feeds: Disk['feeds'] = { DOWN: [], NODES: [], PROGRESS: [] };
    this.disk = { epoch, revision: 0, horizon: 0, rows: new Map(), log: [], feeds, runs: [] };
  }

  /** What is on disk now, to be looked at from outside. */
  get content(): Pick<Disk, 'epoch' | 'revision' | 'rows' | 'runs'> {
    return this.disk;
  }

  /** A copy of everything, as of now. */
  backUp(): Disk {
    return copyOf(this.disk);
  }

  /** Puts a copy back. No store may be open. */
  restore(backup: Disk): void {
    this.disk = copyOf(backup);
  }

  /** Opens it for a new process. */
  open(options: MemoryStoreOptions): MemoryStore {
    return new MemoryStore(this.disk, options);
  }
}

function copyOf({ rows, log, feeds, runs, ...head }: Disk): Disk {
  const { DOWN, NODES, PROGRESS } = feeds;
  const copied = { DOWN: [...DOWN], NODES: [...NODES], PROGRESS: [...PROGRESS] };
  return { ...head, rows: new Map(rows), log: [...log], feeds: copied, runs: [...runs] };
}

/** One process's view of the database. After {@link close} nothing it was asked ever answers. */
export class MemoryStore implements CatalogStore {
  readonly log: ChangeLog;
  readonly states: StateFeeds;
  private readonly disk: Disk;
  private readonly options: MemoryStoreOptions;
  private readonly run: string;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(disk: Disk, options: MemoryStoreOptions) {
    this.disk = disk;
    this.options = options;
    this.run = options.random.guid();
    disk.runs.push({ run: this.run, firstRevision: disk.revision });
    this.log = this.openLog();
    this.states = {
      read: (feed, after, page) => this.alive(() => this.readStates(feed, after, page)),
    };
  }

  /** The process died: what is under way never ends, and nothing more is written. */
  close(): void {
    this.closed = true;
  }

  transact<T>(
    work: (tx: CatalogTransaction) => Promise<T>,
  ): Promise<{ value: T; position: Position }> {
    const mine = this.turn.then(() => this.alive(() => this.attempt(work)));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async readAll(): Promise<{ position: Position; changes: Change[] }> {
    return this.alive(() => {
      const { revision } = this.disk;
      const atMs = this.options.clock.nowMs();
      const changes = [...this.disk.rows].flatMap(([address, { text }]) => {
        const [kind, key] = splitAddress(address);
        const { feed, scope } = ITEM_KINDS[kind];
        const item: unknown = JSON.parse(text);
        return feed === 'LOG' ? [{ revision, scope, kind, key, item, atMs } as Change] : [];
      });
      return { position: this.position(), changes };
    });
  }

  private position(): Position {
    return { epoch: this.disk.epoch, revision: this.disk.revision };
  }

  /** Answers like a process: later than asked, and not at all once it is dead. */
  private async alive<T>(answer: () => T | Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.closed) return new Promise<never>(() => undefined);
    const value = await answer();
    return this.closed ? new Promise<never>(() => undefined) : value;
  }

  private async attempt<T>(
    work: (tx: CatalogTransaction) => Promise<T>,
  ): Promise<{ value: T; position: Position }> {
    const pending = new Map<string, string | undefined>();
    const value = await work(new MemoryTransaction(this.disk, pending));
    if (this.closed) return new Promise<never>(() => undefined);
    const changed = [...pending].filter(
      ([address, text]) => this.disk.rows.get(address)?.text !== text,
    );
    if (changed.length > 0) {
      this.refuseTaken(changed);
      const fault = this.options.fault?.();
      if (fault !== 'DIES_BEFORE') this.commit(changed);
      if (fault) {
        this.close();
        this.options.onDeath?.();
        return new Promise<never>(() => undefined);
      }
      this.options.wakeups.notify();
    }
    return { value, position: this.position() };
  }

  private commit(changed: readonly (readonly [string, string | undefined])[]): void {
    const { disk } = this;
    const atMs = this.options.clock.nowMs();
    const told: RowChange[] = [];
    for (const [address, text] of changed) {
      const [kind, key] = splitAddress(address);
      const { feed, scope } = ITEM_KINDS[kind];
      if (feed !== 'NONE') disk.revision += 1;
      const { revision } = disk;
      told.push({ kind, key, before: disk.rows.get(address)?.text, after: text });
      if (text === undefined) disk.rows.delete(address);
      else disk.rows.set(address, { text, revision });
      if (feed === 'NONE') continue;
      if (feed !== 'LOG') {
        disk.feeds[feed].push({ revision, address });
        continue;
      }
      const item: unknown = text === undefined ? undefined : JSON.parse(text);
      disk.log.push({ revision, scope, kind, key, item, atMs } as Change);
    }
    this.options.onCommit?.(told);
  }

  private refuseTaken(changed: readonly (readonly [string, string | undefined])[]): void {
    if (!changed.some(([address]) => UNIQUE[splitAddress(address)[0]])) return;
    const after = new Map([...this.disk.rows].map(([address, { text }]) => [address, text]));
    for (const [address, text] of changed) {
      if (text === undefined) after.delete(address);
      else after.set(address, text);
    }
    for (const [address, text] of changed) {
      const [kind] = splitAddress(address);
      const field = UNIQUE[kind];
      if (field === undefined || text === undefined) continue;
      const value = fieldOf(text, field);
      const isTaken = [...after].some(
        ([other, itemText]) =>
          other !== address &&
          splitAddress(other)[0] === kind &&
          fieldOf(itemText, field).toLowerCase() === value.toLowerCase(),
      );
      if (!isTaken) continue;
      throw new CanopyError('CONFLICT', `another ${kind} already has the ${field} "${value}"`, {
        path: [field],
      });
    }
  }

  private openLog(): ChangeLog {
    const { disk } = this;
    return {
      run: this.run,
      position: () => this.alive(() => this.position()),
      horizon: () => this.alive(() => disk.horizon),
      holds: (position) => this.alive(() => this.holds(position)),
      read: (after, limit, scope) =>
        this.alive(() => {
          if (after < disk.horizon) throw new CanopyError('CURSOR_TOO_OLD', 'compacted');
          if (after > disk.revision) throw new CanopyError('CURSOR_INVALID', 'ahead of the log');
          const start = disk.log.findLastIndex(({ revision }) => revision <= after) + 1;
          const rest = disk.log.slice(start).filter((change) => !scope || change.scope === scope);
          const changes = rest.slice(0, limit);
          const more = rest.length > limit;
          return { changes, upTo: more ? changes.at(-1)!.revision : disk.revision, more };
        }),
      compact: (beforeMs, keep) =>
        this.alive(() => {
          const firstKept = disk.log.find(({ atMs }) => atMs >= beforeMs);
          const cut = Math.min(disk.revision - keep, (firstKept?.revision ?? Infinity) - 1);
          const kept = disk.log.filter(({ revision }) => revision > cut);
          const removed = disk.log.length - kept.length;
          disk.log.splice(0, removed);
          disk.horizon = Math.max(disk.horizon, cut);
          return { removed };
        }),
    };
  }

  private holds({ epoch, run, revision }: IssuedPosition): boolean {
    const { disk } = this;
    const place = disk.runs.findIndex((one) => one.run === run);
    if (epoch !== disk.epoch || place < 0) return false;
    return revision <= (disk.runs[place + 1]?.firstRevision ?? disk.revision);
  }

  private readStates<F extends keyof FeedKinds>(
    feed: F,
    after: number | IssuedPosition,
    { limit, packageIds }: Parameters<StateFeeds['read']>[2],
  ): StatePage<FeedKinds[F]> {
    const { rows, feeds } = this.disk;
    if (typeof after !== 'number' && !this.holds(after)) {
      return { states: [], upTo: this.disk.revision, more: false, isHeld: false };
    }
    const from = typeof after === 'number' ? after : after.revision;
    const start = feeds[feed].findLastIndex(({ revision }) => revision <= from) + 1;
    const found = feeds[feed]
      .slice(start)
      .filter(({ address, revision }) => rows.get(address)?.revision === revision)
      .map(({ address, revision }) => ({
        kind: splitAddress(address)[0] as FeedKind,
        revision,
        item: JSON.parse(rows.get(address)!.text) as {
          readonly id?: string;
          readonly packageId?: string;
        },
      }))
      .filter(
        ({ kind, item }) =>
          packageIds === undefined ||
          kind === 'nodeSummary' ||
          packageIds.some((id) => id === (item.packageId ?? item.id)),
      );
    const states = found.slice(0, limit) as unknown as FeedState<FeedKinds[F]>[];
    const more = found.length > limit;
    const upTo = more ? states.at(-1)!.revision : this.disk.revision;
    return { states, upTo, more, isHeld: true };
  }
}

class MemoryTransaction implements CatalogTransaction {
  private readonly disk: Disk;
  private readonly pending: Map<string, string | undefined>;

  constructor(disk: Disk, pending: Map<string, string | undefined>) {
    this.disk = disk;
    this.pending = pending;
  }

  async get<K extends ItemKind>(kind: K, key: string): Promise<ItemTypes[K] | undefined> {
    const address = `${kind} ${key}`;
    const text = this.pending.has(address)
      ? this.pending.get(address)
      : this.disk.rows.get(address)?.text;
    return text === undefined ? undefined : (JSON.parse(text) as ItemTypes[K]);
  }

  async list<K extends ItemKind>(kind: K, keyPrefix = ''): Promise<ItemTypes[K][]> {
    const prefix = `${kind} ${keyPrefix}`;
    const found = new Map<string, string>();
    for (const [address, { text }] of this.disk.rows) {
      if (address.startsWith(prefix)) found.set(address, text);
    }
    for (const [address, text] of this.pending) {
      if (!address.startsWith(prefix)) continue;
      if (text === undefined) found.delete(address);
      else found.set(address, text);
    }
    return [...found]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, text]) => JSON.parse(text) as ItemTypes[K]);
  }

  put<K extends ItemKind>(kind: K, item: ItemTypes[K]): void {
    refuseUnstorableText(item, [kind]);
    this.record(`${kind} ${itemKey(kind, item)}`, canonicalJson(item as unknown as Json));
  }

  remove(kind: ItemKind, key: string): void {
    this.record(`${kind} ${key}`, undefined);
  }

  private record(address: string, text: string | undefined): void {
    // The last word counts, and stands last.
    this.pending.delete(address);
    this.pending.set(address, text);
  }
}

function splitAddress(address: string): [ItemKind, string] {
  const space = address.indexOf(' ');
  return [address.slice(0, space) as ItemKind, address.slice(space + 1)];
}

function fieldOf(text: string, field: string): string {
  return String((JSON.parse(text) as Record<string, unknown>)[field]);
}
