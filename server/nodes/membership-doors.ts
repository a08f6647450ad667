import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ZodType } from 'zod';
import { CanopyError } from '../../core/errors.ts';
import { admit } from '../../hierarchy/membership/admit.ts';
import { admitRequestSchema, leaveNoticeSchema } from '../../hierarchy/membership/admission.ts';
import { takeLeave } from '../../hierarchy/membership/leave.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import { requireMethod } from '../doors/answers.ts';
import { addressLimiter, rateLimited } from '../http/address-limiter.ts';
import type { Door } from '../http/door.ts';
import { limitKey } from '../http/peer.ts';
import { LIMITS } from '../limits.ts';
import { parseJson, sendJson } from './json-answer.ts';

/** `POST /canopy/v1/admit`: an SMP asks to be a child, with a one-time token; or only asks whether it may. */
export function admitDoor(inputs: MembershipInputs): Door {
  const points = LIMITS.nodes.failedEnrollmentsPerMinute;
  const failures = new RateLimiterMemory({ points, duration: 60 });
  return {
    name: 'admit',
    matches: (lowerPath) => lowerPath === '/canopy/v1/admit',
    async handle(exchange) {
      requireMethod(exchange, 'POST');
      const address = limitKey(exchange.clientAddress);
      const failed = await failures.get(address);
      if (failed && failed.remainingPoints <= 0) throw rateLimited(failed.msBeforeNext);
      const body = await exchange.readBody(LIMITS.nodes.admissionBytes);
      const request = readShape(body, admitRequestSchema);
      const answer = await admit(inputs, request);
      const isUnproven = answer.checks.some(
        ({ code, outcome }) => code === 'ENROLLMENT_REFUSED' && outcome === 'FAILED',
      );
      if (isUnproven) await failures.penalty(address);
      sendJson(exchange, answer);
      const { childGuid, name, dryRun } = request;
      const admitted = answer.membership !== '';
      exchange.logger.info({ childGuid, name, dryRun, admitted }, 'an SMP asked to be admitted');
    },
  };
}

/** `POST /canopy/v1/leave`: an SMP that was a child says that it has left. */
export function leaveDoor(inputs: MembershipInputs): Door {
  const limit = addressLimiter(LIMITS.nodes.challengesPerSecondPerAddress);
  return {
    name: 'leave',
    matches: (lowerPath) => lowerPath === '/canopy/v1/leave',
    async handle(exchange) {
      requireMethod(exchange, 'POST');
      await limit?.(exchange.clientAddress);
      const body = await exchange.readBody(LIMITS.nodes.enrollmentBytes);
      await takeLeave(inputs, readShape(body, leaveNoticeSchema));
      sendJson(exchange, {});
    },
  };
}

/** Throws `MALFORMED_REQUEST` that names the first field that is wrong. */
function readShape<T>(body: Buffer, schema: ZodType<T>): T {
  const read = schema.safeParse(parseJson(body));
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  const names = path.map(String);
  throw new CanopyError('MALFORMED_REQUEST', `${names.join('.') || 'body'}: ${message}`, {
    path: names,
  });
}
