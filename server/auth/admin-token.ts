import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { ApiTokenStore } from '../persistence/records/api-token-store.ts';
import { writePrivateFile } from './private-file.ts';
import { hashToken, newTokenText } from './token-text.ts';

/** In the data directory; its content is the token and a line end. */
export const ADMIN_TOKEN_FILE = 'admin.token';

export interface AdminTokenOptions {
  readonly dataDir: string;
  readonly store: ApiTokenStore;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes sure that somebody can administer this server: when no administrator's token is in force
 * (the first start, or all are revoked or expired) a new one is written to `admin.token`. Answers
 * that file's path if it is there, never the token.
 *
 * The file is written before the row: a crash in between leaves a file without effect, which the
 * next start replaces; the other order would lock everybody out.
 */
export async function ensureAdminToken(options: AdminTokenOptions): Promise<string | undefined> {
  const { store, clock, random } = options;
  const nowMs = clock.nowMs();
  const inForce = (await store.list()).some(
    ({ role, revokedAtMs, expiresAtMs }) =>
      role === 'ADMIN' && revokedAtMs === undefined && (expiresAtMs ?? Infinity) > nowMs,
  );
  const path = join(options.dataDir, ADMIN_TOKEN_FILE);
  if (inForce) return existsSync(path) ? path : undefined;
  const secret = newTokenText(random);
  await writePrivateFile(path, `${secret}\n`);
  await store.insert({
    id: random.guid(),
    name: ADMIN_TOKEN_FILE,
    role: 'ADMIN',
    hash: hashToken(secret),
    createdAtMs: nowMs,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  });
  return path;
}
