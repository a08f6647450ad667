import { HierarchyRelationsDocument, type SmpClient } from '../client-sdk/src/index.ts';
import { parseGuid } from '../core/guid.ts';
import { CliError, EXIT } from './exit-code.ts';

/** The GUID of a child by GUID or exact name. Throws `NOT_FOUND`; a GUID is not asked for. */
export async function childGuid(client: SmpClient, text: string): Promise<string> {
  const guid = parseGuid(text);
  if (guid) return guid;
  const { smp } = await client.execute(HierarchyRelationsDocument, {});
  return only('child', text, smp.children);
}

/** As {@link childGuid}, for the parent too, and by node id. */
export async function neighbourGuid(client: SmpClient, text: string): Promise<string> {
  const guid = parseGuid(text);
  if (guid) return guid;
  const { smp } = await client.execute(HierarchyRelationsDocument, {});
  const all = [...(smp.parent ? [smp.parent] : []), ...smp.children];
  const byNodeId = all.find(({ nodeId }) => nodeId === text);
  return byNodeId?.guid ?? only('parent or child', text, all);
}

function only(
  what: string,
  name: string,
  all: readonly { readonly name: string; readonly guid: string }[],
): string {
  const [found, ...others] = all.filter((one) => one.name === name);
  if (found && others.length === 0) return found.guid;
  throw new CliError(
    EXIT.NOT_FOUND,
    found ? `Several are called '${name}'; use the GUID.` : `There is no ${what} '${name}'.`,
    'See them: canopy hierarchy list',
  );
}
