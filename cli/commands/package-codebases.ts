import { Command } from 'commander';
import { ListCodebasesDocument } from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { collectPages } from '../collect-pages.ts';
import { guidOf } from '../look-up.ts';
import { explain } from '../explain-codebases.ts';
import type { Session } from '../session.ts';
import { CODEBASE_VIEW } from './views.ts';

interface Options {
  readonly ip?: string[];
  readonly computer?: string;
}

/** Where a package can be had: by anybody, or by one asker. */
export function codebasesCommand(app: App): Command {
  const command = new Command('codebases')
    .summary('list where a package can be had')
    .argument('<package>', 'GUID or exact name')
    .option('--ip <address>', 'as offered to this address; may be repeated', collect)
    .option('--computer <computer>', 'as offered to this computer')
    .action(app.action(codebases));
  return examples(command, [
    'package codebases "7-Zip"',
    'package codebases "7-Zip" --ip 10.1.2.3',
    'package codebases "7-Zip" --computer PC-0042 -o csv',
  ]);
}

async function codebases(session: Session<Options>, text: string): Promise<void> {
  const { ip, computer } = session.options;
  if (ip || computer) {
    const decision = await explain(session, {
      package: text,
      ...(ip ? { ip } : {}),
      ...(computer ? { computer } : {}),
    });
    session.printer.list(CODEBASE_VIEW, decision.codebases);
    return;
  }
  const client = await session.client();
  const where = { packageId: await guidOf(client, 'package', text) };
  const rows = await collectPages(
    undefined,
    async (page) => (await client.execute(ListCodebasesDocument, { where, ...page })).codebases,
  );
  session.printer.list(CODEBASE_VIEW, rows);
}
