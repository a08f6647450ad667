import { Option, type Command } from 'commander';
import { collect } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { parseDurationMs } from '../parse-values.ts';

/** Who the agent is, where it stands, and where it keeps its files. */
export function addAgentFlags(command: Command): Command {
  return command
    .option(
      '--folder <folder>',
      "the agent's own folder (or CANOPY_AGENT_DIR); default: canopy-agent",
    )
    .option('--resource <computer>', 'speak for this computer: GUID or name')
    .option('--ip <address>', "its address; may be repeated; default: this host's", collect)
    .addOption(
      new Option(
        '--deny <whom>',
        'refuse sources: ns the SMP, ext-ps package servers of other sites',
      )
        .choices(['ns', 'ext-ps'])
        .argParser<string[]>((value, previous) => collectChoice(value, previous)),
    )
    .option('--trying-for <duration>', 'how long it has been trying (45m)', parseDurationMs);
}

function collectChoice(value: string, previous: string[] | undefined): string[] {
  if (value === 'ns' || value === 'ext-ps') return collect(value, previous);
  throw new CliError(EXIT.USAGE, `--deny ${value}: use ns or ext-ps.`);
}
