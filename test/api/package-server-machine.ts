import { createHmac } from 'node:crypto';
import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import type { Guid } from '../../core/guid.ts';
import { signRequest } from '../../core/http-signature.ts';
import { generateIdentity, type NodeIdentity } from '../../core/identity.ts';
import { systemRandom } from '../../core/random.ts';
import { holdingStatement } from '../../content/statement.ts';
import type { Answer, GraphqlServer } from './graphql-server.ts';
import { connectSocket, type SocketClient } from './web-socket-client.ts';

/** A package server's machine, as bare as the protocol allows. */
export interface Machine {
  readonly id: Guid;
  readonly identity: NodeIdentity;
  /** Signature headers for a request at this moment of the server's clock. */
  sign(request: SignableRequest): Record<string, string>;
  /** One signed GraphQL request. */
  ask(query: string, variables?: object): Promise<Answer>;
  /** A socket that is signed and acknowledged. */
  connect(): Promise<SocketClient>;
  /** A held version with its attestation. */
  attest(packageId: Guid, version: HeldTree, by?: NodeIdentity): Answer;
}

interface SignableRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

interface HeldTree {
  readonly internalVersion: number;
  readonly rootHash: string;
}

export function machine(
  server: GraphqlServer,
  id: Guid,
  identity: NodeIdentity = generateIdentity(),
): Machine {
  const sign = (request: SignableRequest): Record<string, string> =>
    signRequest(
      identity,
      { ...request, keyId: id, speaker: 'PACKAGE_SERVER' },
      { nowMs: server.nodes.serverTimeMs, nonce: freshChallenge() },
    );
  return {
    id,
    identity,
    sign,
    async ask(query, variables = {}) {
      const body = Buffer.from(JSON.stringify({ query, variables }));
      const request = { method: 'POST', url: `${server.url}/graphql`, body, ...JSON_BODY };
      const response = await fetch(request.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...sign(request) },
      });
      return { status: response.status, ...((await response.json()) as object) };
    },
    async connect() {
      const headers = sign({ method: 'GET', url: `${server.url}/graphql` });
      const client = await connectSocket(server.webSocketUrl, { headers });
      client.send({ type: 'connection_init' });
      expect((await client.next()).type).toBe('connection_ack');
      return client;
    },
    attest: (packageId, { internalVersion, rootHash }, by = identity) => ({
      internalVersion,
      rootHash,
      attestation: by.sign(
        holdingStatement({ packageServerId: id, packageId, internalVersion, rootHash }),
      ),
    }),
  };
}

const JSON_BODY = { contentType: 'application/json' };

export function freshChallenge(): string {
  return Buffer.from(systemRandom.bytes(16)).toString('base64url');
}

/** Sends an enrolment; `change` is applied after the proof was made. */
export async function enrollWith(
  server: GraphqlServer,
  token: string,
  publicKey: string,
  change: object = {},
): Promise<Answer> {
  const [, smpNodeId, tokenId, secret] = token.split('.') as [string, string, string, string];
  const challenge = freshChallenge();
  const statement: Json = { kind: 'enroll', smpNodeId, tokenId, publicKey, challenge };
  const proof = createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update(canonicalJson(statement))
    .digest('base64url');
  const response = await fetch(`${server.url}/canopy/v1/enroll`, {
    method: 'POST',
    body: JSON.stringify({ tokenId, publicKey, challenge, proof, ...change }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

export async function newToken(server: GraphqlServer, packageServerId: Guid): Promise<string> {
  const { data } = await server.ask(
    'mutation ($id: ID!) { createEnrollmentToken(input: {kind: PACKAGE_SERVER, ' +
      'packageServerId: $id}) { token userErrors { code message } } }',
    { id: packageServerId },
  );
  expect(data.createEnrollmentToken.userErrors).toEqual([]);
  return data.createEnrollmentToken.token as string;
}

/** A machine that has enrolled as this package server. */
export async function enrolledMachine(server: GraphqlServer, id: Guid): Promise<Machine> {
  const made = machine(server, id);
  const answer = await enrollWith(server, await newToken(server, id), made.identity.publicKey);
  expect(answer).toMatchObject({ status: 200, packageServerId: id });
  return made;
}
