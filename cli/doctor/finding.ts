/** The outcome of one check. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly cure?: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, result: 'ok', detail });
export const warning = (check: string, detail: string, cure: string): Finding => ({
  check,
  result: 'warning',
  detail,
  cure,
});
export const failed = (check: string, detail: string, cure: string): Finding => ({
  check,
  result: 'failed',
  detail,
  cure,
});
