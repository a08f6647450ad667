import pg from 'pg';
import { CanopyError } from '../../core/errors.ts';
import type { ConnectionOptions } from './connection.ts';
import { sqlError } from './sql-errors.ts';

export interface ReadOnlyQueryOptions {
  /** Rows beyond it are not fetched; `truncated` tells. Default 1,000. */
  readonly maxRows?: number;
  /** Default 30,000. A statement of the embedded engine runs on; only its caller stops waiting. */
  readonly timeoutMs?: number;
}

export interface QueryTable {
  readonly columns: readonly string[];
  /** Values as the `pg` driver gives them: `bigint` and `numeric` as text. */
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

/** Connection, resources, operator, system and engine; every other class is about the statement. */
const SERVERS_FAULT = /^(08|53|57|58|XX)/;
const CANCELLED = '57014';

/**
 * Runs one SELECT, VALUES, TABLE or WITH statement in a read-only transaction on a connection of
 * its own. Throws `INVALID_INPUT` with PostgreSQL's message for anything else or wrong SQL, and
 * `TIMEOUT`.
 */
export async function runReadOnlyQuery(
  connection: ConnectionOptions,
  statement: string,
  { maxRows = 1_000, timeoutMs = 30_000 }: ReadOnlyQueryOptions = {},
): Promise<QueryTable> {
  const client = new pg.Client({
    ...(connection as pg.ClientConfig),
    query_timeout: timeoutMs + 1_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin transaction read only');
    await client.query(`set local statement_timeout = ${Math.trunc(timeoutMs)}`);
    // As a prepared statement it cannot hold a second one; as a cursor it cannot be anything but
    // a query, and no more rows are made than wanted.
    const text = statement.trim().replace(/;\s*$/, '');
    await client.query(extended(`declare answer no scroll cursor for ${text}\n`));
    const answer = await client.query({
      text: `fetch ${maxRows + 1} from answer`,
      rowMode: 'array',
    });
    await client.query('rollback');
    const rows = answer.rows as unknown[][];
    return {
      columns: answer.fields.map(({ name }) => name),
      rows: rows.slice(0, maxRows),
      truncated: rows.length > maxRows,
    };
  } catch (error) {
    throw explain(error);
  } finally {
    await client.end();
  }
}

function extended(text: string): pg.QueryConfig {
  return { text, queryMode: 'extended' } as pg.QueryConfig;
}

function explain(error: unknown): unknown {
  const code = sqlError(error)?.code;
  const { message } = error as { message: string };
  if (code === CANCELLED || message === 'Query read timeout') {
    return new CanopyError('TIMEOUT', 'the query took longer than its limit', { cause: error });
  }
  if (code === undefined || SERVERS_FAULT.test(code)) return error;
  return new CanopyError('INVALID_INPUT', message, {
    path: ['sql'],
    hint: 'write one SELECT statement',
    cause: error,
  });
}
