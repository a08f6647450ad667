import type { DestinationStream } from 'pino';

/**
 * Turns JSON log lines into lines for people:
 * `12:30:01.250 INFO  Package updated. packageId=… versions=2`.
 */
export function textLines(sink: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const facts = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
      const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)}`;
      sink.write(`${[head, oneLine(String(message)), ...facts].join(' ')}\n`);
    },
  };
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w.:/{}@%+-]+$/.test(text) ? text : JSON.stringify(value);
}

/** Whatever a stranger put into a message, it cannot begin a line of its own. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, ' ');
}
