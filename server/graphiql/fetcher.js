import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

const ENDPOINT = new URL('/graphql', window.location.href);

/**
 * GraphiQL's fetcher: queries and mutations by POST, subscriptions over graphql-ws, both with the
 * bearer token. `onRefused` is called when the server does not take the token.
 */
export function createFetcher(token, onRefused) {
  const authorization = `Bearer ${token}`;
  const socketUrl = new URL(ENDPOINT);
  socketUrl.protocol = socketUrl.protocol.replace('http', 'ws');
  const socket = createClient({
    url: socketUrl.href,
    lazy: true,
    connectionParams: { authorization },
    on: {
      closed: (event) => {
        if (event?.code === 4401 || event?.code === 4403) onRefused(event.reason);
      },
    },
  });

  const post = async (operation, headers) => {
    const response = await fetch(ENDPOINT, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        authorization,
      },
      body: JSON.stringify(operation),
    });
    const answer = await response.json();
    if (response.status === 401) onRefused(answer.errors?.[0]?.message);
    return answer;
  };

  return (operation, { documentAST, headers } = {}) => {
    const chosen = documentAST && getOperationAST(documentAST, operation.operationName);
    return chosen?.operation === 'subscription'
      ? socket.iterate(operation)
      : post(operation, headers);
  };
}
