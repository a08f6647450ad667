import type { ChildServices } from '../../hierarchy/link/child-services.ts';
import type { ParentPorts } from '../../hierarchy/link/parent-ports.ts';

/** What goes through the links of this server, in both directions. */
export interface TreeParts {
  /** `undefined`: this server takes no children. */
  readonly childServices: ChildServices | undefined;
  /** `undefined`: this server follows no parent. */
  readonly parentPorts: ParentPorts | undefined;
}

export function treeParts(): TreeParts {
  return { childServices: undefined, parentPorts: undefined };
}
