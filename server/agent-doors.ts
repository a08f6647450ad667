import { recordStatusClaims } from '../catalog/status-claims.ts';
import { FileServer, RangeBundleServer } from '../content/index.ts';
import { legacyDoors } from './doors/index.ts';
import type { Door } from './http/door.ts';
import { LIMITS } from './limits.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Host, Smp } from './open-smp.ts';
import { PRODUCT_VERSION } from '../core/product.ts';

/** The doors below `/Altiris/`: answered from the read model and the content store. */
export function agentDoors(smp: Smp, host: Host, metrics: Metrics): Door[] {
  const { content, context, database, effects, identity, model } = smp;
  const { clock, logger, random } = host;
  const objectPath = content.paths.object;
  return legacyDoors({
    model: () => model,
    random,
    generation: 'legacy70',
    productVersion: PRODUCT_VERSION,
    manifestOf: (snapshot) => content.readManifest(snapshot.manifestHash),
    publicKeyOf: (nodeId) =>
      nodeId === identity.nodeId ? identity.publicKey : model.tree.ancestorKey(nodeId),
    fileServer: new FileServer({ objectPath, clock, logger }),
    bundleServer: new RangeBundleServer({ objectPath, clock, logger, limits: LIMITS.bundles }),
    applyEffects: (found) => effects.add(found),
    recordStatusEvent: (event, clientAddress) => recordStatusClaims(context, event, clientAddress),
    quarantine: {
      add: ({ door, reason, body, remoteAddress }) =>
        database.quarantine.insert({
          receivedAtMs: clock.nowMs(),
          remoteAddress,
          door,
          reason,
          body: body.toString('utf8'),
        }),
    },
    countEvent: (outcome) => {
      if (outcome === 'quarantined') metrics.quarantined.inc({ door: 'post-event' });
    },
  });
}
