import { InvalidArgumentError } from 'commander';

const UNIT_MS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `10m`, `1h`, `2d`; a number alone is seconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write a duration as 90s, 10m, 1h or 2d.');
  return Number(match[1]) * UNIT_MS[match[2] ?? 's']!;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Write a whole number above 0.');
}

/** `on`/`off` and what else people write for it. */
export function parseSwitch(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['on', 'yes', 'true', '1'].includes(word)) return true;
  if (['off', 'no', 'false', '0'].includes(word)) return false;
  throw new InvalidArgumentError('Write on or off.');
}
