import type { IncomingMessage, ServerResponse } from 'node:http';
import { notAChild, type NodePrincipal } from '../../catalog/authority.ts';
import { enrollmentEnded } from '../../catalog/package-server-link.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';
import {
  isSigned,
  SIGNATURE_SKEW_MS,
  verifyRequest,
  type SignedRequest,
  type Speaker,
} from '../../core/http-signature.ts';
import { knownChild, linkedChild } from '../../hierarchy/link/linked-child.ts';
import { rateLimited } from '../http/address-limiter.ts';
import { limitKey } from '../http/peer.ts';
import { LIMITS } from '../limits.ts';
import { NonceMemory } from './nonce-memory.ts';

/** With a refusal: the server's time, by which the next signature is to be made. */
export const TIME_HEADER = 'X-Canopy-Time';

/** A request as a door has it. */
export interface Carrier {
  readonly request: IncomingMessage;
  readonly origin: string;
  readonly clientAddress: string;
  /** Where a refusal notes the server's time; absent for an upgrade. */
  readonly response?: ServerResponse;
}

/** A node that has proven a request to be its own. */
export interface SignedNode {
  readonly principal: NodePrincipal;
  readonly signed: SignedRequest;
}

export interface NodeAuthenticatorOptions {
  readonly model: ReadModel;
  readonly clock: Clock;
}

const FAILURE_WINDOW_MS = 60_000;
const MAX_FAILURE_KEYS = 10_000;

/**
 * Turns signatures of nodes (RFC 9421) into who they stand for. Each signature counts once, also
 * across a restart: one that was made before this process accepted any is refused, with the time
 * by which to make the next. Time is the wall clock at the start and monotonic from there, so a
 * clock that is set back does not make old signatures good again.
 */
export class NodeAuthenticator {
  private readonly options: NodeAuthenticatorOptions;
  private readonly nonces = new NonceMemory(LIMITS.nodes.noncesKept);
  private readonly failures = new Map<string, { count: number; readonly endsAtMs: number }>();
  private readonly startedAt: { readonly wallMs: number; readonly monotonicMs: number };
  private readonly acceptFromMs: number;

  constructor(options: NodeAuthenticatorOptions) {
    this.options = options;
    const { clock } = options;
    this.startedAt = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    // The first second of which the process before cannot have taken signatures.
    const takenUpToMs = this.startedAt.wallMs + SIGNATURE_SKEW_MS;
    this.acceptFromMs = (Math.floor(takenUpToMs / 1000) + 1) * 1000;
  }

  /** The time by which signatures are judged, and never one that would be refused. */
  get serverTimeMs(): number {
    return Math.max(this.nowMs(), this.acceptFromMs);
  }

  /**
   * `undefined` for a request without a signature. Throws `UNAUTHENTICATED`, having noted the
   * server's time in the response, `NOT_A_CHILD` for who signs as a child and is none, and
   * `RATE_LIMITED` after too many wrong ones.
   */
  authenticate(carrier: Carrier): SignedNode | undefined {
    if (!isSigned(carrier.request)) return undefined;
    try {
      return this.prove(carrier);
    } catch (error) {
      carrier.response?.setHeader(TIME_HEADER, this.serverTimeMs);
      throw error;
    }
  }

  /**
   * For a node that was proven: throws `FORBIDDEN` when a package server is no longer enrolled with
   * that key, and `NOT_A_CHILD` when a child with that key is not known. A removed child is known
   * until it has been told.
   */
  requireInForce(principal: NodePrincipal): void {
    if (principal.role === 'CHILD') {
      knownChild(this.options, principal);
      return;
    }
    const item = this.options.model.packageServer(principal.packageServerId);
    if (item?.publicKey !== principal.publicKey) throw enrollmentEnded(principal.name);
  }

  /** As {@link requireInForce}, and throws `NOT_A_CHILD` for a removed child too. */
  requireReader(principal: NodePrincipal): void {
    if (principal.role === 'CHILD') linkedChild(this.options, principal);
    else this.requireInForce(principal);
  }

  private prove(carrier: Carrier): SignedNode {
    // In the first seconds what is accepted at all is further ahead than otherwise allowed.
    const nowMs = Math.max(this.nowMs(), this.acceptFromMs - SIGNATURE_SKEW_MS);
    const signed = this.verify(carrier, nowMs);
    if (signed.createdMs < this.acceptFromMs) {
      throw refused('The signature is older than this process of the server.');
    }
    if (!this.nonces.add(`${signed.keyId} ${signed.nonce}`, signed.expiresMs, nowMs)) {
      throw refused('The signature was used before.');
    }
    return { signed, principal: this.known(signed.keyId, signed.speaker)! };
  }

  private verify({ request, origin, clientAddress }: Carrier, nowMs: number): SignedRequest {
    const { method = 'GET', url: target = '/', headers } = request;
    const names = headers.host ? [headers.host, new URL(origin).host] : [new URL(origin).host];
    const received = { method, target, headers, authorities: [...new Set(names)] };
    let key: string | undefined;
    const publicKeyOf = (keyId: string, speaker: Speaker): string | undefined => {
      const node = this.known(keyId, speaker);
      if (!node) {
        if (speaker === 'CHILD') throw notAChild(keyId, this.options.model.smp.name);
        return undefined;
      }
      key = `${limitKey(clientAddress)} ${keyId}`;
      this.refuseGuessers(key);
      return node.publicKey;
    };
    try {
      const signed = verifyRequest(received, { nowMs, publicKeyOf });
      // A wrong clock fails once and then knows better: it must not add up.
      this.failures.delete(key!);
      return signed;
    } catch (error) {
      if (key !== undefined) this.countFailure(key);
      throw error;
    }
  }

  private known(keyId: string, speaker: Speaker): NodePrincipal | undefined {
    const { model } = this.options;
    const id = parseGuid(keyId);
    if (!id) return undefined;
    if (speaker === 'CHILD') {
      const child = model.tree.child(id);
      if (!child) return undefined;
      return { name: child.name, role: 'CHILD', childId: id, publicKey: child.publicKey };
    }
    const item = model.packageServer(id);
    if (!item || item.publicKey === '') return undefined;
    const { name, publicKey } = item;
    return { name, role: 'PACKAGE_SERVER', packageServerId: id, publicKey };
  }

  private countFailure(key: string): void {
    const nowMs = this.options.clock.monotonicMs();
    const known = this.failures.get(key);
    if (known && known.endsAtMs > nowMs) {
      known.count += 1;
      return;
    }
    if (this.failures.size >= MAX_FAILURE_KEYS) this.failures.clear();
    this.failures.set(key, { count: 1, endsAtMs: nowMs + FAILURE_WINDOW_MS });
  }

  private refuseGuessers(key: string): void {
    const known = this.failures.get(key);
    const leftMs = (known?.endsAtMs ?? 0) - this.options.clock.monotonicMs();
    if (!known || leftMs <= 0 || known.count < LIMITS.nodes.failedSignaturesPerMinute) return;
    throw rateLimited(leftMs);
  }

  private nowMs(): number {
    const { wallMs, monotonicMs } = this.startedAt;
    return Math.floor(wallMs + this.options.clock.monotonicMs() - monotonicMs);
  }
}

function refused(message: string): CanopyError {
  return new CanopyError('UNAUTHENTICATED', message, {
    path: ['Signature'],
    hint: `Sign again by the server's time, which ${TIME_HEADER} gives in milliseconds.`,
  });
}
