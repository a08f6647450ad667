// Who fetches a content that several receptions of one process want: one of them; the others copy it,
// also those that want it later, for as long as it is where it was fetched to.
import { ContentClaims } from '../../../delivery/content-claims.ts';

const SHA256 = 'ab'.repeat(32);
const adopted: string[] = [];
const adopt = async (path: string): Promise<boolean> => {
  adopted.push(path);
  return true;
};

beforeEach(() => {
  adopted.length = 0;
});

test('who waits copies it once it is there, and so does who comes later', async () => {
  const claims = new ContentClaims();
  const claim = claims.tryClaim(SHA256)!;
  expect(claims.tryClaim(SHA256)).toBeUndefined();
  const waiting = claims.waitFor(SHA256, adopt);
  await claim.fulfil('/one');
  expect(await waiting).toBe(true);
  expect(claims.tryClaim(SHA256)).toBeUndefined();
  expect(await claims.waitFor(SHA256, adopt)).toBe(true);
  expect(adopted).toEqual(['/one', '/one']);
});

test('once it may be moved, the next one fetches it', async () => {
  const claims = new ContentClaims();
  const first = claims.tryClaim(SHA256)!;
  await first.fulfil('/one');
  first.forget();
  expect(await claims.waitFor(SHA256, adopt)).toBe(false);
  await claims.tryClaim(SHA256)!.fulfil('/two');
  // What the first one says again is not about the second one's.
  first.forget();
  expect(await claims.waitFor(SHA256, adopt)).toBe(true);
  expect(adopted).toEqual(['/two']);
});

test('who cannot copy it fetches it, and nobody is sent there again', async () => {
  const claims = new ContentClaims();
  await claims.tryClaim(SHA256)!.fulfil('/gone');
  expect(await claims.waitFor(SHA256, () => Promise.reject(new Error('ENOENT')))).toBe(false);
  expect(claims.tryClaim(SHA256)).toBeDefined();
});

test('what is abandoned is fetched by one of those who waited', async () => {
  const claims = new ContentClaims();
  const claim = claims.tryClaim(SHA256)!;
  const waiting = [claims.waitFor(SHA256, adopt), claims.waitFor(SHA256, adopt)];
  claim.abandon();
  expect(await Promise.all(waiting)).toEqual([false, false]);
  expect(claims.tryClaim(SHA256)).toBeDefined();
  expect(claims.tryClaim(SHA256)).toBeUndefined();
});
