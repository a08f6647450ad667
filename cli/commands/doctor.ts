import type { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { hostChecks } from '../doctor/host-checks.ts';
import { serverChecks } from '../doctor/server-checks.ts';
import type { Finding } from '../doctor/finding.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { defineView } from '../output/view.ts';
import type { Session } from '../session.ts';
import { addServerFlags, givenServerFlags } from './server-flags.ts';

const VIEW = defineView<Finding>({
  name: (row) => row.check,
  columns: [
    { header: 'check', value: (row) => row.check },
    { header: 'result', value: (row) => row.result },
    { header: 'detail', value: (row) => row.detail },
    { header: 'cure', value: (row) => row.cure },
  ],
});

export function doctorCommand(app: App): Command {
  const doctor = addServerFlags(
    app.noun('doctor', 'look for what is wrong with this host and its server'),
  ).action(app.action(examine));
  return examples(doctor, ['doctor', 'doctor --data-dir /var/lib/canopy -o json']);
}

/** Each check is made, whatever the others say; a failed one fails the command. */
async function examine(session: Session): Promise<void> {
  const flags = givenServerFlags({ ...session.options });
  const findings = [...(await hostChecks(session, flags)), ...(await serverChecks(session))];
  session.printer.list(VIEW, findings);
  const failed = findings.filter(({ result }) => result === 'failed').length;
  if (failed > 0) {
    throw new CliError(EXIT.FAILED, `${failed} of ${findings.length} checks failed.`);
  }
}
