import type { CatalogContext } from './context.ts';
import { checkPublication } from './package-servers.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { InputCheck, quoted } from './validation.ts';

const RANGES: { readonly [K in keyof Settings]?: { readonly min: number; readonly max: number } } =
  {
    maxAgentDownloadTryingTimeMinutes: { min: 0, max: 525_600 },
    packageRequestBlockoutSeconds: { min: 0, max: 86_400 },
    maxConcurrentPackageInfoRequests: { min: 1, max: 10_000 },
    deletePackageFilesAfterMinutes: { min: 0, max: 5_256_000 },
    distributionPointUpdateIntervalMinutes: { min: 0, max: 1_440 },
    differentialReplicationIntervalMinutes: { min: 0, max: 1_440 },
    versionGraceMinutes: { min: 0, max: 525_600 },
    keepSnapshots: { min: 1, max: 100 },
    packageServerMaxBytesPerSecond: { min: 0, max: 1_000_000_000_000 },
    packageServerSilentSeconds: { min: 0, max: 86_400 },
  };

/** Changes the given settings and leaves the others. Takes effect for the next question. */
export async function updateSettings(
  context: CatalogContext,
  changes: Partial<Settings>,
): Promise<Settings> {
  return context.write(async (tx) => {
    const before = (await tx.get('settings', 'settings')) ?? DEFAULT_SETTINGS;
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    const after: Settings = { ...before, ...Object.fromEntries(given) };
    checkSettings(after);
    tx.put('settings', after);
    return after;
  });
}

function checkSettings(settings: Settings): void {
  const check = new InputCheck();
  checkPublication(check, 'smpPublication', settings.smpPublication);
  checkPublication(check, 'packageServerPublication', settings.packageServerPublication);
  for (const [name, range] of Object.entries(RANGES)) {
    check.integer(name, settings[name as keyof Settings] as number, range);
  }
  for (const name of ['packageRefreshTime', 'completeReplicationTime'] as const) {
    const time = settings[name];
    if (time === '' || /^([01]\d|2[0-3]):[0-5]\d$/.test(time)) continue;
    const message = `${quoted(time)} is not a time of day.`;
    check.add(name, message, 'Write 03:30, or leave it empty to switch it off.');
  }
  checkBlackout(check, settings.packageServerBlackout);
  check.refuse();
}

function checkBlackout(check: InputCheck, text: string): void {
  const times = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text);
  if (text === '' || (times && times[1] !== times[2])) return;
  check.add(
    'packageServerBlackout',
    `${quoted(text)} is not a span of the day.`,
    'Write 08:00-18:00 or, over midnight, 22:00-06:00; leave it empty for none.',
  );
}
