import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { Fetch } from '../core/fetch.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../legacy/package-info.ts';
import { writePackageInfoRequest } from '../legacy/package-info-request.ts';
import { asCanopyError, readBody, refusal } from './http-answer.ts';

export interface SmpDoorOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly packageServerId: Guid;
  readonly fetch: Fetch;
  readonly signedFetch: Fetch;
}

/**
 * What a package server asks its SMP besides GraphQL. Both throw `BUSY` or `RATE_LIMITED` with
 * `retryAfterMs` when the SMP says so, `NOT_READY` when it cannot be reached, `TIMEOUT`, and
 * otherwise an error with the SMP's text.
 */
export interface SmpDoor {
  /** A manifest or chunk index by its hash; the caller checks the hash. */
  blob(sha256: string, maxBytes: number, signal: AbortSignal): Promise<Buffer>;
  /** Where `packageId` can be had by this package server now. */
  packageInfo(packageId: Guid, query: SourceQuery): Promise<PackageInfoAnswer>;
}

export interface SourceQuery {
  readonly addresses: readonly string[];
  readonly tryingForMs: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;
const MAX_PACKAGE_INFO_BYTES = 4 * 1024 * 1024;

export function createSmpDoor(options: SmpDoorOptions): SmpDoor {
  const { url, packageServerId } = options;
  return {
    blob: (sha256, maxBytes, signal) => {
      const address = `${url}/canopy/v1/blobs/${sha256}`;
      return ask(options.signedFetch, { url: address, maxBytes, signal });
    },
    async packageInfo(packageId, { addresses, tryingForMs, signal }) {
      const xml = writePackageInfoRequest({
        resourceId: packageServerId,
        packageIds: [packageId],
        addresses,
        totalTimeMinutes: Math.floor(tryingForMs / 60_000),
        denySmp: false,
        denyExternalPackageServers: false,
      });
      const address = `${url}/Altiris/NS/Agent/GetPackageInfo.aspx?xml=${encodeURIComponent(xml)}`;
      const question = { url: address, maxBytes: MAX_PACKAGE_INFO_BYTES, signal };
      return infoOf(await ask(options.fetch, question), packageId);
    },
  };
}

interface Question {
  readonly url: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

async function ask(fetch: Fetch, { url, maxBytes, signal }: Question): Promise<Buffer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'manual',
    });
    if (response.status !== 200) throw await refusal(url, response);
    return await readBody(response, maxBytes);
  } catch (error) {
    signal.throwIfAborted();
    throw asCanopyError(error, url, timeout.aborted);
  }
}

function infoOf(xml: Buffer, packageId: Guid): PackageInfoAnswer {
  const info = parsePackageInfo(xml).find((answer) => answer.packageId === packageId);
  if (info?.valid) return info;
  const text = info?.statusDescription || 'The SMP does not speak of it.';
  throw new CanopyError('NOT_FOUND', `Package ${packageId}: ${text}`, { path: ['package'] });
}
