import type { EnrollmentToken, EnrollmentTokenStore } from '../../../catalog/enrollment-tokens.ts';
import type { Guid } from '../../../core/guid.ts';

/** Enrolment tokens of a node, which outlive a process and are part of a backup. */
export class MemoryTokens implements EnrollmentTokenStore {
  private tokens = new Map<Guid, EnrollmentToken>();

  backUp(): ReadonlyMap<Guid, EnrollmentToken> {
    return new Map(this.tokens);
  }

  restore(backup: ReadonlyMap<Guid, EnrollmentToken>): void {
    this.tokens = new Map(backup);
  }

  async insert(token: EnrollmentToken): Promise<void> {
    this.tokens.set(token.id, token);
  }

  async get(id: Guid): Promise<EnrollmentToken | undefined> {
    return this.tokens.get(id);
  }

  async use(id: Guid, publicKey: string, nowMs: number): Promise<EnrollmentToken | undefined> {
    const token = this.tokens.get(id);
    const isFree = token?.usedBy === undefined || token.usedBy === publicKey;
    if (!token || !isFree || token.expiresAtMs <= nowMs) return undefined;
    const used = { ...token, usedBy: publicKey, usedAtMs: token.usedAtMs ?? nowMs };
    this.tokens.set(id, used);
    return used;
  }

  async remove(id: Guid): Promise<void> {
    this.tokens.delete(id);
  }

  async removeOf(packageServerId: Guid, exceptId?: Guid): Promise<void> {
    for (const { id, packageServerId: owner } of this.tokens.values()) {
      if (owner === packageServerId && id !== exceptId) this.tokens.delete(id);
    }
  }
}
