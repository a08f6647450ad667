import type { ServerResponse } from 'node:http';
import { generateIdentity, type NodeIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { toGuid, type Guid } from '../../../core/guid.ts';
import { systemClock } from '../../../core/clock.ts';
import { systemRandom } from '../../../core/random.ts';
import { snapshotStatement } from '../../../content/statement.ts';
import { rootHash } from '../../../content/tree.ts';
import { createAgent, type Agent, type AgentOptions } from '../../../agent/index.ts';
import { writePolicies, writePoliciesUnchanged } from '../../../legacy/client-policies.ts';
import { SOFTWARE_DELIVERY_AGENT } from '../../../legacy/conventions.ts';
import { parsePackageInfoRequest } from '../../../legacy/package-info-request.ts';
import { writePackageXml } from '../../../legacy/package-xml.ts';
import { parsePoliciesRequest } from '../../../legacy/policies-request.ts';
import { writeSnapshotXml } from '../../../legacy/snapshot-xml.ts';
import {
  manifestOf,
  serveFiles,
  startServer,
  temporaryFolder,
  type Cleanup,
  type Files,
  type TestServer,
} from '../delivery/support.ts';

export const PACKAGE_ID = toGuid('{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}');
export const COMPUTER_ID = toGuid('{89782D60-FFA1-487A-B4BA-38E909ABB6DF}');
export const VERSION = 1_390_562_687;

/** What a test changes about the server between two questions. */
export interface SmpState {
  files: Files;
  /** In policies. */
  policyVersion: number;
  /** In GetPackageInfo. */
  offeredVersion: number;
  /** In the snapshot, and in the paths of files. */
  snapshotVersion: number;
  owner: NodeIdentity | undefined;
  sendsKey: boolean;
  /** Applied to the snapshot after it was signed. */
  tamper(xml: string): string;
  extraCodebases: readonly { readonly url: string; readonly snapshotUrl: string | undefined }[];
  hasSources: boolean;
  /** Answers instead of the server while it is set. */
  fault: ((response: ServerResponse) => void) | undefined;
}

export interface TestSmp extends TestServer {
  readonly state: SmpState;
  /** Bodies and decoded `xml` parameters of the questions, newest last. */
  readonly questions: string[];
}

/** A server that answers an agent's questions with the writers of legacy/. */
export async function startSmp(cleanup: Cleanup, files: Files): Promise<TestSmp> {
  const state: SmpState = {
    files,
    policyVersion: VERSION,
    offeredVersion: VERSION,
    snapshotVersion: VERSION,
    owner: generateIdentity(),
    sendsKey: true,
    tamper: (xml) => xml,
    extraCodebases: [],
    hasSources: true,
    fault: undefined,
  };
  const questions: string[] = [];
  const server = await startServer(cleanup, async (request, response, path) => {
    if (state.fault) return state.fault(response);
    const url = new URL(request.url!, server.origin);
    let body = url.searchParams.get('xml') ?? '';
    for await (const block of request) body += String(block);
    if (body !== '') questions.push(body);
    const page = url.pathname.split('/').at(-1)!.toLowerCase();
    if (page === 'getclientpolicies.aspx') return void response.end(policies(state, body));
    if (page === 'getpackageinfo.aspx') {
      return void response.end(packageInfo(state, body, server.origin));
    }
    if (page === 'getpackagesnapshot.aspx') return sendSnapshot(state, response);
    const prefix = `files/${state.snapshotVersion}/`;
    const byPath = Object.entries(state.files).map(([name, bytes]) => [prefix + name, bytes]);
    serveFiles(Object.fromEntries(byPath) as Files)(request, response, path);
  });
  return Object.assign(server, { state, questions });
}

function policies(state: SmpState, body: string): string {
  const request = parsePoliciesRequest(body);
  const policy = {
    policyId: toGuid('{A36705A8-123D-40AB-BCAB-D9494D19D938}'),
    name: 'One of Three',
    version: '1',
    agentClsid: SOFTWARE_DELIVERY_AGENT,
    packages: [
      {
        packageId: PACKAGE_ID,
        name: 'One of Three',
        version: '1.0',
        internalVersion: state.policyVersion,
        cleanupAfterMinutes: 10_080,
        priority: 'Normal' as const,
      },
    ],
  };
  const { hash, xml } = writePolicies([policy]);
  return request.hash === hash ? writePoliciesUnchanged(hash) : xml;
}

function packageInfo(state: SmpState, body: string, origin: string): string {
  const request = parsePackageInfoRequest(body);
  const own = {
    url: `${origin}/files/${state.offeredVersion}`,
    snapshotUrl: `${origin}/Altiris/NS/Agent/${state.offeredVersion}/GetPackageSnapshot.aspx`,
  };
  return writePackageXml({
    packageId: request.packageIds[0]!,
    name: 'One of Three',
    sizeBytes: 0,
    internalVersion: state.offeredVersion,
    priority: 'Normal',
    enableMulticast: false,
    valid: request.packageIds[0] === PACKAGE_ID,
    statusDescription: 'valid',
    sourceKey: '',
    sourceTimeMs: 0,
    siteQueryUrl: origin,
    resourceId: request.resourceId,
    codebases: state.hasSources ? [...state.extraCodebases, own] : [],
  });
}

function sendSnapshot(state: SmpState, response: ServerResponse): void {
  const manifest = manifestOf(state.files);
  const internalVersion = state.snapshotVersion;
  const head = { path: 'C:\\x', internalVersion, createdAtMs: internalVersion * 1_000 };
  if (state.owner) {
    const statement = {
      packageId: PACKAGE_ID,
      internalVersion,
      rootHash: rootHash(manifest),
      ownerNodeId: state.owner.nodeId,
    };
    response.setHeader('X-Canopy-Root-Hash', statement.rootHash);
    response.setHeader('X-Canopy-Node-Id', state.owner.nodeId);
    response.setHeader('X-Canopy-Signature', state.owner.sign(snapshotStatement(statement)));
    if (state.sendsKey) response.setHeader('X-Canopy-Public-Key', state.owner.publicKey);
  }
  response.end(state.tamper(writeSnapshotXml(head, manifest)));
}

export interface TestAgent {
  readonly agent: Agent;
  readonly folder: string;
}

export async function startAgent(
  cleanup: Cleanup,
  smp: Pick<TestServer, 'origin'>,
  options: Partial<AgentOptions> = {},
): Promise<TestAgent> {
  const folder = options.folder ?? (await temporaryFolder(cleanup));
  const agent = createAgent({
    folder,
    smpUrl: smp.origin,
    resourceId: COMPUTER_ID,
    addresses: ['10.1.2.3'],
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    ...options,
  });
  return { agent, folder };
}

export const signal = new AbortController().signal;
export const request: { readonly packageId: Guid; readonly signal: AbortSignal } = {
  packageId: PACKAGE_ID,
  signal,
};
