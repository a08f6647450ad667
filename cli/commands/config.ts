import type { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { defineView } from '../output/view.ts';
import { addServerFlags, givenServerFlags } from './server-flags.ts';

interface ValueRow {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

const KEY_COLUMN = { header: 'key', value: (row: ValueRow) => row.key };
const VALUE_COLUMN = { header: 'value', value: (row: ValueRow) => row.value };
const ORIGIN_COLUMN = { header: 'origin', value: (row: ValueRow) => row.origin };

const VIEW = defineView<ValueRow>({
  name: (row) => row.key,
  columns: [KEY_COLUMN, VALUE_COLUMN, { ...ORIGIN_COLUMN, wide: true }],
});
const VIEW_WITH_ORIGIN = defineView<ValueRow>({
  name: (row) => row.key,
  columns: [KEY_COLUMN, VALUE_COLUMN, ORIGIN_COLUMN],
});

/** What a server on this host would run with. None of these asks a server. */
export function configCommand(app: App): Command {
  const noun = app.noun('config', 'the configuration of a server on this host', 'cfg');
  examples(
    addServerFlags(
      noun
        .command('view')
        .summary('show the values in force; secrets are not shown')
        .option('--show-origin', 'show the file, variable or flag that set each value'),
    ).action(
      app.action<{ showOrigin?: boolean }, []>(async ({ options, printer, note }) => {
        const { loadConfig } = await import('../../server/config/load-config.ts');
        const { viewConfig } = await import('../../server/config/describe-config.ts');
        const loaded = loadConfig({ flags: givenServerFlags({ ...options }) });
        loaded.warnings.forEach(note);
        printer.list(options.showOrigin ? VIEW_WITH_ORIGIN : VIEW, viewConfig(loaded));
      }),
    ),
    ['config view --show-origin', 'config view --config /etc/canopy.yaml -o json'],
  );
  examples(
    addServerFlags(noun.command('check').summary('tell every fault, or that there is none')).action(
      app.action(async ({ options, note }) => {
        const { loadConfig } = await import('../../server/config/load-config.ts');
        loadConfig({ flags: givenServerFlags({ ...options }) }).warnings.forEach(note);
        note('The configuration is sound.');
      }),
    ),
    ['config check', 'config check --config /etc/canopy.yaml'],
  );
  examples(
    noun
      .command('schema')
      .summary('print the JSON Schema of the configuration file, for editors')
      .action(
        app.action(async ({ printer }) => {
          const { configJsonSchema } = await import('../../server/config/describe-config.ts');
          const schema = configJsonSchema();
          printer.data(schema, `${JSON.stringify(schema, null, 2)}\n`);
        }),
      ),
    ['config schema > canopy.schema.json'],
  );
  return noun;
}
