import { destination, pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { Logger, LogFields } from '../../core/logger.ts';
import { redactFields, redactText } from './redact.ts';
import { textLines } from './text-lines.ts';

export interface ServerLogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  /** Where complete lines go; default: standard error, without blocking the event loop. */
  readonly write?: (line: string) => void;
}

/** The process's log. */
export interface ServerLog {
  readonly logger: Logger;
  /** Writes what is still in memory; call it last, also before leaving after a defect. */
  flush(): void;
}

/**
 * Opens the log: one line each with `time` (ISO 8601, UTC), `level`, `message` and the fields.
 * Every field and message passes {@link redactFields}; that is a net below the rule that secrets
 * are not logged at all.
 */
export function openServerLog(options: ServerLogOptions): ServerLog {
  const file = options.write ? undefined : destination({ dest: 2, sync: false });
  const sink: DestinationStream = options.write ? { write: options.write } : file!;
  const output = options.format === 'text' ? textLines(sink) : sink;
  const root = pino(
    {
      level: options.level,
      messageKey: 'message',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    output,
  );
  return { logger: wrap(root), flush: () => file?.flushSync() };
}

function wrap(log: Pino): Logger {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      if (log.isLevelEnabled(level)) log[level](redactFields(fields), redactText(message));
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => wrap(log.child(redactFields(fields))),
  };
}
