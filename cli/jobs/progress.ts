import type { TextSink } from '../io.ts';
import type { Session } from '../session.ts';
import { isFinished, percent, progressText, type JobRow } from './job-view.ts';

/** What the person sees while jobs run. */
export interface Progress {
  show(job: JobRow, position: { readonly index: number; readonly count: number }): void;
  end(): void;
}

const LINE_EVERY_MS = 10_000;
const BAR_CELLS = 24;

/** A bar on a terminal, a line every ten seconds otherwise, nothing beside machine formats. */
export function createProgress(session: Session): Progress {
  const { io, printer } = session;
  if (printer.format === 'json' || printer.format === 'yaml') return SILENT;
  return io.stderr.isTerminal ? barProgress(io.stderr) : lineProgress(session);
}

const SILENT: Progress = { show: () => undefined, end: () => undefined };

function barProgress(sink: TextSink): Progress {
  let shown = false;
  return {
    show: (job, position) => {
      const filled = Math.round((percent(job) / 100) * BAR_CELLS);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
      const text = `${bar} ${describe(job, position)}`;
      sink.write(`\r\u001b[K${text.slice(0, (sink.columns ?? 80) - 1)}`);
      shown = true;
    },
    end: () => {
      if (shown) sink.write('\r\u001b[K');
    },
  };
}

function lineProgress({ io, note }: Session): Progress {
  let latest: string | undefined;
  const stop = new AbortController();
  const tick = async (): Promise<void> => {
    for (;;) {
      await io.clock.sleep(LINE_EVERY_MS, stop.signal);
      if (latest) note(latest);
    }
  };
  tick().catch(() => undefined);
  return {
    show: (job, position) => {
      latest = describe(job, position);
      if (isFinished(job)) note(latest);
    },
    end: () => stop.abort(),
  };
}

function describe(job: JobRow, { index, count }: { index: number; count: number }): string {
  const position = count > 1 ? `${index + 1}/${count} ` : '';
  const parts = [job.package?.name ?? job.kind, job.state, progressText(job), job.message];
  return position + parts.filter(Boolean).join(' · ');
}
