import type { Duplex } from 'node:stream';

/** How any `pg` client or pool reaches the database, the embedded one included. */
export interface ConnectionOptions {
  readonly connectionString?: string;
  readonly stream?: () => Duplex;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly ssl?: false;
  readonly connectionTimeoutMillis: number;
}

const CONNECTION_TIMEOUT_MS = 10_000;

/** The embedded engine has one role and one database, and no network. */
export function embeddedConnection(stream: () => Duplex): ConnectionOptions {
  return {
    stream,
    user: 'postgres',
    password: '',
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  };
}

export function serverConnection(connectionString: string): ConnectionOptions {
  return { connectionString, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS };
}
