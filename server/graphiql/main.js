import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { GraphiQL } from 'graphiql';
import { createElement as h, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createFetcher } from './fetcher.js';

/** Kept for this tab only: a token must not outlive the window it was typed into. */
const STORAGE_KEY = 'canopy.token';
const SAMPLE = `# Ctrl-Enter runs it, Ctrl-Space completes.
query Packages {
  packages(first: 10, orderBy: [{ field: NAME }]) {
    totalCount
    nodes { name version internalVersion sourceState }
  }
}
`;

function Page() {
  const [token, setToken] = useState(() => sessionStorage.getItem(STORAGE_KEY) ?? '');
  const [fault, setFault] = useState('');
  const change = (next, message = '') => {
    if (next === '') sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, next);
    setToken(next);
    setFault(message);
  };
  const fetcher = useMemo(
    () => createFetcher(token, (message) => change('', message || 'The token was refused.')),
    [token],
  );
  if (token === '') return h(TokenForm, { fault, onToken: (next) => change(next) });
  return h(
    GraphiQL,
    { key: token, fetcher, defaultQuery: SAMPLE, shouldPersistHeaders: false },
    h(
      GraphiQL.Logo,
      null,
      h('button', { className: 'sign-out', onClick: () => change('') }, 'Change token'),
    ),
  );
}

function TokenForm({ fault, onToken }) {
  const submit = (event) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('token').trim();
    if (text !== '') onToken(text);
  };
  return h(
    'form',
    { className: 'token', onSubmit: submit },
    h('h1', null, 'GraphiQL – Canopy'),
    h('label', { htmlFor: 'token' }, 'Bearer token'),
    h('input', { id: 'token', name: 'token', type: 'password', autoFocus: true, required: true }),
    h('p', null, 'The first one is in admin.token in the data directory. Kept in this tab only.'),
    fault === '' ? null : h('p', { role: 'alert' }, fault),
    h('button', { type: 'submit' }, 'Open'),
  );
}

createRoot(document.getElementById('root')).render(h(Page));
