/** May the same request succeed when repeated? `ambiguous`: it may have been done already. */
export type RetryClass = 'never' | 'safe' | 'ambiguous';

interface ErrorDefinition {
  /** HTTP status of the doors that speak HTTP. */
  readonly status: number;
  readonly retry: RetryClass;
  /** What it means and what to do, one sentence for `docs/errors.md`. */
  readonly meaning: string;
}

const define = (status: number, retry: RetryClass, meaning: string): ErrorDefinition => ({
  status,
  retry,
  meaning,
});

/**
 * Every error code that leaves Canopy, on any door. `docs/errors.md` and the GraphQL enum
 * `ErrorCode` are compared with this table by a test.
 */
export const ERRORS = {
  INVALID_INPUT: define(
    400,
    'never',
    'A field has a value that is not allowed; the message names the field and the cure.',
  ),
  MALFORMED_REQUEST: define(
    400,
    'never',
    'The request could not be read: bad JSON, XML, encoding or parameters.',
  ),
  REQUEST_TOO_LARGE: define(413, 'never', 'The request exceeds a size limit; split it.'),
  QUERY_TOO_COMPLEX: define(
    400,
    'never',
    'The GraphQL document exceeds a limit; ask for less at a time.',
  ),
  UNAUTHENTICATED: define(401, 'never', 'A bearer token is missing, wrong, expired or revoked.'),
  FORBIDDEN: define(403, 'never', 'The token is valid but its role may not do this.'),
  NOT_FOUND: define(404, 'never', 'There is no such object, or it is not visible to this token.'),
  METHOD_NOT_ALLOWED: define(405, 'never', 'This address does not answer that HTTP method.'),
  CONFLICT: define(409, 'never', 'Another object already has this name, GUID, network or key.'),
  STILL_IN_USE: define(409, 'never', 'The object is referred to by others; release these first.'),
  RATE_LIMITED: define(
    429,
    'safe',
    'Too many requests from here; wait for the time that Retry-After says.',
  ),
  BUSY: define(
    503,
    'safe',
    'The server has all the work it takes at once; wait for the time that Retry-After says.',
  ),
  NOT_READY: define(503, 'safe', 'The server is starting, stopping or migrating.'),
  TIMEOUT: define(504, 'ambiguous', 'The work took longer than its limit.'),
  INTERNAL: define(
    500,
    'ambiguous',
    'A defect or an unavailable resource; the log has the request id.',
  ),
  PUBLICATION_TYPES_ALL_OFF: define(
    400,
    'never',
    'With every publication type off no machine would find a source; leave one on.',
  ),
  SOURCE_MISSING: define(409, 'never', 'The package has no source files to read.'),
  SOURCE_UNREADABLE: define(
    409,
    'safe',
    'The source folder cannot be read from this server; map it in uncMounts or set a readable directory.',
  ),
  SOURCE_CHANGED: define(
    409,
    'safe',
    'The source folder changed while it was read, several times; run the update when the copying is over.',
  ),
  PACKAGE_REFUSED: define(
    422,
    'never',
    'Names or sizes in the source folder break the package path policy; every reason is listed.',
  ),
  SOURCE_NOT_VERIFIED: define(
    409,
    'never',
    'The package is UNVERIFIED and cannot be assigned to package servers; make its source readable first.',
  ),
  SNAPSHOT_NOT_TRUSTED: define(
    422,
    'never',
    'The snapshot is unsigned, altered or signed by another owner; look at the SMP before you trust it.',
  ),
  ADDRESS_IN_USE: define(
    503,
    'safe',
    'The port cannot be listened on; stop what uses it or choose another with --listen.',
  ),
  DISK_FULL: define(
    507,
    'safe',
    'The work needs more free bytes than there are; both figures are in the message.',
  ),
  CONTENT_DAMAGED: define(
    500,
    'never',
    'Stored bytes do not match their hash; run a distribution point update for the package.',
  ),
  CURSOR_INVALID: define(400, 'never', 'The cursor is not one of this server; start without it.'),
  CURSOR_TOO_OLD: define(
    410,
    'never',
    'The change log no longer reaches back to this cursor; read the present state and start anew.',
  ),
  EPOCH_CHANGED: define(
    410,
    'never',
    'The database was replaced or restored since this cursor was issued; read the present state and start anew.',
  ),
  ENROLLMENT_REFUSED: define(
    403,
    'never',
    'The enrolment token is unknown, used, expired or not for this; create a new one.',
  ),
  URL_NOT_ALLOWED: define(
    400,
    'never',
    'The address of a parent is no plain http or https URL, or leads where no SMP is; use https://host:port.',
  ),
  PARENT_UNREACHABLE: define(
    409,
    'safe',
    'No SMP answers at the address of the parent; check the address, the name and the firewall.',
  ),
  PROTOCOL_UNSUPPORTED: define(
    409,
    'never',
    'The two speak different versions of the protocol; update the older one.',
  ),
  SAME_NODE: define(
    409,
    'never',
    'An SMP cannot be its own parent; use the address of another one.',
  ),
  SECOND_PARENT: define(
    409,
    'never',
    'The SMP has a parent already; leave it first, or join with replaceParent.',
  ),
  LOOP: define(409, 'never', 'The parent is below the child; let it leave first.'),
  CLONE: define(
    409,
    'never',
    'Another SMP has the same GUID or the same key; one is a copy, so remove one of the two.',
  ),
  SMP_NOT_IN_A_SITE: define(
    409,
    'never',
    'No address of the SMP is in a subnet of a site; create a site and put its subnet there.',
  ),
  PACKAGE_SERVER_NOT_IN_SMP_SITE: define(
    409,
    'never',
    'No package server serves a site of the SMP; assign one, by hand if need be (KB 184143).',
  ),
  PACKAGE_CONFLICT: define(
    409,
    'never',
    'Local packages have the GUID of one of the parent; choose onConflict ADOPT or KEEP_LOCAL.',
  ),
  ROOT_NOT_EXPECTED: define(
    409,
    'never',
    'The root of the tree has another node id than was expected; make sure whose tree it is.',
  ),
  LINEAGE_INVALID: define(
    409,
    'safe',
    'What the parent says of the line to the root is not signed by those who stand in it.',
  ),
  NOT_A_CHILD: define(
    403,
    'never',
    'The SMP is not a child of this one, or no longer; it leaves and can be joined again.',
  ),
  LINK_REPLACED: define(
    409,
    'never',
    'The same node was started again later and took the link over; end this process.',
  ),
  LINK_DOUBLED: define(
    409,
    'safe',
    'Two links came from one start of a node and both were ended; when it happens again and again, its data directory was copied.',
  ),
  DATA_DIRECTORY_LOCKED: define(
    503,
    'safe',
    'Another process uses this data directory; stop it or choose another directory.',
  ),
  NODE_KEY_MISMATCH: define(
    500,
    'never',
    'The node key file does not belong to this database; put the right file back.',
  ),
  CONFIGURATION_INVALID: define(
    500,
    'never',
    'The configuration has errors; run canopy config check.',
  ),
  SCHEMA_NEWER: define(
    500,
    'never',
    'The database was written by a newer Canopy; install that version or a newer one.',
  ),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong with an input. */
export interface Problem {
  readonly code: ErrorCode;
  /** One sentence that names the value. */
  readonly message: string;
  /** Where in the input, outermost first; empty when it is the input as a whole. */
  readonly path: readonly string[];
  /** The cure, when there is one that fits in a sentence. */
  readonly hint?: string;
}

/**
 * An error of Canopy's own, with a code from {@link ERRORS}. Defects stay ordinary errors.
 * `problems` has at least one entry; an input with several faults lists them all.
 */
export class CanopyError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];
  /** For `safe` retries: how long to wait, when the thrower knows. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly path?: readonly string[];
      readonly hint?: string;
      readonly problems?: readonly Problem[];
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CanopyError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.problems = options.problems ?? [
      {
        code,
        message,
        path: options.path ?? [],
        ...(options.hint === undefined ? {} : { hint: options.hint }),
      },
    ];
  }
}

/** Throws one {@link CanopyError} that lists all `problems`; returns when there are none. */
export function refuseProblems(problems: readonly Problem[]): void {
  const first = problems[0];
  if (!first) return;
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new CanopyError(first.code, first.message + rest, { problems });
}

/** Survives Jest realms and duplicated modules, which `instanceof` does not. */
export function isCanopyError(error: unknown): error is CanopyError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { name?: unknown }).name === 'CanopyError'
  );
}
