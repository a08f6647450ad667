import type { Value } from './view.ts';

/**
 * RFC 4180 with CRLF. A text that a spreadsheet would run as a formula gets a leading apostrophe
 * (OWASP, "CSV Injection").
 */
export function formatCsv(headers: readonly string[], rows: readonly (readonly Value[])[]): string {
  return [headers, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : value.join(' ');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
