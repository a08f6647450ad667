import type { MessagePort } from 'node:worker_threads';

/** How the engine's worker is started. */
export interface EngineWorkerData {
  readonly directory: string;
  readonly durable: boolean;
  readonly idleOwnerLimitMs: number;
  /** One 32-bit counter of flushed files. */
  readonly fsyncCounter: SharedArrayBuffer;
}

/** To the worker. A port carries one connection's bytes in both directions. */
export type EngineRequest =
  { readonly type: 'connect'; readonly port: MessagePort } | { readonly type: 'close' };

/** From the worker. After `fatal` and `closed` it exits. */
export type EngineReport =
  | { readonly type: 'ready' }
  | { readonly type: 'closed' }
  | { readonly type: 'fatal'; readonly message: string };
