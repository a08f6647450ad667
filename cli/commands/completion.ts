import { Argument, type Command } from 'commander';
import { examples, type App } from '../app.ts';
import type { Io } from '../io.ts';
import { createSession, type GlobalOptions } from '../session.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Prints a script for a shell; the script calls the hidden `complete`. */
export function completionCommand(app: App): Command {
  const completion = app
    .noun('completion', 'print the script that completes commands and names in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: string) => {
      const { script } = await import('@bomb.sh/tab');
      script(shell, 'canopy', 'canopy');
    });
  return examples(completion, [
    'completion bash > ~/.local/share/bash-completion/completions/canopy',
    'completion zsh > "${fpath[1]}/_canopy"',
    'completion fish > ~/.config/fish/completions/canopy.fish',
    'completion powershell >> $PROFILE',
  ]);
}

/** What the scripts call: answers the words that may follow. */
export function completeCommand(app: App, createProgram: (io: Io) => Command): Command {
  return app
    .noun('complete', 'answer a shell')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { answerCompletion } = await import('../completion/answer-completion.ts');
      const options = command.optsWithGlobals<GlobalOptions>();
      const session = await createSession<object>(app.io, options);
      await answerCompletion(session, createProgram(app.io), words);
    });
}
