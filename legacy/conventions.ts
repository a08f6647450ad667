/**
 * What no public source states about the incumbent's formats, decided once. A captured message
 * that says otherwise changes this file, and the golden files show what follows.
 * See docs/legacy-endpoints.md, "Decided without evidence".
 */
export const CONVENTIONS = {
  /** Unit of `totalTime` and `totalFailureTime`; the setting they are compared with is in minutes. */
  totalTimeUnitMs: 60_000,
  /** Wraps several `Package` elements; a single one stands alone. */
  packagesElement: 'Packages',
  /** Root of a client policy document. */
  policiesElement: 'Policies',
  /** Root of an error answer. */
  errorElement: 'Error',
  /** Query parameters of GetPackageSnapshot that may hold the package, tried in this order. */
  snapshotPackageParameters: ['packageid', 'packageguid', 'package', 'guid', 'id'],
} as const;

/** Item that receives package server status events: "Package Server Status Event Capture Item". */
export const STATUS_EVENT_ITEM = 'f85fe5d9-005a-40ac-b213-944b496405fe';
/** COM class of the agent that delivers software. */
export const SOFTWARE_DELIVERY_AGENT = 'Altiris.SWD';
/** COM class of the package server agent (KB 172185). */
export const PACKAGE_SERVER_AGENT = 'Altiris.AeXNSCPkgSvr';
/** Resource type "Computer". */
export const COMPUTER_TYPE = '493435f7-3b17-4c4c-b07f-c23e7ab7781f';
