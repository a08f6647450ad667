import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { cp, rm, stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve, sep } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { bracedGuid, type Guid } from '../core/guid.ts';
import { writeStatusEvent } from '../legacy/status-event.ts';

/** A package server as it stands in the field: files behind a plain web server, and status events. */
export interface LegacyPackageServer {
  readonly url: string;
  /** Requests for files that it answered. */
  readonly served: () => number;
  /** Copies a package's files and reports "Codebase Enabled" for that version. */
  publish(packageId: Guid, internalVersion: number, source: string): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly id: Guid;
  readonly folder: string;
  readonly smpUrl: string;
}

export async function startLegacyPackageServer(options: Options): Promise<LegacyPackageServer> {
  let served = 0;
  const server = createServer((request, response) => {
    void answer(options.folder, request.url ?? '/', response).then((found) => (served += found));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    served: () => served,
    publish: async (packageId, internalVersion, source) => {
      const group = `pkggroup_${bracedGuid(packageId)}`;
      const target = join(options.folder, group);
      await rm(target, { recursive: true, force: true });
      await cp(source, target, { recursive: true });
      const codebase = `${url}/${group}/`;
      await report(options, { packageId, internalVersion, codebase });
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(folder: string, target: string, response: ServerResponse): Promise<number> {
  const file = resolve(folder, `.${decodeURIComponent(target.split('?', 1)[0]!)}`);
  const found = file.startsWith(resolve(folder) + sep)
    ? await stat(file).catch(() => undefined)
    : undefined;
  if (!found?.isFile()) {
    response.writeHead(404).end();
    return 0;
  }
  response.writeHead(200, { 'Content-Length': found.size });
  createReadStream(file).pipe(response);
  return 1;
}

async function report(
  { id, smpUrl }: Options,
  claim: { readonly packageId: Guid; readonly internalVersion: number; readonly codebase: string },
): Promise<void> {
  const body = writeStatusEvent(
    {
      packageServerId: id,
      packages: [
        {
          packageId: claim.packageId,
          internalVersion: claim.internalVersion,
          status: 'READY',
          statusDescription: '',
          urls: [claim.codebase],
        },
      ],
    },
    new Date(systemClock.nowMs()).toISOString(),
  );
  const answer = await fetch(`${smpUrl}/Altiris/NS/Agent/PostEvent.asp`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`the status event was refused: ${await answer.text()}`);
}
