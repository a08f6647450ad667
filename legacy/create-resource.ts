import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';
import { readXml, type XmlLimits } from './xml-reader.ts';
import { writeDocument } from './xml-writer.ts';

/** A computer that introduces itself (CreateResource). */
export interface ResourceRegistration {
  readonly resourceId: Guid;
  readonly name: string;
}

const WHAT = 'CreateResource request';

/** Throws `MALFORMED_REQUEST` unless it is a `<resource>` with a GUID. */
export function parseCreateResource(
  source: Uint8Array | string,
  limits?: XmlLimits,
): ResourceRegistration {
  const root = readXml(source, WHAT, limits);
  const resourceId = root.name === 'resource' ? parseGuid(root.attributes.guid ?? '') : undefined;
  if (!resourceId) {
    throw new CanopyError('MALFORMED_REQUEST', `The ${WHAT} is not a <resource> with a GUID.`, {
      path: ['resource', 'guid'],
    });
  }
  return { resourceId, name: root.attributes.name ?? '' };
}

/** The resource echoed: it keeps the GUID it brought. */
export function writeCreateResourceEcho(registration: ResourceRegistration): string {
  return writeDocument({
    name: 'resource',
    attributes: { guid: bracedGuid(registration.resourceId), name: registration.name },
  });
}
