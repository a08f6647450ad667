import type { Door } from '../http/door.ts';
import { agentPage } from './agent-page.ts';
import { renderTextError, requireMethod, sendText } from './answers.ts';

/** Agents ask it to learn whether the server answers at all. */
export function connectionTestDoor(): Door {
  return {
    name: 'connection-test',
    matches: agentPage('connectiontest'),
    handle: (exchange) => {
      requireMethod(exchange, 'GET', 'HEAD', 'POST');
      sendText(exchange, 'OK\n');
    },
    renderError: renderTextError,
  };
}
