import { bracedGuid, parseGuid } from '../../core/guid.ts';
import type { Value, ValueKind } from './view.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** For people: GUIDs as the consoles print them, local dates, sizes with a unit, `-` for nothing. */
export function formatValue(value: Value, kind: ValueKind = 'text'): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value))
    return value.length > 0 ? value.map((v) => formatValue(v, kind)).join(', ') : '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (kind === 'bytes') return formatBytes(Number(value));
  if (kind === 'date') return formatDate(String(value));
  if (kind === 'guid') return formatGuid(String(value));
  return oneLine(String(value));
}

export function formatBytes(sizeBytes: number): string {
  const step =
    sizeBytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(sizeBytes) / 10));
  const size = sizeBytes / 1024 ** step;
  return `${step === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[step]}`;
}

/** `2026-11-21 04:45:36` in the zone of this machine. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return oneLine(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How long ago, in the largest unit that says enough: `now`, `40 s`, `12 min`, `3 h`, `5 d`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.floor(spanMs / 1_000);
  if (seconds < 1) return 'now';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function formatGuid(text: string): string {
  const guid = parseGuid(text);
  return guid ? bracedGuid(guid) : oneLine(text);
}

/** Names come from others: no line breaks and no control sequences reach the terminal. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
