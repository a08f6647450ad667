import { CanopyError } from '../../../core/errors.ts';

/**
 * Throws `INVALID_INPUT` when a string inside `value` cannot be stored as it is: PostgreSQL's text
 * has no U+0000, and a lone surrogate has no UTF-8 form, so both would come back changed.
 */
export function refuseUnstorableText(value: unknown, path: readonly string[]): void {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return;
    throw new CanopyError(
      'INVALID_INPUT',
      `${path.join('.')} contains U+0000 or half of a surrogate pair`,
      { path, hint: 'remove that character' },
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) refuseUnstorableText(member, [...path, name]);
}
