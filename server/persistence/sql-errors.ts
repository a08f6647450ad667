import { CanopyError } from '../../core/errors.ts';

/** The fields of an error that PostgreSQL sent, as the `pg` driver gives them. */
interface SqlError {
  readonly code: string;
  readonly constraint?: string;
  readonly detail?: string;
}

const UNIQUE_VIOLATION = '23505';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';

/** The SQLSTATE and details, also when the ORM wrapped them; `undefined` for other errors. */
export function sqlError(error: unknown): SqlError | undefined {
  const { code } = (error ?? {}) as Partial<SqlError>;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? (error as SqlError) : undefined;
}

/** Was the transaction only unlucky in its neighbours, so that running it again is right? */
export function isRetryable(error: unknown): boolean {
  const { code, constraint = '' } = sqlError(error) ?? {};
  if (code === SERIALIZATION_FAILURE || code === DEADLOCK) return true;
  // Two transactions inserted the same key: the second finds the first's row when it runs again.
  return code === UNIQUE_VIOLATION && constraint.endsWith('_pkey');
}

/** `CONFLICT` in place of a unique violation; other errors come back as they are. */
export function explainConflict(error: unknown): unknown {
  const { code, constraint = '', detail = '' } = sqlError(error) ?? {};
  if (code !== UNIQUE_VIOLATION) return error;
  const [, table = 'item', field = 'key'] = /^(.*)_([a-z]+)_key$/.exec(constraint) ?? [];
  const value = /\)=\((.*)\)/.exec(detail)?.[1] ?? '';
  const kind = table.replaceAll('_', ' ');
  return new CanopyError('CONFLICT', `another ${kind} already has the ${field} "${value}"`, {
    path: [field],
    hint: `choose another ${field}`,
    cause: error,
  });
}
