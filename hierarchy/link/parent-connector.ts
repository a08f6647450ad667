import { createSmpClient } from '../../client-sdk/src/index.ts';
import { MAX_BLOB_BYTES } from '../../content/index.ts';
import { asCanopyError, readBody, refusal, type Fetch } from '../../core/http-answer.ts';
import { proveNode } from '../../core/prove-node.ts';
import { createRequestSigner, type RequestSigner } from '../../core/request-signer.ts';
import type { ServerClock } from '../../core/server-clock.ts';
import { signedWebSocket, type SocketClass } from '../../core/signed-web-socket.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import { graphqlParentDoor } from './graphql-parent-door.ts';
import type { ParentConnector } from './parent-ports.ts';

/** How connections are made; the host's own. */
export interface Network {
  readonly fetch: Fetch;
  readonly webSocket: SocketClass;
  /** Told the parent's time whenever it is heard. */
  readonly parentClock: ServerClock;
}

const BLOB_TIMEOUT_MS = 60_000;

/**
 * Connects to a parent: proves who answers at its address, then opens one signed WebSocket. Blobs
 * and what is too large for a message go as signed requests.
 */
export function parentConnector(
  { clock, random, identity, model }: CatalogContext,
  { fetch, webSocket, parentClock: serverClock }: Network,
): ParentConnector {
  return {
    async open({ url, nodeId }, signal) {
      const proven = await proveNode({ smpUrl: url, fetch, random, signal }, nodeId);
      serverClock.observe(proven.serverTimeMs);
      const signer = createRequestSigner({
        id: model.smp.id,
        speaker: 'CHILD',
        identity,
        fetch,
        serverClock,
        random,
      });
      const client = createSmpClient({
        url,
        runtime: {
          fetch: signer.fetch,
          webSocket: signedWebSocket(webSocket, { signer, serverClock }),
          sleep: (delayMs, ending) => clock.sleep(delayMs, ending),
          fraction: () => random.fraction(),
        },
      });
      const connection = client.openConnection({ signal });
      const door = graphqlParentDoor({
        client,
        connection,
        blob: (sha256, ending) => readBlob(signer, `${url}/canopy/v1/blobs/${sha256}`, ending),
        onServerTime: (serverTimeMs) => serverClock.observe(serverTimeMs),
      });
      return { door, close: () => connection.close() };
    },
  };
}

async function readBlob(
  { fetch }: RequestSigner,
  url: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(BLOB_TIMEOUT_MS);
  try {
    const either = AbortSignal.any([signal, timeout]);
    const response = await fetch(url, { signal: either, redirect: 'manual' });
    if (response.status !== 200) throw await refusal(url, response);
    return await readBody(response, MAX_BLOB_BYTES);
  } catch (error) {
    signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}
