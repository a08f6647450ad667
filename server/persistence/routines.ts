import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';

/** A function of the database that follows from the sources of this version. */
export interface Routine {
  /** The only function of this name. */
  readonly name: string;
  /** What `create function` says of it, but for the body. */
  readonly head: string;
  readonly body: string;
}

/**
 * Puts in place what differs from this version's. To be called by one server at a time, after the
 * migrations.
 */
export async function putRoutines(client: ClientBase, routines: readonly Routine[]): Promise<void> {
  for (const routine of routines) {
    const fingerprint = fingerprintOf(routine);
    const { rows } = await client.query<{ fingerprint: string | null }>(
      `select obj_description(oid, 'pg_proc') as fingerprint from pg_proc
      where proname = $1 and pronamespace = current_schema::regnamespace`,
      [routine.name],
    );
    if (rows[0]?.fingerprint === fingerprint) continue;
    const { name, head, body } = routine;
    // One query is one transaction: nobody ever sees the database without the function.
    await client.query(`
      drop function if exists ${name};
      create function ${head} as $routine$${body}$routine$;
      comment on function ${name} is '${fingerprint}';
    `);
  }
}

function fingerprintOf({ head, body }: Routine): string {
  return createHash('sha256').update(`${head}\n${body}`).digest('hex');
}
