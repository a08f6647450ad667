import type { Command } from 'commander';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  RevokeEnrollmentDocument,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { guidOf } from '../look-up.ts';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { PACKAGE_SERVER_VIEW } from './views.ts';

/** `token` and `revoke`: which machine may speak as a package server. */
export function enrollmentCommands(app: App, noun: Command): void {
  examples(
    noun
      .command('token')
      .summary('make a token with which one machine enrols as this package server, once')
      .argument('<package-server>', 'GUID or exact name')
      .option('--expires-in <duration>', 'how long it is good (1h)', parseDurationMs)
      .action(app.action(createToken)),
    ['ps token PS01 > ps01.token', 'ps token PS01 --expires-in 2d'],
  );
  examples(
    noun
      .command('revoke')
      .summary('forget the key of a package server; it is cut off until it registers again')
      .argument('<package-server>', 'GUID or exact name')
      .action(app.action(revoke)),
    ['ps revoke PS01'],
  );
}

/** The token alone goes to stdout as a table, so that it can be put into a file. */
async function createToken(
  session: Session<{ readonly expiresIn?: number }>,
  text: string,
): Promise<void> {
  const client = await session.client();
  const { expiresIn } = session.options;
  const input = {
    kind: 'PACKAGE_SERVER' as const,
    packageServerId: await guidOf(client, 'packageServer', text),
    ...(expiresIn === undefined ? {} : { expiresInMinutes: Math.ceil(expiresIn / 60_000) }),
  };
  const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
  const { token, expiresAt } = accepted(answer.createEnrollmentToken);
  session.printer.data({ token, expiresAt }, `${token}\n`);
  session.note('This is the only time that the token is shown; it can be used once.');
}

async function revoke(session: Session, text: string): Promise<void> {
  const client = await session.client();
  const packageServerId = await guidOf(client, 'packageServer', text);
  await session.confirm(`Revoke the enrolment of the package server '${text}'?`);
  const answer = await client.execute(RevokeEnrollmentDocument, { input: { packageServerId } });
  session.printer.one(PACKAGE_SERVER_VIEW, accepted(answer.revokeEnrollment).packageServer!);
}
