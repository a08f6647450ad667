import {
  itemKey,
  ITEM_KINDS,
  type Change,
  type Item,
  type ItemKind,
} from '../../../catalog/items.ts';
import type { CatalogContext } from '../../../catalog/context.ts';
import type { EnrollmentToken, EnrollmentTokenStore } from '../../../catalog/enrollment-tokens.ts';
import { issueToken } from '../../../catalog/enrollment-tokens.ts';
import type { CatalogStore, CatalogTransaction } from '../../../catalog/ports.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { CanopyError } from '../../../core/errors.ts';
import type { Guid } from '../../../core/guid.ts';
import { generateIdentity, type NodeIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { admit } from '../../../hierarchy/membership/admit.ts';
import { confirmChild, confirmParent } from '../../../hierarchy/membership/confirm.ts';
import { joinHierarchy } from '../../../hierarchy/membership/join.ts';
import { MembershipKeeper } from '../../../hierarchy/membership/keeper.ts';
import { leaveAfterRemoval, takeLeave } from '../../../hierarchy/membership/leave.ts';
import { OneAtATime } from '../../../hierarchy/membership/one-at-a-time.ts';
import { standingOf } from '../../../hierarchy/link/standing.ts';
import type { MembershipInputs } from '../../../hierarchy/membership/relations.ts';
import {
  settableClock,
  type SettableClock,
} from '../../database/catalog/support/settable-clock.ts';

/** What becomes of a message: it arrives, it does not, or its answer does not. */
export type Fate = 'ARRIVES' | 'LOST' | 'ANSWER_LOST';

/** The process died: whatever it was doing is over, and only what was committed is left. */
export class Died extends Error {}

const lost = (): CanopyError => new CanopyError('NOT_READY', 'The message was lost.');

/** A tree of SMPs on one clock whose messages and processes fail as a test says. */
export class World {
  readonly clock: SettableClock = settableClock();
  readonly smps = new Map<string, Smp>();
  /** Of the messages to come; afterwards all arrive. */
  fates: Fate[] = [];
  /** Called before each message; for tests that order them. */
  beforeMessage: (kind: string, from: Smp) => Promise<void> = async () => undefined;

  smp(name: string): Smp {
    const smp = new Smp(this, name);
    this.smps.set(smp.identity.nodeId, smp);
    return smp;
  }

  async send<T>(kind: string, from: Smp, work: () => Promise<T>): Promise<T> {
    await this.beforeMessage(kind, from);
    const fate = this.fates.shift() ?? 'ARRIVES';
    if (fate === 'LOST') throw lost();
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      // The other side died: this side only hears nothing.
      throw error instanceof Died ? lost() : error;
    }
    if (fate === 'ANSWER_LOST') throw lost();
    return answer;
  }
}

/** One SMP: its disk outlives its process. */
export class Smp {
  readonly name: string;
  readonly guid = systemRandom.guid();
  readonly identity: NodeIdentity = generateIdentity();
  readonly url: string;
  /** The process dies at the so-manieth write from now, before or after it is committed. */
  diesAt: { write: number; committed: boolean } | undefined;
  readonly localized: boolean[] = [];
  inputs!: MembershipInputs;
  keeper!: MembershipKeeper;
  private readonly world: World;
  private readonly disk = new Map<string, { kind: ItemKind; item: Item }>();
  private readonly tokens = new Map<Guid, EnrollmentToken>();

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.url = `https://${name}.example`;
    this.start();
  }

  get model(): ReadModel {
    return this.inputs.context.model;
  }
  get parent() {
    return this.model.tree.parent;
  }
  child(smp: Smp) {
    return this.model.tree.child(smp.guid);
  }

  /** A new process on the same disk. */
  start(): void {
    const { clock } = this.world;
    this.diesAt = undefined;
    const model = new ReadModel({
      id: this.guid,
      name: this.name,
      scheme: 'https',
      publicUrl: this.url,
      addresses: ['10.0.0.1'],
      uncRoot: '',
    });
    model.apply([...this.disk.values()].map(changeOf), { epoch: 'e', revision: 1 });
    const write: CatalogContext['write'] = (work) => this.transact(model, work);
    const context = {
      store: {
        transact: async (work: never) => ({ value: await write(work) }),
      } as unknown as CatalogStore,
      model,
      clock,
      random: systemRandom,
      identity: this.identity,
      logger: silentLogger,
      write,
    };
    this.inputs = {
      context,
      tokens: this.tokenStore(),
      contact: this.contact(),
      localizeItems: async (_tx, { keep }) => void this.localized.push(keep),
      relations: new OneAtATime(),
      limitJoins: async () => undefined,
    };
    this.keeper = new MembershipKeeper(this.inputs);
  }

  async newToken(minutes = 60): Promise<string> {
    const subject = { kind: 'CHILD', packageServerId: undefined } as const;
    return (await issueToken(this.inputs, subject, minutes)).token;
  }

  join(parent: Smp, token: string, more: object = {}) {
    return joinHierarchy(this.inputs, {
      parentUrl: parent.url,
      token,
      onConflict: 'REFUSE',
      metadataOnly: true,
      expectRoot: '',
      replaceParent: false,
      dryRun: false,
      ...more,
    });
  }

  /** What the link does each time it is opened. */
  async openLink(): Promise<void> {
    const { parent } = this;
    if (!parent || parent.membership === '') return;
    const above = this.world.smps.get(parent.nodeId)!;
    try {
      const item = await this.world.send('hello', this, () =>
        confirmChild(above.inputs, this.guid),
      );
      const standing = standingOf(above.model, above.identity, item);
      await this.world.send('standing', this, () =>
        confirmParent(this.inputs, parent.nodeId, standing),
      );
    } catch (error) {
      if ((error as CanopyError).code !== 'NOT_A_CHILD') throw error;
      await leaveAfterRemoval(this.inputs, parent.nodeId, { keepsItems: true });
    }
  }

  private async transact<T>(
    model: ReadModel,
    work: (tx: CatalogTransaction) => Promise<T>,
  ): Promise<T> {
    const pending = new Map<string, { kind: ItemKind; key: string; item: Item | undefined }>();
    const tx = {
      get: async (kind: ItemKind, key: string) =>
        pending.has(`${kind} ${key}`)
          ? pending.get(`${kind} ${key}`)!.item
          : this.disk.get(`${kind} ${key}`)?.item,
      list: async (kind: ItemKind) =>
        [...this.disk.values()].filter((one) => one.kind === kind).map(({ item }) => item),
      put: (kind: ItemKind, item: never) => {
        const key = itemKey(kind, item);
        pending.set(`${kind} ${key}`, { kind, key, item });
      },
      remove: (kind: ItemKind, key: string) =>
        void pending.set(`${kind} ${key}`, { kind, key, item: undefined }),
    } as unknown as CatalogTransaction;
    const value = await work(tx);
    const dies = this.diesAt && (this.diesAt.write -= 1) < 0 ? this.diesAt : undefined;
    if (dies?.committed === false) throw new Died();
    for (const { kind, key, item } of pending.values()) {
      if (item) this.disk.set(`${kind} ${key}`, { kind, item });
      else this.disk.delete(`${kind} ${key}`);
    }
    if (dies) throw new Died();
    const changes = [...pending.values()].map(
      (one) => ({ ...one, revision: 1, scope: ITEM_KINDS[one.kind].scope, atMs: 0 }) as Change,
    );
    model.apply(changes, { epoch: 'e', revision: 1 });
    return value;
  }

  private tokenStore(): EnrollmentTokenStore {
    const { tokens } = this;
    return {
      insert: async (token) => void tokens.set(token.id, token),
      get: async (id) => tokens.get(id),
      use: async (id, publicKey, nowMs) => {
        const token = tokens.get(id);
        const isFree = token?.usedBy === undefined || token.usedBy === publicKey;
        if (!token || !isFree || token.expiresAtMs <= nowMs) return undefined;
        const used = { ...token, usedBy: publicKey, usedAtMs: nowMs };
        tokens.set(id, used);
        return used;
      },
      remove: async (id) => void tokens.delete(id),
      removeOf: async () => undefined,
    };
  }

  private contact(): MembershipInputs['contact'] {
    const { world } = this;
    const at = (url: string): Smp => [...world.smps.values()].find((smp) => smp.url === url)!;
    return {
      prove: (url) =>
        world.send('prove', this, async () => {
          const { nodeId, publicKey } = at(url).identity;
          return { nodeId, publicKey, serverTimeMs: 0 };
        }),
      admit: (url, request) =>
        world.send(request.dryRun ? 'dry run' : 'admit', this, () =>
          admit(at(url).inputs, request),
        ),
      leave: (url, notice) => world.send('leave', this, () => takeLeave(at(url).inputs, notice)),
    };
  }
}

function changeOf({ kind, item }: { readonly kind: ItemKind; readonly item: Item }): Change {
  const key = itemKey(kind, item as never);
  return { kind, key, item, revision: 1, scope: ITEM_KINDS[kind].scope, atMs: 0 } as Change;
}
