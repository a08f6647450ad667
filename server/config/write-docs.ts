import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configMarkdown } from './describe-config.ts';

writeFileSync(join('docs', 'configuration.md'), configMarkdown());
