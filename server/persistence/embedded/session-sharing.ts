import type { Clock } from '../../../core/clock.ts';
import { fatalError, queryMessage, syncMessage } from './frontend-messages.ts';
import { RequestAssembler, type Batch } from './request-assembler.ts';
import {
  ResponseSplitter,
  type Notification,
  type TransactionStatus,
} from './response-splitter.ts';

/** PostgreSQL's `idle_in_transaction_session_timeout`. */
const IDLE_IN_TRANSACTION = '25P03';
const LISTEN = /(?:^|;)\s*(un)?listen\s+(\*|"(?:[^"]|"")+"|\w+)/gi;

/** The one session of the engine. Throws only when the engine is beyond use. */
export type ExecuteBatch = (
  bytes: Uint8Array,
  onAnswer: (chunk: Uint8Array) => void,
) => Promise<void>;

/** The client's end of a connection. */
export interface ClientEnd {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What a connection's transport calls. */
export interface Connection {
  receive(bytes: Uint8Array): void;
  /** The client is gone: its work is dropped, its open transaction rolled back. */
  disconnect(): void;
}

export interface SessionSharingOptions {
  readonly execute: ExecuteBatch;
  readonly clock: Clock;
  /** How long a transaction's owner may send nothing while it holds the engine. */
  readonly idleOwnerLimitMs: number;
  readonly onFatal: (error: unknown) => void;
}

interface Member {
  readonly client: ClientEnd;
  readonly assembler: RequestAssembler;
  readonly waiting: Batch[];
  readonly channels: Set<string>;
  gone: boolean;
  /** Its transaction failed and was rolled back here; the client has not ended it yet. */
  failed: boolean;
  usesSavepoints: boolean;
  /** Sent a Flush and no Sync yet, so the engine still waits for the rest. */
  midPipeline: boolean;
}

/**
 * Lets many PostgreSQL connections share an engine that has one session. Batches run one at a
 * time in order of arrival; while a connection is inside a transaction it owns the engine and only
 * its batches run. Ownership ends with the transaction, with the connection, after
 * `idleOwnerLimitMs` of silence (SQLSTATE 25P03), and at once when a statement fails: the
 * transaction is rolled back then, and the client still sees a failed one until it ends it.
 * A transaction with savepoints can recover from a failure, so it keeps the engine.
 */
export class SessionSharing {
  private readonly options: SessionSharingOptions;
  private readonly members = new Set<Member>();
  private readonly queue: Member[] = [];
  private owner: Member | undefined;
  private pumping = false;
  private broken = false;
  private idleTimer: AbortController | undefined;

  constructor(options: SessionSharingOptions) {
    this.options = options;
  }

  connect(client: ClientEnd): Connection {
    const member: Member = {
      client,
      assembler: new RequestAssembler(),
      waiting: [],
      channels: new Set(),
      gone: false,
      failed: false,
      usesSavepoints: false,
      midPipeline: false,
    };
    this.members.add(member);
    return {
      receive: (bytes) => this.receive(member, bytes),
      disconnect: () => {
        member.gone = true;
        this.members.delete(member);
        void this.pump();
      },
    };
  }

  private receive(member: Member, bytes: Uint8Array): void {
    if (member.gone) return;
    for (const batch of member.assembler.push(bytes)) {
      member.waiting.push(batch);
      this.queue.push(member);
    }
    void this.pump();
  }

  private async pump(): Promise<void> {
    if (this.pumping || this.broken) return;
    this.pumping = true;
    this.idleTimer?.abort();
    try {
      if (this.owner?.gone) await this.endTransaction(this.owner);
      for (let next = this.takeNext(); next; next = this.takeNext()) {
        await this.run(next.member, next.batch);
        if (this.owner?.gone) await this.endTransaction(this.owner);
      }
    } catch (error) {
      this.broken = true;
      this.options.onFatal(error);
    } finally {
      this.pumping = false;
    }
    if (this.owner) void this.limitIdleOwner(this.owner);
  }

  private takeNext(): { member: Member; batch: Batch } | undefined {
    for (let index = 0; index < this.queue.length; index += 1) {
      const member = this.queue[index]!;
      if (!member.gone && this.owner && this.owner !== member) continue;
      this.queue.splice(index, 1);
      if (member.gone) {
        index -= 1;
        continue;
      }
      return { member, batch: member.waiting.shift()! };
    }
    return undefined;
  }

  private async run(member: Member, batch: Batch): Promise<void> {
    if (member.failed) await this.restoreFailedTransaction();
    if (batch.statements.some((text) => /\bsavepoint\b/i.test(text))) member.usesSavepoints = true;
    const status = await this.execute(batch.bytes, (bytes) => member.client.send(bytes));
    member.midPipeline = status === undefined;
    this.owner = status === 'I' ? undefined : member;
    member.failed = false;
    if (status === 'I') member.usesSavepoints = false;
    if (status === 'E' && !member.usesSavepoints) {
      await this.endTransaction(member);
      member.failed = true;
    }
    await this.updateListening(member, batch.statements);
  }

  /** The session as the client left it: inside a transaction where every statement is refused. */
  private async restoreFailedTransaction(): Promise<void> {
    await this.executeQuietly('BEGIN');
    await this.executeQuietly('failed');
  }

  private async endTransaction(member: Member): Promise<void> {
    if (member.midPipeline) await this.execute(syncMessage(), discard);
    await this.executeQuietly('ROLLBACK');
    this.owner = undefined;
    member.midPipeline = false;
    member.usesSavepoints = false;
  }

  private async updateListening(member: Member, statements: readonly string[]): Promise<void> {
    let unlistened = false;
    for (const text of statements) {
      for (const [, un, name] of text.matchAll(LISTEN)) {
        if (un) unlistened = true;
        if (un && name === '*') member.channels.clear();
        else if (un) member.channels.delete(channelName(name!));
        else member.channels.add(channelName(name!));
      }
    }
    if (!unlistened || this.owner?.midPipeline) return;
    // UNLISTEN silenced the shared session, so what the others still want is asked for again.
    for (const channel of new Set([...this.members].flatMap((other) => [...other.channels]))) {
      await this.executeQuietly(`LISTEN "${channel.replaceAll('"', '""')}"`);
    }
  }

  private async limitIdleOwner(owner: Member): Promise<void> {
    const timer = new AbortController();
    this.idleTimer = timer;
    try {
      await this.options.clock.sleep(this.options.idleOwnerLimitMs, timer.signal);
    } catch {
      return;
    }
    if (this.owner !== owner || this.pumping || timer.signal.aborted) return;
    const limit = `${this.options.idleOwnerLimitMs} ms`;
    owner.client.send(
      fatalError(IDLE_IN_TRANSACTION, `transaction was idle for ${limit} and was rolled back`),
    );
    owner.client.close();
    owner.gone = true;
    this.members.delete(owner);
    await this.pump();
  }

  private executeQuietly(statement: string): Promise<TransactionStatus | undefined> {
    return this.execute(queryMessage(statement), discard);
  }

  private async execute(
    bytes: Uint8Array,
    forward: (bytes: Uint8Array) => void,
  ): Promise<TransactionStatus | undefined> {
    const splitter = new ResponseSplitter({ forward, notify: (note) => this.deliver(note) });
    await this.options.execute(bytes, (chunk) => splitter.push(chunk));
    if (splitter.fatal !== undefined) throw new Error(splitter.fatal);
    return splitter.status;
  }

  private deliver(notification: Notification): void {
    for (const member of this.members) {
      if (member.channels.has(notification.channel)) member.client.send(notification.frame);
    }
  }
}

function discard(): void {}

/** As PostgreSQL reads an identifier: folded to lower case unless quoted. */
function channelName(identifier: string): string {
  if (!identifier.startsWith('"')) return identifier.toLowerCase();
  return identifier.slice(1, -1).replaceAll('""', '"');
}
