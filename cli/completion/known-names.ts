import { CompletionNamesDocument } from '../../client-sdk/src/index.ts';
import type { Session } from '../session.ts';

export type NamedThing = 'package' | 'site' | 'packageServer' | 'computer' | 'child' | 'neighbour';

interface Candidate {
  readonly value: string;
  readonly description: string;
}
export type Names = { readonly [K in NamedThing | 'none']: readonly Candidate[] };

const DEADLINE_MS = 1_500;

/**
 * What the server knows by name, at most 200 of each kind. A shell that is waiting gets nothing
 * rather than an error: `undefined` without a server, a token or a prompt answer.
 */
export async function knownNames(session: Session): Promise<Names | undefined> {
  try {
    const client = (await session.client()).withSignal(AbortSignal.timeout(DEADLINE_MS));
    const answer = await client.execute(CompletionNamesDocument);
    const { parent, children } = answer.smp;
    return {
      child: children.map(candidate),
      neighbour: [...(parent ? [parent] : []), ...children].map(candidate),
      package: answer.packages.nodes.map(candidate),
      site: answer.sites.nodes.map(candidate),
      packageServer: answer.packageServers.nodes.map(candidate),
      computer: answer.computers.nodes.map(candidate),
      none: [],
    };
  } catch {
    return undefined;
  }
}

/** A name that would need quotes is offered by its GUID: the shells differ in how they quote. */
function candidate({ name, guid }: { name: string; guid: string }): Candidate {
  const plain = /^[\w.+-]+$/.test(name) && !name.startsWith('-');
  return plain ? { value: name, description: guid } : { value: guid, description: name };
}
