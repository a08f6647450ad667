import {
  ExplainCodebasesDocument,
  type CodebaseRequestInput,
  type DecisionFieldsFragment,
} from '../client-sdk/src/index.ts';
import { byGuidOrName, guidOf } from './look-up.ts';
import type { Session } from './session.ts';

/** Who asks for what, as typed. */
export interface AskerOptions {
  readonly package: string;
  readonly ip?: readonly string[];
  /** A computer, by GUID or name. */
  readonly computer?: string;
  /** How long the agent has been trying; milliseconds. */
  readonly tryingFor?: number;
  /** `ns` and `ext-ps`, as in the agents' `deny` attribute (KB 204355). */
  readonly deny?: readonly string[];
}

/** The server's decision for an asker, with every candidate. */
export async function explain(
  session: Session,
  asker: AskerOptions,
): Promise<DecisionFieldsFragment> {
  const client = await session.client();
  const { ip, computer, tryingFor, deny } = asker;
  const request: CodebaseRequestInput = {
    package: byGuidOrName(asker.package),
    ...(ip ? { addresses: [...ip] } : {}),
    ...(computer ? { computerId: await guidOf(client, 'computer', computer) } : {}),
    ...(tryingFor === undefined ? {} : { totalTimeMinutes: tryingFor / 60_000 }),
    denySmp: deny?.includes('ns') ?? false,
    denyExternalPackageServers: deny?.includes('ext-ps') ?? false,
  };
  return (await client.execute(ExplainCodebasesDocument, { request })).explainCodebases;
}
