import type { Command } from 'commander';
import { createSmpClient, SignedInDocument } from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import {
  checkContextName,
  contextFilePath,
  readContexts,
  writeContexts,
  type Context,
  type ContextFile,
} from '../connection/context-file.ts';
import { normalUrl, resolveConnection } from '../connection/resolve-connection.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { defineView } from '../output/view.ts';
import type { Session } from '../session.ts';

interface ContextRow {
  readonly name: string;
  readonly url: string;
  readonly current: boolean;
  readonly signedIn: boolean;
}

const CONTEXT_VIEW = defineView<ContextRow>({
  name: (row) => row.name,
  columns: [
    { header: 'current', value: (row) => (row.current ? '*' : '') },
    { header: 'name', value: (row) => row.name },
    { header: 'url', value: (row) => row.url },
    { header: 'signed in', value: (row) => row.signedIn },
  ],
});

/** `login`, `logout` and `context`: the servers that this user works with. */
export function contextCommands(app: App): Command[] {
  return [loginCommand(app), logoutCommand(app), contextNoun(app)];
}

function loginCommand(app: App): Command {
  const login = app
    .noun('login', 'store a server and a token, and use them from now on')
    .option('--name <name>', 'name of the context; default: the host of the address');
  login.action(app.action(signIn));
  return examples(login, [
    'login --server http://smp1.example:8080',
    'login --server https://smp2.example --name emea --token-file ./emea.token',
  ]);
}

async function signIn(session: Session<{ name?: string }>): Promise<void> {
  const { io, options } = session;
  const { url, token: given } = await resolveConnection(io, options);
  const name = checkContextName(
    options.name ?? options.context ?? new URL(url).hostname.replace(/[[\]:]/g, ''),
  );
  const asked =
    options.tokenFile || io.environment['CANOPY_TOKEN'] || io.environment['CANOPY_TOKEN_FILE']
      ? given
      : await session.askSecret(
          `Token for ${url}: `,
          `The token for ${url} is needed: give --token-file, or set CANOPY_TOKEN.`,
        );
  const token = asked?.trim();
  if (!token) throw new CliError(EXIT.USAGE, 'The token is empty.');
  // Tried before it is stored, so that a stored context is one that worked.
  const { smp } = await createSmpClient({ url, token }, io.signal).execute(SignedInDocument);
  await change(session, (file) => ({
    current: name,
    contexts: { ...file.contexts, [name]: { url, token } },
  }));
  session.note(`Signed in to ${smp.name} as the context "${name}".`);
}

function logoutCommand(app: App): Command {
  const logout = app
    .noun('logout', 'forget the token of a context')
    .argument('[context]', 'default: the current one');
  logout.action(
    app.action(async (session, asked: string | undefined) => {
      const name = asked ?? session.options.context ?? (await readContexts(session.io)).current;
      if (!name) throw new CliError(EXIT.USAGE, 'No context is in use.');
      await change(session, (file) => {
        const { url } = contextNamed(file, name);
        return { ...file, contexts: { ...file.contexts, [name]: { url } } };
      });
      session.note(
        `The token of "${name}" is gone from this machine; revoke it: canopy token revoke`,
      );
    }),
  );
  return examples(logout, ['logout', 'logout emea']);
}

function contextNoun(app: App): Command {
  const noun = app.noun('context', 'the servers that this user works with', 'ctx');
  examples(
    noun.command('list').alias('ls').summary('list the stored servers').action(app.action(list)),
    ['context list', 'context list -o json'],
  );
  examples(
    noun
      .command('use')
      .summary('use a stored server from now on')
      .argument('<context>')
      .action(
        app.action(async (session, name: string) => {
          await change(session, (file) => (contextNamed(file, name), { ...file, current: name }));
          session.note(`Now using "${name}".`);
        }),
      ),
    ['context use emea'],
  );
  examples(
    noun
      .command('add')
      .summary('store a server without signing in')
      .argument('<name>')
      .argument('<url>')
      .action(app.action(add)),
    ['context add emea https://smp2.example'],
  );
  examples(
    noun
      .command('remove')
      .alias('rm')
      .summary('forget a stored server and its token')
      .argument('<context>')
      .action(
        app.action(async (session, name: string) => {
          await change(session, (file) => without(file, name));
          session.note(`"${name}" is forgotten.`);
        }),
      ),
    ['context remove emea'],
  );
  return noun;
}

async function list(session: Session): Promise<void> {
  const file = await readContexts(session.io);
  const rows = Object.entries(file.contexts).map(([name, context]) => ({
    name,
    url: context.url,
    current: name === file.current,
    signedIn: context.token !== undefined,
  }));
  session.printer.list(CONTEXT_VIEW, rows);
  if (rows.length === 0) session.note(`Nothing is stored in ${contextFilePath(session.io)}.`);
}

async function add(session: Session, name: string, url: string): Promise<void> {
  checkContextName(name);
  await change(session, (file) => {
    if (file.contexts[name]) {
      throw new CliError(
        EXIT.CONFLICT,
        `There is a context "${name}" already.`,
        `Remove it first: canopy context remove ${name}`,
      );
    }
    const context = { url: normalUrl({ value: url, origin: 'the argument' }) };
    return { current: file.current ?? name, contexts: { ...file.contexts, [name]: context } };
  });
  session.note(`"${name}" is stored; sign in: canopy login --context ${name}`);
}

function without(file: ContextFile, name: string): ContextFile {
  contextNamed(file, name);
  const { [name]: _removed, ...contexts } = file.contexts;
  return file.current === name ? { contexts } : { ...file, contexts };
}

function contextNamed(file: ContextFile, name: string): Context {
  const context = file.contexts[name];
  if (context) return context;
  throw new CliError(
    EXIT.NOT_FOUND,
    `There is no context "${name}".`,
    'See those that exist: canopy context list',
  );
}

async function change(session: Session, edit: (file: ContextFile) => ContextFile): Promise<void> {
  await writeContexts(session.io, edit(await readContexts(session.io)));
}
