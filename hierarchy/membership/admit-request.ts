import type { CatalogContext } from '../../catalog/context.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import type { Json } from '../../core/canonical-json.ts';
import type { Guid } from '../../core/guid.ts';
import { PROTOCOL_VERSION } from '../../core/product.ts';
import { admitStatement, MAX_PACKAGES_COMPARED, type AdmitRequest } from './admission.ts';

/** The packages of this SMP that a first replication could overwrite, in the order of their GUIDs. */
export function ownPackages({ model }: CatalogContext): Guid[] {
  return [...model.packages()]
    .filter(({ origin }) => origin === 'LOCAL')
    .map(({ id }) => id)
    .sort();
}

/** The request of a join, as often as it is made: what is signed stays the same. */
export function admitRequest(
  context: CatalogContext,
  joining: Pick<Parent, 'nodeId' | 'tokenId' | 'admission' | 'metadataOnly'>,
  { dryRun }: { readonly dryRun: boolean },
): { readonly statement: Json; readonly request: AdmitRequest } {
  const { model, identity } = context;
  const { smp } = model;
  const facts = {
    parentNodeId: joining.nodeId,
    tokenId: joining.tokenId,
    challenge: joining.admission?.challenge ?? '',
    childGuid: smp.id,
    publicKey: identity.publicKey,
    metadataOnly: joining.metadataOnly,
    dryRun,
  };
  const statement = admitStatement(facts);
  const children = [...model.tree.children()].filter(({ state }) => state !== 'REMOVED');
  const request: AdmitRequest = {
    ...facts,
    protocolVersion: PROTOCOL_VERSION,
    name: smp.name,
    url: smp.publicUrl,
    hasChildren: children.length > 0,
    packageIds: ownPackages(context).slice(0, MAX_PACKAGES_COMPARED),
    proof: joining.admission?.proof ?? '',
    signature: identity.sign(statement),
  };
  return { statement, request };
}
