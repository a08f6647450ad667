import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { Fetch } from '../core/http-answer.ts';
import { fetchTransport } from '../delivery/index.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../legacy/package-info.ts';
import { writePackageInfoRequest } from '../legacy/package-info-request.ts';
import { askHttp, type HttpQuestion } from './http-question.ts';

export interface SmpDoorOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly packageServerId: Guid;
  readonly fetch: Fetch;
  readonly signedFetch: Fetch;
}

/**
 * What a package server asks its SMP besides GraphQL. Both throw as {@link askHttp}.
 */
export interface SmpDoor {
  /** A manifest or chunk index by its hash; the caller checks the hash. */
  blob(sha256: string, query: BlobQuery): Promise<Buffer>;
  /** Where `packageId` can be had by this package server now. */
  packageInfo(packageId: Guid, query: SourceQuery): Promise<PackageInfoAnswer>;
}

export type BlobQuery = Pick<HttpQuestion, 'maxBytes' | 'signal' | 'dictionary'>;

export interface SourceQuery {
  readonly addresses: readonly string[];
  readonly tryingForMs: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;
const MAX_PACKAGE_INFO_BYTES = 4 * 1024 * 1024;

export function createSmpDoor(options: SmpDoorOptions): SmpDoor {
  const { url, packageServerId } = options;
  const timeoutMs = TIMEOUT_MS;
  return {
    blob: (sha256, query) => {
      const address = `${url}/canopy/v1/blobs/${sha256}`;
      return askHttp(fetchTransport(options.signedFetch), { url: address, timeoutMs, ...query });
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
      const maxBytes = MAX_PACKAGE_INFO_BYTES;
      const question = { url: address, maxBytes, timeoutMs, signal };
      return infoOf(await askHttp(fetchTransport(options.fetch), question), packageId);
    },
  };
}

function infoOf(xml: Buffer, packageId: Guid): PackageInfoAnswer {
  const info = parsePackageInfo(xml).find((answer) => answer.packageId === packageId);
  if (info?.valid) return info;
  const text = info?.statusDescription || 'The SMP does not speak of it.';
  throw new CanopyError('NOT_FOUND', `Package ${packageId}: ${text}`, { path: ['package'] });
}
