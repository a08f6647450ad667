// Manifests come from package servers first, compressed against an older one; the SMP is the last resort.
import { encodeAgainst, offerDictionary } from '../../../content/dictionary-coding.ts';
import { sha256Hex } from '../../../content/tree.ts';
import { VersionSources } from '../../../package-server/version-sources.ts';
import type { WorkContext } from '../../../package-server/work-context.ts';
import { createWorld, type World } from './world.ts';

const OLDER = Buffer.from('a manifest of many files, '.repeat(40));
const WANTED = Buffer.concat([OLDER, Buffer.from('and one more')]);
const SHA256 = sha256Hex(WANTED);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

type Answer = (offered: boolean) => Response | Promise<Response>;

/** Asks for the blob where the peer gives `answer`; tells what offered a dictionary, in order. */
async function ask(answer: Answer) {
  const asked: string[] = [];
  const assignment = await world.release({ 'a.txt': 'a' });
  const context: WorkContext = {
    ...world.context,
    transport: async (_, { headers }) => {
      const dictionary = new Headers(headers).get('available-dictionary');
      expect([null, offerDictionary(OLDER)['Available-Dictionary']]).toContain(dictionary);
      asked.push(dictionary ? 'peer with dictionary' : 'peer');
      return await answer(dictionary !== null);
    },
    door: {
      packageInfo: async (packageId, query) => {
        const info = await world.context.door.packageInfo(packageId, query);
        const url = `http://peer.test/Altiris/PackageShare/${packageId}/${info.internalVersion}`;
        const codebases = [{ url, snapshotUrl: undefined }];
        return { ...info, codebases };
      },
      blob: async (_, { dictionary }) => {
        asked.push(dictionary?.equals(OLDER) ? 'SMP with dictionary' : 'SMP');
        return WANTED;
      },
    },
  };
  const question = { signal: new AbortController().signal, tryingForMs: 0 };
  const bytes = await new VersionSources(context, assignment, question).blob(SHA256, OLDER);
  expect(bytes.equals(WANTED)).toBe(true);
  return asked;
}

const coded = (body: Buffer) =>
  new Response(new Uint8Array(body), { headers: { 'content-encoding': 'dcz' } });

test('a package server compresses against the older one', async () => {
  const body = await encodeAgainst(WANTED, OLDER);
  expect(body.length).toBeLessThan(WANTED.length / 4);
  expect(await ask(() => coded(body))).toEqual(['peer with dictionary']);
});

test.each([
  ['cannot be decoded', () => coded(Buffer.from('no such coding'))],
  ['is something else', async () => coded(await encodeAgainst(OLDER, OLDER))],
] as const)('what %s is asked for again without a dictionary', async (_, wrong) => {
  const asked = await ask((offered) => (offered ? wrong() : new Response(new Uint8Array(WANTED))));
  expect(asked).toEqual(['peer with dictionary', 'peer']);
});

test('a package server that lacks it is asked once, then the SMP', async () => {
  const asked = await ask(() => new Response('', { status: 404 }));
  expect(asked).toEqual(['peer with dictionary', 'SMP with dictionary']);
});
