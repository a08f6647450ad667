import { readFile } from 'node:fs/promises';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { writeFileAtomic } from '../content/atomic-file.ts';

/** Who signs a package. */
export interface Owner {
  readonly nodeId: string;
  /** SPKI DER, base64. */
  readonly publicKey: string;
}

/** Server name → package → owner. */
type Pins = Record<string, Record<string, Owner>>;

/**
 * Keys of package owners, pinned when a package is first had from a server. A server in a
 * hierarchy passes on packages of several owners, so the pin is per server and package.
 */
export class TrustedOwners {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The pinned owner of a package; `undefined` before its first use. */
  async ownerOf(server: string, packageId: Guid): Promise<Owner | undefined> {
    return (await this.read())[server]?.[packageId];
  }

  /** The key that any package of this server is pinned to under this node id. */
  async keyOf(server: string, nodeId: string): Promise<string | undefined> {
    const owners = Object.values((await this.read())[server] ?? {});
    return owners.find((owner) => owner.nodeId === nodeId)?.publicKey;
  }

  async pin(server: string, packageId: Guid, owner: Owner): Promise<void> {
    const pins = await this.read();
    if (pins[server]?.[packageId]?.publicKey === owner.publicKey) return;
    pins[server] = { ...pins[server], [packageId]: owner };
    await writeFileAtomic(this.path, `${JSON.stringify(pins, undefined, 2)}\n`, { mode: 0o600 });
  }

  private async read(): Promise<Pins> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    try {
      return JSON.parse(text) as Pins;
    } catch (error) {
      throw new CanopyError('CONFIGURATION_INVALID', `${this.path} is not JSON.`, {
        hint: 'Restore it, or delete it to trust the present owners anew.',
        cause: error,
      });
    }
  }
}
