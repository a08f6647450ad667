import { decodeAgainst, DICTIONARY_CODING, offerDictionary } from '../content/dictionary-coding.ts';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { Fetch } from '../delivery/index.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../legacy/package-info.ts';
import { writePackageInfoRequest } from '../legacy/package-info-request.ts';
import { asCanopyError, readBody, refusal } from '../core/http-answer.ts';

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
  /**
   * A manifest or chunk index by its hash; the caller checks the hash. Throws `CONTENT_DAMAGED`
   * when what came cannot be decoded.
   */
  blob(sha256: string, query: BlobQuery): Promise<Buffer>;
  /** Where `packageId` can be had by this package server now. */
  packageInfo(packageId: Guid, query: SourceQuery): Promise<PackageInfoAnswer>;
}

export interface BlobQuery {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** A similar blob that is here, for the SMP to compress against. */
  readonly dictionary?: Buffer | undefined;
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
    blob: (sha256, query) => {
      const address = `${url}/canopy/v1/blobs/${sha256}`;
      return ask(options.signedFetch, { url: address, ...query });
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

interface Question extends BlobQuery {
  readonly url: string;
}

async function ask(fetch: Fetch, question: Question): Promise<Buffer> {
  const { url, maxBytes, signal, dictionary } = question;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      ...(dictionary ? { headers: offerDictionary(dictionary) } : {}),
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'manual',
    });
    if (response.status !== 200) throw await refusal(url, response);
    const body = await readBody(response, maxBytes);
    if (response.headers.get('content-encoding') !== DICTIONARY_CODING) return body;
    const decoded = dictionary && (await decodeAgainst(body, dictionary, maxBytes));
    if (decoded) return decoded;
    throw new CanopyError('CONTENT_DAMAGED', `What ${url} answers cannot be decoded.`);
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
