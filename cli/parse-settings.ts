import type { SettingsFieldsFragment, UpdateSettingsInput } from '../client-sdk/src/index.ts';
import { CliError, EXIT } from './exit-code.ts';
import { parseSwitch } from './parse-values.ts';

export type SettingName = Exclude<keyof SettingsFieldsFragment, 'names'>;

const PUBLICATION_KINDS = ['unc', 'http', 'https'] as const;
type PublicationKind = (typeof PUBLICATION_KINDS)[number];
type Publication = { readonly [K in PublicationKind]: boolean };

/**
 * Reads `name=value` pairs against the settings in force, which also tell each value's type. A
 * legacy name that switches one publication type (`GenerateNSHTTPPackageCodebases`) changes that
 * type alone. Throws a usage error that names the pair.
 */
export function parseSettings(
  pairs: readonly string[],
  current: SettingsFieldsFragment,
): UpdateSettingsInput {
  const changes: Partial<Record<SettingName, unknown>> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw usage(`${JSON.stringify(pair)} is not name=value.`);
    const text = pair.slice(equals + 1).trim();
    const { name, kind } = find(pair.slice(0, equals).trim(), current);
    const before = changes[name] ?? current[name];
    changes[name] = kind
      ? { ...(before as Publication), [kind]: onOrOff(pair, text) }
      : valueOf(pair, text, before);
  }
  return changes as UpdateSettingsInput;
}

/** As it is typed after `name=`. */
export function settingText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value !== 'object' || value === null) return String(value);
  return PUBLICATION_KINDS.filter((kind) => (value as Publication)[kind]).join(',') || 'none';
}

function find(
  asked: string,
  { names }: SettingsFieldsFragment,
): { readonly name: SettingName; readonly kind?: PublicationKind } {
  const wanted = asked.toLowerCase();
  for (const { name, legacyName } of names) {
    if (name.toLowerCase() === wanted) return { name: name as SettingName };
    const legacy = legacyName.split(',').map((part) => part.trim().toLowerCase());
    if (!legacy.includes(wanted)) continue;
    const kind = legacy.length > 1 ? /(https|http|unc)package/.exec(wanted)?.[1] : undefined;
    return { name: name as SettingName, ...(kind ? { kind: kind as PublicationKind } : {}) };
  }
  throw usage(`There is no setting ${JSON.stringify(asked)}.`, 'See: canopy settings view');
}

function valueOf(pair: string, text: string, current: unknown): unknown {
  if (typeof current === 'boolean') return onOrOff(pair, text);
  // The value of an enum, which people may write in small letters.
  if (typeof current === 'string') return /^[A-Z_]+$/.test(current) ? text.toUpperCase() : text;
  if (typeof current === 'number') {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw usage(`${pair}: a whole number is needed.`);
  }
  const kinds = text.split(',').map((kind) => kind.trim().toLowerCase());
  const stranger = kinds.find((kind) => !(PUBLICATION_KINDS as readonly string[]).includes(kind));
  if (stranger !== undefined) throw usage(`${pair}: use unc, http and https, with commas between.`);
  return Object.fromEntries(PUBLICATION_KINDS.map((kind) => [kind, kinds.includes(kind)]));
}

function onOrOff(pair: string, text: string): boolean {
  try {
    return parseSwitch(text);
  } catch (error) {
    throw usage(`${pair}: ${(error as Error).message}`);
  }
}

function usage(message: string, hint?: string): CliError {
  return new CliError(EXIT.USAGE, message, hint);
}
