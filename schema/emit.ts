import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema, printSchemaDefinition } from './build.ts';

// Run from the repository root, after a build: `npm run -s schema`.
writeFileSync('schema/schema.graphql', printSchemaDefinition(buildGraphqlSchema()));
