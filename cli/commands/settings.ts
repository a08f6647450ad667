import type { Command } from 'commander';
import {
  accepted,
  GetSettingsDocument,
  UpdateSettingsDocument,
  type SettingsFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { defineView } from '../output/view.ts';
import { parseSettings, settingText, type SettingName } from '../parse-settings.ts';
import type { Session } from '../session.ts';

interface SettingRow {
  readonly name: string;
  readonly value: unknown;
  readonly legacyName: string;
  readonly description: string;
}

const VIEW = defineView<SettingRow>({
  name: (row) => row.name,
  columns: [
    { header: 'name', value: (row) => row.name },
    { header: 'value', value: (row) => settingText(row.value) },
    { header: 'legacy name', value: (row) => row.legacyName },
    { header: 'description', value: (row) => row.description, wide: true },
  ],
});

export function settingsCommand(app: App): Command {
  const noun = app.noun('settings', 'settings that change while the server runs', 'setting');
  examples(
    noun
      .command('view')
      .alias('list')
      .summary('show every setting under both its names')
      .action(
        app.action(async (session) => {
          const client = await session.client();
          print(session, (await client.execute(GetSettingsDocument)).settings);
        }),
      ),
    ['settings view', 'settings view -o wide'],
  );
  examples(
    noun
      .command('set')
      .summary('change settings, by our names or by the legacy ones')
      .argument('<name=value...>')
      .action(app.action(set)),
    [
      'settings set versionGraceMinutes=2880 keepSnapshots=3',
      'settings set smpPublication=http,https',
      'settings set GenerateNSHTTPSPackageCodebases=on',
    ],
  );
  return noun;
}

async function set(session: Session, pairs: string[]): Promise<void> {
  const client = await session.client();
  const { settings } = await client.execute(GetSettingsDocument);
  const input = parseSettings(pairs, settings);
  const answer = await client.execute(UpdateSettingsDocument, { input });
  print(session, accepted(answer.updateSettings).settings!);
}

function print(session: Session, settings: SettingsFieldsFragment): void {
  const rows = settings.names.map((setting) => ({
    ...setting,
    value: settings[setting.name as SettingName],
  }));
  session.printer.list(VIEW, rows);
}
