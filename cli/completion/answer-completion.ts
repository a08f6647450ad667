import { RootCommand, type Complete } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';
import type { Session } from '../session.ts';
import { knownNames, type NamedThing, type Names } from './known-names.ts';

/** Words that stand for things on the server: arguments by name, options by their value's name. */
const THINGS: { readonly [placeholder: string]: NamedThing } = {
  package: 'package',
  packages: 'package',
  site: 'site',
  sites: 'site',
  'package-server': 'packageServer',
  'package-servers': 'packageServer',
  computer: 'computer',
  computers: 'computer',
  child: 'child',
  neighbour: 'neighbour',
};

/** Prints the words that may follow, in the protocol of the completion scripts. */
export async function answerCompletion(
  session: Session,
  program: Command,
  words: readonly string[],
): Promise<void> {
  const names = asksForNames(program, words) ? await knownNames(session) : undefined;
  completionTree(program, names).parse([...words]);
}

/** Only a command that takes a name is worth a question to the server. */
function asksForNames(program: Command, words: readonly string[]): boolean {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((c) => c.name() === word || c.aliases().includes(word));
    if (next) command = next;
  }
  const placeholders = [
    ...command.registeredArguments.map((argument) => argument.name()),
    ...command.options.map(placeholderOf),
  ];
  return placeholders.some((placeholder) => placeholder in THINGS);
}

/** The commands as the completion library wants them: flat, by their full path. */
function completionTree(program: Command, names: Names | undefined): RootCommand {
  const root = new RootCommand();
  const globals = program.options;
  for (const option of globals) addOption(root, option, names);
  const visit = (command: Command, path: string): void => {
    for (const child of program.createHelp().visibleCommands(command)) {
      if (child.name() === 'help') continue;
      for (const name of [child.name(), ...child.aliases()]) {
        const childPath = path ? `${path} ${name}` : name;
        const entry = root.command(childPath, child.summary());
        for (const option of [...child.options, ...globals]) addOption(entry, option, names);
        for (const argument of child.registeredArguments) {
          const values = argument.argChoices ?? names?.[THINGS[argument.name()] ?? 'none'];
          entry.argument(argument.name(), offer(values ?? []), argument.variadic);
        }
        visit(child, childPath);
      }
    }
  };
  visit(program, '');
  return root;
}

function addOption(
  command: Pick<RootCommand, 'option'>,
  option: Option,
  names: Names | undefined,
): void {
  const long = option.long?.slice(2);
  if (!long) return;
  const short = option.short?.slice(1);
  if (!option.required && !option.optional) command.option(long, option.description, short);
  else {
    const values = option.argChoices ?? names?.[THINGS[placeholderOf(option)] ?? 'none'] ?? [];
    command.option(long, option.description, offer(values), short);
  }
}

/** `site` of `--to <site>`. */
function placeholderOf(option: Option): string {
  return /[<[]([a-z-]+)/.exec(option.flags)?.[1] ?? '';
}

function offer(
  values: readonly (string | { readonly value: string; readonly description: string })[],
): (complete: Complete) => void {
  return (complete) => {
    for (const entry of values) {
      if (typeof entry === 'string') complete(entry, '');
      else complete(entry.value, entry.description);
    }
  };
}
