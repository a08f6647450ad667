// What Canopy says of itself is what its package says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRODUCT_VERSION } from '../../../core/product.ts';

test('the version is that of package.json', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'package.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: PRODUCT_VERSION });
});
