import { RateLimiterMemory } from 'rate-limiter-flexible';
import { enroll, type EnrollmentInputs } from '../../catalog/enrollment.ts';
import { isCanopyError } from '../../core/errors.ts';
import { requireMethod } from '../doors/answers.ts';
import { rateLimited } from '../http/address-limiter.ts';
import type { Door } from '../http/door.ts';
import { limitKey } from '../http/peer.ts';
import { LIMITS } from '../limits.ts';
import { readTexts, sendJson } from './json-answer.ts';

/** `POST /canopy/v1/enroll`: a machine becomes a package server, with a one-time token. */
export function enrollDoor(inputs: EnrollmentInputs): Door {
  const points = LIMITS.nodes.failedEnrollmentsPerMinute;
  const failures = new RateLimiterMemory({ points, duration: 60 });
  return {
    name: 'enroll',
    matches: (lowerPath) => lowerPath === '/canopy/v1/enroll',
    async handle(exchange) {
      requireMethod(exchange, 'POST');
      const address = limitKey(exchange.clientAddress);
      const failed = await failures.get(address);
      if (failed && failed.remainingPoints <= 0) throw rateLimited(failed.msBeforeNext);
      const body = await exchange.readBody(LIMITS.nodes.enrollmentBytes);
      const request = readTexts(body, ['tokenId', 'publicKey', 'challenge', 'proof']);
      try {
        const { id } = await enroll(inputs, request);
        const { model, identity } = inputs.context;
        const { nodeId, publicKey } = identity;
        const smp = { guid: model.smp.id, name: model.smp.name, nodeId, publicKey };
        sendJson(exchange, { packageServerId: id, smp });
        exchange.logger.info({ packageServerId: id }, 'a package server enrolled');
      } catch (error) {
        if (isCanopyError(error) && error.code === 'ENROLLMENT_REFUSED') {
          await failures.penalty(address);
        }
        throw error;
      }
    },
  };
}
