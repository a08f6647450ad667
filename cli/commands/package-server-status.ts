import type { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { EXIT, CliError } from '../exit-code.ts';
import { formatBytes } from '../output/format-value.ts';
import { defineView } from '../output/view.ts';
import {
  localControl,
  packageAmong,
  type PackageServerHostOptions,
} from '../package-server-host.ts';
import type { Session } from '../session.ts';
import { DATA_DIR_FLAG, DATA_DIR_TEXT } from './package-server-run.ts';

type Line = Awaited<ReturnType<typeof readStatus>>['packages'][number];

const STATUS_VIEW = defineView<Line>({
  name: (row) => row.packageId,
  columns: [
    { header: 'package', value: (row) => row.name },
    { header: 'status', value: (row) => row.status },
    { header: 'wanted', value: (row) => row.internalVersion },
    { header: 'here', value: (row) => row.versions.map(String) },
    { header: 'size', value: (row) => row.sizeBytes, kind: 'bytes' },
    { header: 'progress', value: progressText },
    { header: 'since', value: (row) => row.since, kind: 'date' },
    { header: 'next try', value: (row) => row.nextTry, kind: 'date' },
    { header: 'reason', value: (row) => row.reason },
    { header: 'guid', value: (row) => row.packageId, kind: 'guid', wide: true },
    { header: 'assigned', value: (row) => row.assigned, wide: true },
    { header: 'source', value: (row) => row.source, wide: true },
  ],
});

/** `status`, `verify` and `resend-status`: the package server of this host. */
export function statusCommands(app: App, noun: Command): void {
  examples(
    noun
      .command('status')
      .summary('show the package server of this host and what it has of each package')
      .option(DATA_DIR_FLAG, DATA_DIR_TEXT)
      .action(app.action(status)),
    ['ps status', 'ps status --data-dir /var/lib/canopy-package-server -o json'],
  );
  examples(
    noun
      .command('verify')
      .summary('have the package server of this host read every byte again')
      .argument('[package...]', 'GUID or exact name; all when absent')
      .option(DATA_DIR_FLAG, DATA_DIR_TEXT)
      .action(app.action(verify)),
    ['ps verify', 'ps verify "7-Zip"'],
  );
  examples(
    noun
      .command('resend-status')
      .summary('have the package server of this host report everything anew')
      .option(DATA_DIR_FLAG, DATA_DIR_TEXT)
      .action(app.action(resend)),
    ['ps resend-status'],
  );
}

async function status(session: Session<PackageServerHostOptions>): Promise<void> {
  const { printer, note } = session;
  const found = await readStatus(session);
  if (printer.format === 'json' || printer.format === 'yaml') printer.data(found, '');
  else printer.list(STATUS_VIEW, found.packages);
  const { link, smp } = found;
  note(
    link.connected
      ? `Linked to ${smp.name} (${smp.url}) since ${link.since}.`
      : `Not linked to ${smp.name} (${smp.url}): ${link.reason}`,
  );
  for (const { name, url, reachable, reason } of found.upstream) {
    note(`${name} of the parent (${url}): ${reachable ? 'reached' : reason}.`);
  }
  for (const problem of found.problems) note(problem);
  if (!found.running) throw new CliError(EXIT.FAILED, 'The package server is not running.');
}

async function readStatus(session: Session<PackageServerHostOptions>) {
  const { readLocalStatus } = await import('../../package-server/index.ts');
  return await readLocalStatus(localControl(session));
}

async function verify(
  session: Session<PackageServerHostOptions>,
  names: readonly string[],
): Promise<void> {
  const { askRunning } = await import('../../package-server/index.ts');
  const known = names.length === 0 ? [] : (await readStatus(session)).packages;
  const packages = names.map((text) => packageAmong(known, text));
  const answer = await askRunning(localControl(session), { kind: 'VERIFY', packages });
  const asked = answer['packages'] as readonly string[];
  session.printer.data(answer, asked.map((packageId) => `${packageId}\n`).join(''));
  session.note(`${asked.length} packages are being verified. See: canopy package-server status`);
}

async function resend(session: Session<PackageServerHostOptions>): Promise<void> {
  const { askRunning } = await import('../../package-server/index.ts');
  const answer = await askRunning(localControl(session), { kind: 'RESEND_STATUS' });
  session.printer.data(answer, '');
  session.note('Everything is reported anew, at once or when the SMP is there again.');
}

function progressText(row: Line): string {
  if (row.doneBytes === undefined || row.totalBytes === undefined) return '';
  const bytes = `${formatBytes(row.doneBytes)} of ${formatBytes(row.totalBytes)}`;
  const rate = `${formatBytes(row.bytesPerSecond ?? 0)}/s`;
  const left = row.etaSeconds === undefined ? '' : `, ${row.etaSeconds} s left`;
  return `${bytes}, ${rate}${left}`;
}
