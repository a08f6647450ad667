import type { GraphqlContext } from './context.ts';
import { nodeId } from './node-id.ts';
import type { SmpNode } from './types/topology.ts';

export function smpNode({ catalog, services }: GraphqlContext): SmpNode {
  const { id, name, addresses } = catalog.model.smp;
  const { url, ...description } = services.smp;
  return {
    __typename: 'Smp',
    id: nodeId('smp', id),
    guid: id,
    name,
    siteAddresses: addresses,
    url: url === '' ? null : url,
    ...description,
  };
}
