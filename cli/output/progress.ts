import type { TextSink } from '../io.ts';
import type { Session } from '../session.ts';

/** How far some work is. */
interface ProgressState {
  readonly percent: number;
  readonly text: string;
  /** A step is over; told at once where there is no bar. */
  readonly stepDone?: boolean;
}

/** What the person sees while something runs. */
export interface Progress {
  show(state: ProgressState): void;
  end(): void;
}

const LINE_EVERY_MS = 10_000;
const BAR_CELLS = 24;

/** A bar on a terminal, a line every ten seconds otherwise, nothing beside machine formats. */
export function createProgress({ io, printer, note }: Session): Progress {
  if (printer.format === 'json' || printer.format === 'yaml') return SILENT;
  return io.stderr.isTerminal ? barProgress(io.stderr) : lineProgress(io.clock, note);
}

const SILENT: Progress = { show: () => undefined, end: () => undefined };

function barProgress(sink: TextSink): Progress {
  let shown = false;
  return {
    show: ({ percent, text }) => {
      const filled = Math.round((percent / 100) * BAR_CELLS);
      const line = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${text}`;
      sink.write(`\r\u001b[K${line.slice(0, (sink.columns ?? 80) - 1)}`);
      shown = true;
    },
    end: () => {
      if (shown) sink.write('\r\u001b[K');
    },
  };
}

function lineProgress(clock: Session['io']['clock'], note: (text: string) => void): Progress {
  let latest: string | undefined;
  const stop = new AbortController();
  const tick = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(LINE_EVERY_MS, stop.signal);
      if (latest) note(latest);
    }
  };
  tick().catch(() => undefined);
  return {
    show: ({ text, stepDone }) => {
      latest = text;
      if (stepDone) note(text);
    },
    end: () => stop.abort(),
  };
}
