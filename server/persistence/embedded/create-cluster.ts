import { PGlite } from '@electric-sql/pglite';

/** Program: makes an empty PostgreSQL data directory at the path given as its only argument. */
const engine = await PGlite.create({ dataDir: process.argv[2]! });
await engine.close();
