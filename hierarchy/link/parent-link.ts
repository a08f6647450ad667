import type { CatalogContext } from '../../catalog/context.ts';
import type { Wakeups } from '../../catalog/ports.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import { PRODUCT_VERSION } from '../../core/product.ts';
import { CHILD_PROTOCOL_VERSION, SILENCE_MS, type ChildHello } from './link-protocol.ts';
import type { PageTakerOptions } from './page-taker.ts';
import { ParentConversation } from './parent-conversation.ts';
import type { ParentConnection, ParentConnector, ParentPorts } from './parent-ports.ts';

/** How the link to the parent is doing. */
export interface ParentLinkState {
  /** `ENDED`: the parent said that this node is not its child, or this node left it. */
  readonly state: 'CONNECTING' | 'CONNECTED' | 'WAITING' | 'ENDED';
  readonly connected: boolean;
  readonly connectedSinceMs: number | undefined;
  readonly lastHeardAtMs: number | undefined;
  /** Why the last connection ended or did not come about; empty when there was none. */
  readonly lastError: string;
  /** Code of `lastError`; empty when it has none. */
  readonly lastErrorCode: string;
  readonly nextTryAtMs: number | undefined;
  /** Pages that came and are not stored yet. */
  readonly lag: number;
  /** Connections that ended since this process started. */
  readonly reconnects: number;
  /** Whether the parent replicates to this node; `undefined` while it is not connected. */
  readonly enabledByParent: boolean | undefined;
}

export interface ParentLinkOptions {
  readonly context: CatalogContext;
  readonly wakeups: Wakeups;
  readonly cursorKey: Uint8Array;
  readonly content: PageTakerOptions['content'];
  readonly connector: ParentConnector;
  readonly ports: ParentPorts;
  /** Higher than that of any earlier start of this node. */
  readonly bootCounter: number;
}

const RECONNECT = { firstMs: 500, maximumMs: 60_000 };
/** What only a person ends is not worth asking about more often. */
const REFUSED_RETRY_MS = 5 * 60_000;
const DOUBLED_RETRY_MS = 2_000;
/** Ends of a link after which connecting again at once would do no good. */
const REFUSALS: { readonly [code: string]: number } = {
  NODE_KEY_MISMATCH: 60_000,
  // Another process with this identity was started later: a copy, or a restored machine.
  LINK_REPLACED: REFUSED_RETRY_MS,
  // Most often our own connection before, which broke without the parent's notice.
  LINK_DOUBLED: DOUBLED_RETRY_MS,
  INVALID_INPUT: REFUSED_RETRY_MS,
  CONFLICT: REFUSED_RETRY_MS,
};

/**
 * Holds the link of this node to one parent: connects, and again with full jitter, at most a minute
 * apart, sooner after one that lasted, until the signal aborts or the parent says that this node is not its child.
 */
export class ParentLink {
  private readonly options: ParentLinkOptions;
  private readonly parent: Parent;
  private current: ParentLinkState = {
    state: 'CONNECTING',
    connected: false,
    connectedSinceMs: undefined,
    lastHeardAtMs: undefined,
    lastError: '',
    lastErrorCode: '',
    nextTryAtMs: undefined,
    lag: 0,
    reconnects: 0,
    enabledByParent: undefined,
  };
  private conversation: ParentConversation | undefined;
  /** What the parent said when it removed this node; kept until it is stored. */
  private farewell: { readonly keepsItems: boolean } | undefined;

  constructor(parent: Parent, options: ParentLinkOptions) {
    this.parent = parent;
    this.options = options;
  }

  get state(): ParentLinkState {
    const { waitingPages = 0, enabledByParent } = this.conversation ?? {};
    return { ...this.current, lag: waitingPages, enabledByParent };
  }

  /** The open conversation. Throws `NOT_READY` when there is none. */
  get talk(): Pick<ParentConversation, 'compare' | 'catchUp'> {
    if (this.conversation && this.current.connected) return this.conversation;
    const { name } = this.parent;
    throw new CanopyError('NOT_READY', `${name} is not connected: ${this.current.lastError}`);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options.context;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      this.note({ state: 'CONNECTING', nextTryAtMs: undefined });
      const { failure, lastedMs } = await this.connectOnce(signal);
      if (signal.aborted) return;
      if (lastedMs >= SILENCE_MS) attempt = 0;
      this.noteFailure(failure);
      if (isCanopyError(failure) && failure.code === 'NOT_A_CHILD') {
        if (await this.endedByParent()) return;
      }
      if (this.current.state === 'ENDED') return;
      const delayMs = this.delayAfter(failure, attempt);
      const nextTryAtMs = clock.nowMs() + delayMs;
      this.note({ state: 'WAITING', nextTryAtMs, reconnects: this.current.reconnects + 1 });
      const known = isCanopyError(failure) ? {} : { error: failure };
      logger.warn({ delayMs, ...known }, `No link to the parent: ${this.current.lastError}`);
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** Never throws: what ended the connection is an answer. */
  private async connectOnce(
    signal: AbortSignal,
  ): Promise<{ readonly failure: unknown; readonly lastedMs: number }> {
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    let connection: ParentConnection | undefined;
    let failure: unknown = new CanopyError('NOT_READY', 'The parent ended the link.');
    let connectedMs: number | undefined;
    const { clock } = this.options.context;
    const workers: Promise<void>[] = [];
    try {
      connection = await this.options.connector.open(this.parent, either);
      const fail = (error: unknown): void => ending.abort(error);
      const conversation = await this.converse(connection, fail);
      const hello = this.hello(conversation.cursor);
      workers.push(this.watchSilence(conversation, either, fail));
      for await (const event of connection.door.events(hello, either)) {
        if (connectedMs === undefined) this.noteConnected();
        connectedMs ??= clock.monotonicMs();
        this.note({ lastHeardAtMs: clock.nowMs() });
        const farewell = await conversation.take(event, either, workers);
        if (!farewell) continue;
        if (farewell.kind === 'LEFT') {
          failure = new CanopyError('NOT_READY', 'This SMP left the parent.');
          this.note({ state: 'ENDED', nextTryAtMs: undefined });
          break;
        }
        this.farewell = farewell;
        if (await this.endedByParent()) break;
      }
    } catch (error) {
      failure = error;
    }
    if (ending.signal.aborted) failure = ending.signal.reason;
    ending.abort(failure);
    connection?.close();
    await Promise.all(workers);
    this.conversation?.close();
    this.conversation = undefined;
    const nowMs = clock.monotonicMs();
    return { failure, lastedMs: nowMs - (connectedMs ?? nowMs) };
  }

  private async converse(
    { door }: ParentConnection,
    fail: (error: unknown) => void,
  ): Promise<ParentConversation> {
    const cursor = await this.options.ports.replica.cursor(this.parent);
    const { parent } = this;
    this.conversation = new ParentConversation({ ...this.options, parent, door, fail }, cursor);
    return this.conversation;
  }

  private hello(cursor: string): ChildHello {
    const { context, bootCounter } = this.options;
    const { name, publicUrl: url } = context.model.smp;
    return {
      bootCounter,
      protocolVersion: CHILD_PROTOCOL_VERSION,
      softwareVersion: PRODUCT_VERSION,
      name,
      url,
      cursor,
    };
  }

  /** A connection that brings nothing for three heartbeats is broken, whatever TCP says. */
  private async watchSilence(
    conversation: ParentConversation,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const { clock } = this.options.context;
    while (!signal.aborted) {
      const leftMs = SILENCE_MS - (clock.monotonicMs() - conversation.heardMs);
      if (leftMs <= 0) {
        const seconds = SILENCE_MS / 1000;
        fail(new CanopyError('TIMEOUT', `The parent said nothing for ${seconds} s.`));
        return;
      }
      await clock.sleep(leftMs, signal).catch(() => undefined);
    }
  }

  /** False when this node could not act on it; then it asks the parent again. */
  private async endedByParent(): Promise<boolean> {
    try {
      await this.options.ports.notAChild(this.parent, this.farewell?.keepsItems);
      this.note({ state: 'ENDED', nextTryAtMs: undefined });
      return true;
    } catch (error) {
      this.options.context.logger.error({ error }, 'The end of the membership was not stored.');
      return false;
    }
  }

  private delayAfter(failure: unknown, attempt: number): number {
    const { random } = this.options.context;
    const { code, retryAfterMs } = failure as { code?: unknown; retryAfterMs?: number };
    const refusedMs = REFUSALS[String(code)];
    if (refusedMs !== undefined) return refusedMs * (1 + 0.5 * random.fraction());
    if (retryAfterMs !== undefined) return retryAfterMs * (1 + 0.25 * random.fraction());
    const { firstMs, maximumMs } = RECONNECT;
    const ceilingMs = Math.min(maximumMs, firstMs * 2 ** Math.min(attempt, 20));
    return Math.round(ceilingMs * random.fraction());
  }

  private noteConnected(): void {
    const { clock, logger } = this.options.context;
    const connectedSinceMs = clock.nowMs();
    this.note({
      state: 'CONNECTED',
      connected: true,
      connectedSinceMs,
      lastError: '',
      lastErrorCode: '',
    });
    logger.info({ parent: this.parent.url }, `Linked to the parent ${this.parent.name}.`);
  }

  private noteFailure(failure: unknown): void {
    const { message, code } = failure as { message?: string; code?: unknown };
    this.note({
      connected: false,
      connectedSinceMs: undefined,
      lastError: message ?? String(failure),
      lastErrorCode: typeof code === 'string' ? code : '',
    });
  }

  private note(change: Partial<ParentLinkState>): void {
    this.current = { ...this.current, ...change };
  }
}
