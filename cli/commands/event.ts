import type { Command } from 'commander';
import {
  resumable,
  WatchChangesDocument,
  type ChangeFieldsFragment,
  type ItemKind,
} from '../../client-sdk/src/index.ts';
import { collect, examples, type App } from '../app.ts';
import { formatCsv } from '../output/csv.ts';
import { formatDate, formatValue } from '../output/format-value.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface TailOptions {
  readonly after?: string;
  readonly kind?: string[];
  readonly count?: number;
}

export function eventCommand(app: App): Command {
  const noun = app.noun('event', 'what changes on the server', 'events');
  examples(
    noun
      .command('tail')
      .summary('print every change as it is committed, until stopped')
      .option('--after <cursor>', 'continue after this cursor; default: from now on')
      .option('--kind <kind>', 'only changes of this kind (package); may be repeated', collect)
      .option('--count <count>', 'stop after so many changes', parseCount)
      .action(app.action(tail)),
    ['event tail', 'event tail --kind package --kind snapshot -o json', 'event tail --count 1'],
  );
  return noun;
}

/** With `-o json` one object a line. Loses and repeats nothing when connections break. */
async function tail(session: Session<TailOptions>): Promise<void> {
  const { io, options, note } = session;
  const kinds = new Set(options.kind?.map(kindOf));
  const client = await session.client();
  let cursor = options.after;
  let left = options.count ?? Infinity;
  const pages = resumable(client, {
    document: WatchChangesDocument,
    variables: (after) => ({ after: after ?? null }),
    cursorOf: ({ changes }) => changes.cursor,
    after: options.after,
    signal: io.signal,
    onInterrupted: ({ message }, waitMs) => note(`${message} Trying again in ${waitMs} ms.`),
  });
  try {
    for await (const { changes: page } of pages) {
      const wanted = page.changes.filter((change) => kinds.size === 0 || kinds.has(change.kind));
      for (const change of wanted.slice(0, left)) print(session, change);
      left -= wanted.length;
      if (left <= 0) return;
      cursor = page.cursor;
    }
  } catch (error) {
    if (!io.signal.aborted) throw error;
    if (cursor) note(`\nContinue here: canopy event tail --after ${cursor}`);
  }
}

function kindOf(text: string): ItemKind {
  return text.replaceAll('-', '_').toUpperCase() as ItemKind;
}

function print({ io, printer }: Session, change: ChangeFieldsFragment): void {
  const { at, revision, kind, key, deleted, state } = change;
  const verb = deleted ? 'deleted' : 'written';
  const name = typeof state?.['name'] === 'string' ? state['name'] : '';
  if (printer.format === 'json') io.stdout.write(`${JSON.stringify(change)}\n`);
  else if (printer.format === 'yaml') {
    io.stdout.write('---\n');
    printer.data(change, '');
  } else if (printer.format === 'name') io.stdout.write(`${key}\n`);
  else if (printer.format === 'csv') {
    const [, row = ''] = formatCsv([], [[at, revision, kind, verb, key, name]]).split('\r\n');
    io.stdout.write(`${row}\r\n`);
  } else {
    const words = [formatDate(at), `#${revision}`, kind, verb, key, formatValue(name)];
    io.stdout.write(`${words.join('  ')}\n`);
  }
}
