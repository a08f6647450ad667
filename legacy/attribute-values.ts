import { CanopyError } from '../core/errors.ts';

export type PriorityText = 'Low' | 'Normal' | 'High';

/** Any letter case; what is missing or unknown counts as `Normal`. */
export function priorityOf(text: string | undefined): PriorityText {
  const known: readonly PriorityText[] = ['Low', 'Normal', 'High'];
  return known.find((priority) => priority.toLowerCase() === text?.toLowerCase()) ?? 'Normal';
}

/** A whole number from 0 to 2⁵³−1; throws `MALFORMED_REQUEST` naming `what` for anything else. */
export function countOf(text: string | undefined, what: string): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  const found = text === undefined ? 'is missing' : `is ${JSON.stringify(text.slice(0, 40))}`;
  throw new CanopyError('MALFORMED_REQUEST', `${what} ${found}; a whole number is needed.`);
}
