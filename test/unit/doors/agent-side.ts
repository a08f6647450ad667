import { bracedGuid, type Guid } from '../../../core/guid.ts';
import { parsePolicies } from '../../../legacy/client-policies.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../../../legacy/package-info.ts';
import type { Question } from '../../support/catalog-world.ts';
import type { AgentAnswer, AgentRequest, Ask } from './wire.ts';

/** How an agent puts its question: KB 179874, and since 8.5 RU3 KB 204355. */
export interface Manner {
  readonly method: 'GET' | 'POST';
  /** The older request cannot deny anything. */
  readonly generation: 'KB179874' | 'KB204355';
}

/** One GetPackageInfo request: {@link Question.packageId} is not looked at. */
export interface PackageInfoQuestion {
  readonly question: Question;
  readonly packageIds: readonly Guid[];
  readonly manner: Manner;
  readonly clientAddress: string;
}

/** Asks GetPackageInfo and reads the answer as an agent does. */
export async function askPackageInfo(
  ask: Ask,
  asked: PackageInfoQuestion,
): Promise<PackageInfoAnswer[]> {
  const { question, manner, clientAddress } = asked;
  const answer = await ask({
    ...request(manner, 'GetPackageInfo.aspx', requestXml(asked)),
    origin: question.origin,
    clientAddress,
  });
  const document = taken(answer);
  refuseMisplacedUrls(document);
  return parsePackageInfo(document);
}

/** What GetClientPolicies states: the version of each package, `agent class package version`. */
export async function askPolicies(
  ask: Ask,
  resourceId: Guid,
  from: { readonly method: 'GET' | 'POST'; readonly clientAddress: string },
): Promise<string[]> {
  const { method, clientAddress } = from;
  const guid = bracedGuid(resourceId);
  const page = '/Altiris/NS/Agent/GetClientPolicies.aspx';
  const asked: Pick<AgentRequest, 'target' | 'body'> =
    method === 'GET'
      ? { target: `${page}?WrkstaGuid=${encodeURIComponent(guid)}&ConfigVersion=2` }
      : {
          target: page,
          body:
            '<request configVersion="2" securedPolicy="0"><resources>' +
            `<resource required="true" host="true" guid="${guid}"/></resources></request>`,
        };
  const answer = parsePolicies(
    taken(await ask({ method, origin: ORIGIN, clientAddress, ...asked })),
  );
  if (answer.kind !== 'POLICIES') throw new Error('unchanged policies, but no hash was sent');
  return answer.policies.flatMap(({ agentClsid, packages }) =>
    packages.map((one) => `${agentClsid} ${one.packageId} ${one.internalVersion}`),
  );
}

/** Asks an address without a version; the answer's headers name the version that it means. */
export function askWithoutVersion(ask: Ask, target: string, clientAddress: string) {
  return ask({ method: 'GET', target, origin: ORIGIN, clientAddress });
}

const ORIGIN = 'http://smp1.example:8080';

function request(
  { method }: Manner,
  page: string,
  xml: string,
): Pick<AgentRequest, 'method' | 'target' | 'body'> {
  const path = `/Altiris/NS/Agent/${page}`;
  return method === 'GET'
    ? { method, target: `${path}?xml=${encodeURIComponent(xml)}` }
    : { method, target: path, body: xml };
}

/** Written here by hand, as the samples are, and not by the product's own writer. */
function requestXml({ question, packageIds, manner }: PackageInfoQuestion): string {
  const { resourceId, totalTimeMinutes, addresses } = question;
  const resource = resourceId ? ` resource="${bracedGuid(resourceId)}"` : '';
  const newer =
    manner.generation === 'KB204355' ? ` deny="${denied(question)}" totalFailureTime="3"` : '';
  return [
    `<request${resource} version="1" type="codebases" compress="1"${newer}` +
      ` totalTime="${totalTimeMinutes}">`,
    '<packages>',
    ...packageIds.map((id) => `\t<package guid="${bracedGuid(id)}"/>`),
    '</packages>',
    '<addresses>',
    ...addresses.map((ip) => `\t<address ip="${ip}"/>`),
    '</addresses>',
    '</request>',
  ].join('\n');
}

function denied({ denySmp, denyExternalPackageServers }: Question): string {
  return [...(denySmp ? ['Ns'] : []), ...(denyExternalPackageServers ? ['ExtPs'] : [])].join(', ');
}

/** Agents look for shares in `unc` and for everything else in `href`; the parser takes both. */
function refuseMisplacedUrls(document: string): void {
  const [misplaced] = /<Codebase (?:href="\\\\|unc="(?!\\\\)).*/.exec(document) ?? [];
  if (misplaced !== undefined) throw new Error(`misplaced: ${misplaced}`);
}

function taken({ status, body }: AgentAnswer): string {
  if (status !== 200) throw new Error(`answered ${status}: ${body}`);
  return body;
}
