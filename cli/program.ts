import { Command, Option } from 'commander';
import { PRODUCT_VERSION } from '../core/product.ts';
import { createApp } from './app.ts';
import { agentCommand } from './commands/agent.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { computerCommand } from './commands/computer.ts';
import { configCommand } from './commands/config.ts';
import { contextCommands } from './commands/context.ts';
import { dbCommand } from './commands/db.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventCommand } from './commands/event.ts';
import { hierarchyCommand } from './commands/hierarchy.ts';
import { jobCommand } from './commands/job.ts';
import { packageCommand } from './commands/package.ts';
import { packageServerCommand } from './commands/package-server.ts';
import { prestageCommand } from './commands/prestage.ts';
import { replicationCommand } from './commands/replication.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { serveCommand } from './commands/serve.ts';
import { settingsCommand } from './commands/settings.ts';
import { siteCommand } from './commands/site.ts';
import { statusCommand } from './commands/status.ts';
import { subnetCommand } from './commands/subnet.ts';
import { tokenCommand } from './commands/token.ts';
import { versionCommand } from './commands/version.ts';
import type { Io } from './io.ts';
import { OUTPUT_FORMATS } from './output/printer.ts';

/** The whole command line. Throws commander's errors instead of ending the process. */
export function createProgram(io: Io): Command {
  const program = new Command('canopy');
  program
    .description(DESCRIPTION)
    .version(PRODUCT_VERSION, '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options and examples)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error:/, 'canopy:')),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  for (const option of globalOptions()) program.addOption(option);
  const app = createApp(io);
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    [
      'Catalogue:',
      [
        packageCommand(app),
        siteCommand(app),
        subnetCommand(app),
        packageServerCommand(app),
        hierarchyCommand(app),
        prestageCommand(app),
        computerCommand(app),
      ],
    ],
    [
      'Operation:',
      [
        statusCommand(app),
        jobCommand(app),
        replicationCommand(app),
        scheduleCommand(app),
        eventCommand(app),
        settingsCommand(app),
        tokenCommand(app),
        dbCommand(app),
      ],
    ],
    ['Agents:', [agentCommand(app)]],
    ['This host:', [serveCommand(app), configCommand(app), doctorCommand(app)]],
    ['This command line:', [...contextCommands(app), completionCommand(app), versionCommand(app)]],
  ];
  program.commandsGroup('This command line:');
  for (const [heading, commands] of groups) {
    for (const command of commands)
      program.addCommand(inherit(command.helpGroup(heading), program));
  }
  program.addCommand(inherit(completeCommand(app, createProgram), program), { hidden: true });
  return program;
}

const DESCRIPTION = `Canopy: packages, sites and package servers of a management platform.

Examples:
  $ canopy serve --data-dir ./data
  $ canopy login --server http://smp1.example:8080
  $ canopy package list
  $ canopy package update-distribution-points "7-Zip" --wait
  $ canopy agent explain --package "7-Zip" --ip 10.1.2.3`;

function globalOptions(): Option[] {
  return [
    new Option('-o, --output <format>', 'how data is printed')
      .choices(OUTPUT_FORMATS)
      .default('table'),
    new Option('--server <url>', 'the server to ask (or CANOPY_URL)'),
    new Option('--context <name>', 'the stored server to ask (or CANOPY_CONTEXT)'),
    new Option(
      '--token-file <file>',
      'file with the bearer token (or CANOPY_TOKEN_FILE, CANOPY_TOKEN)',
    ),
    new Option('-y, --yes', 'answer every question with yes'),
    new Option('--no-input', 'never ask; fail where a question would be needed'),
    new Option('--no-color', 'no colors (or NO_COLOR)'),
    new Option('--debug', 'print traces with errors'),
  ];
}

/** `addCommand` does not hand the program's settings down, unlike `command`. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
