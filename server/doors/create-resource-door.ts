import { parseCreateResource, writeCreateResourceEcho } from '../../legacy/create-resource.ts';
import type { Door } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { agentPage } from './agent-page.ts';
import { renderXmlError, requireMethod, sendXml } from './answers.ts';

/**
 * Registration of a computer: the resource is echoed with its own GUID and nothing is created. An
 * agent is served whether or not it is known, and who may be known is for administrators to say.
 */
export function createResourceDoor(): Door {
  return {
    name: 'create-resource',
    matches: agentPage('createresource'),
    handle: async (exchange) => {
      requireMethod(exchange, 'POST');
      const body = await exchange.readBody(LIMITS.xml.bodyBytes);
      sendXml(exchange, writeCreateResourceEcho(parseCreateResource(body, LIMITS.xml)));
    },
    renderError: renderXmlError,
  };
}
