import { Option, type Command } from 'commander';
import {
  accepted,
  CreateApiTokenDocument,
  ListApiTokensDocument,
  RevokeApiTokenDocument,
  type Role,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { API_TOKEN_VIEW } from './views.ts';

interface CreateOptions {
  readonly role: Lowercase<Role>;
  readonly expiresIn?: number;
}

export function tokenCommand(app: App): Command {
  const noun = app.noun('token', 'bearer tokens of people and programs', 'tokens');
  examples(
    noun
      .command('create')
      .summary('make a token; it is printed once')
      .argument('<name>', 'who or what it is for')
      .addOption(
        new Option('--role <role>', 'what it may do')
          .choices(['viewer', 'operator', 'admin'])
          .makeOptionMandatory(),
      )
      .option('--expires-in <duration>', 'when it ends (90d); never when absent', parseDurationMs)
      .action(app.action(create)),
    ['token create grafana --role viewer --expires-in 365d > grafana.token'],
  );
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list tokens, without their secrets')
      .action(
        app.action(async (session) => {
          const client = await session.client();
          session.printer.list(
            API_TOKEN_VIEW,
            (await client.execute(ListApiTokensDocument)).apiTokens,
          );
        }),
      ),
    ['token list'],
  );
  examples(
    noun
      .command('revoke')
      .summary('make a token worthless')
      .argument('<id>', 'as in canopy token list')
      .action(app.action(revoke)),
    ['token revoke 9f1c…'],
  );
  return noun;
}

/** The secret alone goes to stdout as a table, so that it can be put into a file. */
async function create(session: Session<CreateOptions>, name: string): Promise<void> {
  const { role, expiresIn } = session.options;
  const { clock } = session.io;
  const expiresAt =
    expiresIn === undefined ? {} : { expiresAt: new Date(clock.nowMs() + expiresIn).toISOString() };
  const client = await session.client();
  const input = { name, role: role.toUpperCase() as Role, ...expiresAt };
  const payload = accepted(
    (await client.execute(CreateApiTokenDocument, { input })).createApiToken,
  );
  session.printer.data({ ...payload.apiToken, secret: payload.secret }, `${payload.secret}\n`);
  session.note('This is the only time that the token is shown.');
}

async function revoke(session: Session, id: string): Promise<void> {
  await session.confirm(`Revoke the token ${id}?`);
  const client = await session.client();
  const answer = await client.execute(RevokeApiTokenDocument, { input: { id } });
  session.printer.one(API_TOKEN_VIEW, accepted(answer.revokeApiToken).apiToken!);
}
