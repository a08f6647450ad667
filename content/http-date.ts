const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = MONTHS.join('|');
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d{2}) (${MONTH}) (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d{2})-(${MONTH})-(\\d{2}) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} (${MONTH}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

/**
 * Reads an HTTP-date (RFC 9110 §5.6.7) in any of its three forms, as milliseconds since 1970;
 * `undefined` for anything else. `nowMs` places the two-digit years of the oldest form: one more
 * than 50 years ahead is in the past.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed) return toMs(fixed[3]!, fixed[2]!, fixed[1]!, fixed.slice(4));
  const asctime = ASCTIME.exec(text);
  if (asctime) return toMs(asctime[6]!, asctime[1]!, asctime[2]!, asctime.slice(3, 6));
  const old = RFC_850.exec(text);
  if (!old) return undefined;
  const thisYear = new Date(nowMs).getUTCFullYear();
  const sameCentury = thisYear - (thisYear % 100) + Number(old[3]);
  const year = sameCentury > thisYear + 50 ? sameCentury - 100 : sameCentury;
  return toMs(String(year), old[2]!, old[1]!, old.slice(4));
}

export function formatHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

function toMs(
  year: string,
  month: string,
  day: string,
  time: readonly string[],
): number | undefined {
  const [hour, minute, second] = time.map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const dayMs = Date.UTC(Number(year), MONTHS.indexOf(month), Number(day));
  if (new Date(dayMs).getUTCDate() !== Number(day)) return undefined;
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1000;
}
