// The GraphiQL page: built from its sources without a network, served with a policy of its own.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphiqlDoor, graphiqlFolder } from '../../server/graphql/graphiql-door.ts';
import { listenerFixture } from '../unit/server/listener-fixture.ts';

const fixture = listenerFixture();
const build = (): void => {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'build-graphiql.js');
  execFileSync(process.execPath, [script]);
};
afterEach(() => fixture.closeAll());

test('the built page refers only to files that this server serves', async () => {
  build();
  const { address } = await fixture.start([graphiqlDoor()]);
  const page = await fetch(`${address.url}/graphiql`);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).not.toMatch(/https?:\/\//);
  const references = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThanOrEqual(2);
  for (const reference of references) {
    const asset = await fetch(address.url + reference);
    expect([reference, asset.status]).toEqual([reference, 200]);
    expect(asset.headers.get('cache-control')).toContain('immutable');
  }
});

test('a second build finds nothing to do', () => {
  build();
  const before = statSync(graphiqlFolder()).ino;
  build();
  expect(statSync(graphiqlFolder()).ino).toBe(before);
});

test('no other file can be read, and a missing page names the cure', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'canopy-test-'));
  try {
    const { address } = await fixture.start([graphiqlDoor(empty)]);
    const missing = await fetch(`${address.url}/graphiql`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('npm run build');
  } finally {
    await rm(empty, { recursive: true });
  }
  const { address } = await fixture.start([graphiqlDoor()]);
  for (const path of ['/graphiql/.built-from', '/graphiql/..%2f..%2fpackage.json']) {
    expect((await fetch(address.url + path)).status).toBe(404);
  }
  expect((await fetch(`${address.url}/graphiql`, { method: 'POST' })).status).toBe(405);
});
