// Any text is either refused with its place and a cure, or stored and returned exactly.
import fc from 'fast-check';
import { createComputer } from '../../../catalog/computers.ts';
import { createPackageServer } from '../../../catalog/package-servers.ts';
import { createPackage, updatePackage } from '../../../catalog/packages.ts';
import { createSite } from '../../../catalog/sites.ts';
import { isCanopyError, type CanopyError } from '../../../core/errors.ts';
import { settableClock } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});

const STORED = [
  `O'Brien "quoted" \\ back`,
  ']]> <b>&amp;</b> <!-- -->',
  "'; drop table package; --",
  '👩‍👩‍👧‍👦 \u{1f600}',
  'מעבדה \u202eexe.txt\u202c',
  'e\u0301 is not é',
  '${name} {{name}} %s $1 ?',
  '__proto__',
  'null',
  'a\u2028b\u00a0c',
  'x'.repeat(250),
];
const REFUSED = [
  'a\u0000b',
  'a\u0007b',
  'lone \ud800 high',
  'lone \udc00 low',
  'not a character \uffff',
  'x'.repeat(251),
  'x'.repeat(10_000),
  '',
  ' \t ',
];

/** Every field that takes a line of text, with its store. */
const FIELDS: { readonly [field: string]: (text: string) => Promise<string> } = {
  'package name': async (name) => {
    const { id } = await createPackage(smp.context, { name, source: { kind: 'NONE' } });
    return (await storedName('package', id))!;
  },
  'computer name': async (name) => {
    const { id } = await createComputer(smp.context, { name });
    return (await storedName('computer', id))!;
  },
};
/** The same, where names are unique: a suffix keeps them apart from what other tests made. */
const UNIQUE_FIELDS: typeof FIELDS = {
  'site name': async (name) => {
    const { id } = await createSite(smp.context, { name });
    return (await storedName('site', id))!;
  },
  'package server name': async (name) => {
    const { id } = await createPackageServer(smp.context, { name });
    return (await storedName('packageServer', id))!;
  },
};
const ALL_FIELDS = Object.entries({ ...FIELDS, ...UNIQUE_FIELDS });

/** As the database has it; the read model must have the same. */
async function storedName(
  kind: 'package' | 'computer' | 'site' | 'packageServer',
  id: string,
): Promise<string | undefined> {
  const [item] = await smp.database.queries.getMany(kind, [id]);
  const { changes } = await smp.database.store.readAll();
  const loaded = changes.find((change) => change.key === id)?.item as { name: string };
  expect(loaded.name).toBe(item?.name);
  return item?.name;
}

describe.each(ALL_FIELDS)('%s', (_, store) => {
  test.each(STORED)('stores %j', async (text) => {
    expect(await store(text)).toBe(text);
  });

  test.each(REFUSED)('refuses %j', async (text) => {
    const { revision } = await smp.database.log.position();
    const error = await store(text).then(
      () => undefined,
      (reason: unknown) => reason as CanopyError,
    );
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    for (const problem of error!.problems) {
      expect(problem).toMatchObject({ path: ['name'], hint: expect.any(String) });
      expect(problem.message.length).toBeLessThan(300);
    }
    expect((await smp.database.log.position()).revision).toBe(revision);
  });
});

test('any text at all, in every free field of a package', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const { id } = await createPackage(smp.context, { name: 'One', source: { kind: 'NONE' } });
  let stored = 0;
  let refused = 0;
  const fields = fc.record({ name: text, description: text, version: text, path: text });
  await fc.assert(
    fc.asyncProperty(fields, async ({ path, ...given }) => {
      const source = { kind: 'LOCAL', path: `/srv/${path}` } as const;
      try {
        await updatePackage(smp.context, id, { ...given, source });
      } catch (error) {
        if (!isCanopyError(error)) throw error;
        expect(error.code).toBe('INVALID_INPUT');
        expect(error.problems.every((problem) => problem.path.length > 0)).toBe(true);
        refused += 1;
        return;
      }
      const [item] = await smp.database.queries.getMany('package', [id]);
      expect(item).toMatchObject({ ...given, name: given.name.trim(), source });
      expect(smp.model.package(id)).toEqual(item);
      stored += 1;
    }),
    { numRuns: 150 },
  );
  expect(stored).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(10);
});
