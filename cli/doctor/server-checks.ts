import { isSmpError, SignedInDocument } from '../../client-sdk/src/index.ts';
import { isCliError } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const DEADLINE_MS = 5_000;
/** Signed requests of nodes stop working beyond the server's tolerance; people see odd times. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What a server says when asked: is it there, is it ready, does its clock agree, who are we. */
export async function serverChecks(session: Session): Promise<Finding[]> {
  let url: string;
  try {
    ({ url } = await session.connection());
  } catch (error) {
    if (!isCliError(error)) throw error;
    return [warning('server', error.message, error.hint ?? '')];
  }
  const answer = await askReadiness(url);
  if (!answer) {
    return [failed('server', `${url} does not answer`, 'Start it, or name another: --server')];
  }
  return [readiness(url, answer.status), clock(session, answer.date), await token(session)];
}

interface Readiness {
  readonly status: number;
  readonly date: string | null;
}

async function askReadiness(url: string): Promise<Readiness | undefined> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(`${url}/readyz`, { signal, redirect: 'error' });
    await response.arrayBuffer();
    return { status: response.status, date: response.headers.get('date') };
  } catch {
    return undefined;
  }
}

function readiness(url: string, status: number): Finding {
  if (status === 200) return ok('server', `${url} is ready`);
  return status === 503
    ? failed('server', `${url} is not ready`, `See why: ${url}/readyz?verbose`)
    : failed('server', `${url} answers ${status}`, 'The address is not that of an SMP.');
}

/** `Date` has whole seconds, so a second of difference is none. */
function clock({ io }: Session, date: string | null): Finding {
  const serverMs = date ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(serverMs)) return warning('clock', 'the server states no time', '');
  const differenceMs = Math.abs(io.clock.nowMs() - serverMs);
  const detail = `differs from the server's by ${Math.round(differenceMs / 1000)} s`;
  return differenceMs <= CLOCK_TOLERANCE_MS
    ? ok('clock', detail)
    : failed('clock', detail, 'Let both hosts take their time from NTP.');
}

async function token(session: Session): Promise<Finding> {
  const { tokenOrigin } = await session.connection();
  try {
    const client = (await session.client()).withSignal(AbortSignal.timeout(DEADLINE_MS));
    const { viewer } = await client.execute(SignedInDocument);
    return ok('token', `${viewer.name}, ${viewer.role.toLowerCase()} (${tokenOrigin})`);
  } catch (error) {
    const detail = isSmpError(error) ? error.message : 'the server did not answer in time';
    return failed('token', `${detail} (${tokenOrigin})`, 'Sign in: canopy login');
  }
}
