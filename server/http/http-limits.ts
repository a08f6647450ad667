import { LIMITS } from '../limits.ts';

/** The listener's limits; the defaults are `LIMITS.http`. */
export type HttpLimits = { readonly [K in keyof typeof LIMITS.http]: number };

export const DEFAULT_HTTP_LIMITS: HttpLimits = LIMITS.http;
