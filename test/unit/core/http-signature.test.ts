// Signed requests: RFC 9421's own example, and every way in which a signature must not hold.
import fc from 'fast-check';
import {
  contentDigest,
  requireDigest,
  signatureBase,
  signRequest,
  verifyRequest,
  type ReceivedRequest,
  type RequestToSign,
} from '../../../core/http-signature.ts';
import { generateIdentity, verifyBytes } from '../../../core/identity.ts';

const NOW_MS = 1_790_000_000_500;
const node = generateIdentity();
const options = {
  nowMs: NOW_MS,
  publicKeyOf: (keyId: string) => (keyId === 'ps1' ? node.publicKey : undefined),
};
const BODY = Buffer.from('{"query":"{viewer{role}}"}');

function sent(
  change: Partial<RequestToSign> = {},
  nowMs = NOW_MS,
  identity: Pick<typeof node, 'signBytes'> = node,
): ReceivedRequest {
  const request = {
    method: 'POST',
    url: 'http://smp1.example:8080/graphql?a=1',
    body: BODY,
    contentType: 'application/json',
    keyId: 'ps1',
    speaker: 'PACKAGE_SERVER' as const,
    ...change,
  };
  const url = new URL(request.url);
  const size = request.body?.length ?? 0;
  return {
    method: request.method,
    authorities: [url.host],
    target: `${url.pathname}${url.search}`,
    headers: {
      ...signRequest(identity, request, { nowMs, nonce: 'bm9uY2U' }),
      'content-type': request.contentType,
      ...(size > 0 && { 'content-length': String(size) }),
    },
  };
}

const verify = (request: ReceivedRequest) => verifyRequest(request, options);
const refusal = (message: RegExp) =>
  expect.objectContaining({
    code: 'UNAUTHENTICATED',
    message: expect.stringMatching(message) as string,
  });

test('the Ed25519 example of RFC 9421 B.2.6', () => {
  const covered = ['date', '@method', '@path', '@authority', 'content-type', 'content-length'];
  const list = covered.map((name) => `"${name}"`).join(' ');
  const base = signatureBase(covered, `(${list});created=1618884473;keyid="test-key-ed25519"`, {
    method: 'POST',
    authority: 'example.com',
    target: '/foo?param=Value&Pet=dog',
    headers: {
      date: 'Tue, 20 Apr 2021 02:07:55 GMT',
      'content-type': 'application/json',
      'content-length': '18',
    },
  });
  const key = 'MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=';
  const signature =
    'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==';
  expect(verifyBytes(key, Buffer.from(base), signature)).toBe(true);
  expect(verifyBytes(key, Buffer.from(`${base} `), signature)).toBe(false);
});

test('a signed request is its own, with and without body, query and port', () => {
  expect(verify(sent())).toEqual({
    keyId: 'ps1',
    speaker: 'PACKAGE_SERVER',
    nonce: 'bm9uY2U',
    createdMs: 1_790_000_000_000,
    expiresMs: 1_790_000_060_000,
    contentDigest: contentDigest(BODY),
  });
  const bare = sent({ method: 'GET', body: undefined, contentType: undefined, url: 'https://a/b' });
  expect(verify(bare).contentDigest).toBeUndefined();
});

test('the receiver may have several names, in any letter case', () => {
  const authorities = ['other.example', 'SMP1.example:8080'];
  expect(verify({ ...sent(), authorities }).keyId).toBe('ps1');
});

test.each<[string, (request: ReceivedRequest) => ReceivedRequest]>([
  ['method', (request) => ({ ...request, method: 'PUT' })],
  ['server', (request) => ({ ...request, authorities: ['smp2.example:8080'] })],
  ['path', (request) => ({ ...request, target: '/graphql/?a=1' })],
  ['query', (request) => ({ ...request, target: '/graphql?a=2' })],
  ['query left out', (request) => ({ ...request, target: '/graphql' })],
  ['digest', (request) => withHeader(request, 'content-digest', contentDigest(Buffer.from('x')))],
  ['content type', (request) => withHeader(request, 'content-type', 'text/plain')],
  ['signature', (request) => withHeader(request, 'signature', `canopy=:${'A'.repeat(86)}==:`)],
])('another %s is refused', (_, change) => {
  expect(() => verify(change(sent()))).toThrow(refusal(/does not match/));
});

function withHeader(request: ReceivedRequest, name: string, value: string | undefined) {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

const edit = (request: ReceivedRequest, from: string | RegExp, to: string): ReceivedRequest =>
  withHeader(
    request,
    'signature-input',
    String(request.headers['signature-input']).replace(from, to),
  );

test.each<[string, ReceivedRequest, RegExp]>([
  ['no signature', withHeader(sent(), 'signature', undefined), /must each carry/],
  ['two labels', edit(sent(), /$/, ', b=("@method");created=1'), /malformed/],
  ['another label', edit(sent(), 'canopy=', 'sig1='), /must each carry/],
  ['a part twice', edit(sent(), '("@method"', '("@method" "@method"'), /twice/],
  ['a parameter twice', edit(sent(), /$/, ';nonce="other"'), /repeated/],
  ['no nonce', edit(sent(), ';nonce="bm9uY2U"', ''), /no parameter nonce/],
  ['another tag', edit(sent(), 'tag="canopy"', 'tag="web"'), /tag/],
  ['another algorithm', edit(sent(), /$/, ';alg="hmac-sha256"'), /ed25519/],
  ['a body that is not covered', edit(sent(), ' "content-digest"', ''), /not cover content-digest/],
  ['a host that is not covered', edit(sent(), ' "@authority"', ''), /not cover @authority/],
  ['a header that was not sent', edit(sent(), ' "@query"', ' "@query" "date"'), /not sent/],
  ['an unknown key', sent({ keyId: 'ps2' }), /not known/],
  ['a long life', edit(sent(), /expires=\d+/, 'expires=1790000061'), /1 to 60/],
  ['an end before its beginning', edit(sent(), /expires=\d+/, 'expires=1789999999'), /1 to 60/],
])('%s is refused', (_, request, message) => {
  expect(() => verify(request)).toThrow(refusal(message));
});

test('another machine with the right name is refused', () => {
  expect(() => verify(sent({}, NOW_MS, generateIdentity()))).toThrow(refusal(/does not match/));
});

test('a signature holds for 60 seconds, and a clock may be 5 seconds ahead', () => {
  expect(verify(sent({}, NOW_MS - 59_000)).keyId).toBe('ps1');
  expect(() => verify(sent({}, NOW_MS - 61_000))).toThrow(refusal(/expired/));
  expect(verify(sent({}, NOW_MS + 5_000)).keyId).toBe('ps1');
  expect(() => verify(sent({}, NOW_MS + 6_500))).toThrow(refusal(/future/));
});

test('the body that came must be the body that was signed', () => {
  const signed = verify(sent());
  expect(() => requireDigest(signed, BODY)).not.toThrow();
  expect(() => requireDigest(signed, Buffer.from('{}'))).toThrow(refusal(/Content-Digest/));
  const bare = verify(sent({ method: 'GET', body: undefined, contentType: undefined }));
  expect(() => requireDigest(bare, Buffer.alloc(0))).not.toThrow();
  expect(() => requireDigest(bare, BODY)).toThrow(refusal(/Content-Digest/));
});

test('whatever stands in the headers, the answer is a refusal and not a crash', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (input, signature) => {
      const headers = { 'signature-input': input, signature };
      const request = { method: 'GET', authorities: ['a'], target: '/', headers };
      expect(() => verify(request)).toThrow(refusal(/./));
    }),
  );
});
