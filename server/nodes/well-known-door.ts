import { CanopyError } from '../../core/errors.ts';
import type { NodeIdentity } from '../../core/identity.ts';
import { PROTOCOL_VERSION } from '../../core/product.ts';
import { requireMethod } from '../doors/answers.ts';
import { addressLimiter } from '../http/address-limiter.ts';
import type { Door } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { sendJson } from './json-answer.ts';

export interface WellKnownDoorOptions {
  readonly identity: NodeIdentity;
  /** The time by which signatures are judged. */
  readonly serverTimeMs: () => number;
}

const CHALLENGE = /^[\w-]{16,128}$/;

/**
 * `/.well-known/canopy-node?challenge=…`: who this server is, signed over the asker's challenge, so
 * that a node knows to whom it speaks before it sends anything.
 */
export function wellKnownDoor({ identity, serverTimeMs }: WellKnownDoorOptions): Door {
  const limit = addressLimiter(LIMITS.nodes.challengesPerSecondPerAddress);
  return {
    name: 'node',
    matches: (lowerPath) => lowerPath === '/.well-known/canopy-node',
    async handle(exchange) {
      requireMethod(exchange, 'GET', 'HEAD');
      await limit?.(exchange.clientAddress);
      const challenge = new URLSearchParams(exchange.query).get('challenge') ?? '';
      if (!CHALLENGE.test(challenge)) {
        throw new CanopyError('INVALID_INPUT', 'challenge: 16 to 128 characters of base64url.', {
          path: ['challenge'],
          hint: 'Send at least 16 random bytes in base64url.',
        });
      }
      const { nodeId, publicKey } = identity;
      const serverTime = new Date(serverTimeMs()).toISOString();
      const statement = { kind: 'node', challenge, nodeId, publicKey, serverTime };
      sendJson(exchange, {
        nodeId,
        publicKey,
        protocolVersions: [PROTOCOL_VERSION],
        serverTime,
        signature: identity.sign(statement),
      });
    },
  };
}
