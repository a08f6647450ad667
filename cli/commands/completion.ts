import { Argument, type Command } from 'commander';
import type { App } from '../app.ts';
import { answerCompletion } from '../completion/answer-completion.ts';
import type { Io } from '../io.ts';
import { examples } from '../app.ts';
import { createSession, type GlobalOptions } from '../session.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** `completion` prints a script for a shell; the script calls the hidden `complete`. */
export function completionCommands(app: App, createProgram: (io: Io) => Command): Command[] {
  const completion = app
    .noun('completion', 'print the script that completes commands and names in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: string) => {
      const { script } = await import('@bomb.sh/tab');
      script(shell, 'canopy', 'canopy');
    });
  examples(completion, [
    'completion bash > ~/.local/share/bash-completion/completions/canopy',
    'completion zsh > "${fpath[1]}/_canopy"',
    'completion fish > ~/.config/fish/completions/canopy.fish',
    'completion powershell >> $PROFILE',
  ]);
  const complete = app
    .noun('complete', 'answer a shell')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[], _options: unknown, command: Command) => {
      const session = await createSession<object>(app.io, command.optsWithGlobals<GlobalOptions>());
      await answerCompletion(session, createProgram(app.io), words);
    });
  return [completion, complete];
}
