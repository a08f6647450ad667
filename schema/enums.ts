import { registerEnumType } from 'type-graphql';
import { ACCEPT_REASONS, REJECT_RULES } from '../catalog/codebase.ts';
import { ERRORS } from '../core/errors.ts';
import { JOIN_CHECKS } from '../hierarchy/membership/join-check.ts';
import type { LoggedKind } from '../catalog/items.ts';

type Described<K extends string> = { readonly [V in K]: string };
type EnumObject<K extends string> = { readonly [V in K]: V };

/** An enum of the schema from one table `value → description`. */
function enumOf<K extends string>(
  name: string,
  description: string,
  values: Described<K>,
): EnumObject<K> {
  const names = Object.keys(values) as K[];
  const object = Object.fromEntries(names.map((value) => [value, value])) as EnumObject<K>;
  const valuesConfig = Object.fromEntries(
    names.map((value) => [value, { description: values[value] }]),
  );
  registerEnumType(object, { name, description, valuesConfig } as never);
  return object;
}

const meanings = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { meaning }]) => [code, meaning]),
) as Described<keyof typeof ERRORS>;

export const ErrorCodeEnum = enumOf(
  'ErrorCode',
  'What went wrong, for programs. The same codes leave every door of the server.',
  meanings,
);
export const RoleEnum = enumOf('Role', 'What a bearer token may do.', {
  VIEWER: 'Reads.',
  OPERATOR: 'Reads, and does the daily work: packages, assignments, distribution point updates.',
  ADMIN: 'Does everything: settings, tokens, sites, package servers.',
});
export const OriginEnum = enumOf('Origin', 'Where an item is written.', {
  LOCAL: 'Written here.',
  REPLICATED: 'Came from the parent; read-only here but for enabling and assignment.',
});
export const SourceKindEnum = enumOf('PackageSourceKind', 'Where package files are read from.', {
  NONE: 'The package has no source files.',
  LOCAL: 'A folder of this server.',
  UNC: 'An existing UNC share.',
  URL: 'An existing URL.',
});
export const SourceStateEnum = enumOf('SourceState', 'What is known of the package source.', {
  EMPTY: 'There is no source.',
  PENDING: 'Not read yet.',
  VERIFIED: 'The current snapshot is of bytes that this server read.',
  UNVERIFIED: 'The server cannot read it; only the external codebase exists.',
  FAILED: 'The last reading failed; see sourceReason.',
});
export const AssignmentModeEnum = enumOf(
  'PackageServerAssignmentMode',
  'How package servers get a package (SMC: "Package Servers" tab of a package).',
  {
    ALL: 'All Package Servers.',
    INDIVIDUALLY: 'Package Servers Individually.',
    SITE: 'Package Servers by Site.',
    AUTOMATIC: 'Package Servers automatically with manual prestaging.',
  },
);
export const PriorityEnum = enumOf('PackagePriority', 'Download priority of a package.', {
  LOW: 'After others.',
  NORMAL: 'As usual.',
  HIGH: 'Before others.',
});
export const PackageServerKindEnum = enumOf('PackageServerKind', 'Kind of a package server.', {
  CANOPY: 'Runs the Canopy package server; attests what it holds with its signature.',
  LEGACY: 'Runs the legacy agent; it can only claim what it holds.',
});
export const HoldingStatusEnum = enumOf(
  'PackageStatusState',
  'State of one package on one package server.',
  {
    PENDING: 'Assigned, nothing reported yet.',
    DOWNLOADING: 'Being fetched.',
    READY: 'Ready: deliverable now.',
    RETRYING: 'The last attempt failed; it tries again.',
    INVALID: 'The bytes do not match.',
    DELETED: 'Removed from the package server.',
  },
);
export const BlockerKindEnum = enumOf('BlockerKind', 'What a version still waits for.', {
  SMP: 'A management server that does not know the version yet.',
  PACKAGE_SERVER: 'A package server that has not verified it yet.',
});
export const TrustEnum = enumOf('Trust', 'How a source knows what it offers.', {
  OWN: 'This management server.',
  ATTESTED: 'A package server that signed the hash of exactly this version.',
  CLAIMED: 'A legacy package server that says so; not verified.',
  EXTERNAL: "The package's own location.",
  UPSTREAM: 'A package server of the parent, in the site of its SMP.',
});
export const CodebaseKindEnum = enumOf('CodebaseKind', 'Kind of a codebase URL.', {
  HTTP: 'Plain HTTP.',
  HTTPS: 'HTTP over TLS.',
  UNC: 'A Windows share.',
  EXTERNAL: "The package's own location, whatever its scheme.",
});
export const AcceptReasonEnum = enumOf(
  'AcceptReason',
  'Why a source is offered; also its rank, best first.',
  ACCEPT_REASONS,
);
export const RejectRuleEnum = enumOf(
  'RejectRule',
  'The rule by which a candidate is not offered, in the order the rules are tried.',
  REJECT_RULES,
);
export const ScopeEnum = enumOf('ChangeScope', 'How far a change travels.', {
  TREE: 'Down the hierarchy.',
  NODE: 'Stays on this server.',
});
const kindNames: Described<LoggedKind> = {
  package: 'A package.',
  snapshot: 'A snapshot of a package.',
  site: 'A site.',
  subnet: 'A subnet.',
  computer: 'A computer.',
  packageServer: 'A package server.',
  holding: 'What one package server has of one package.',
  assignment: 'A package offered to a computer.',
  siteOffer: 'A version that a site was offered.',
  settings: 'The settings of the server.',
  overlay: "What this server decides itself about a package of the parent's.",
  parent: 'The relation to a parent.',
  child: 'An SMP below this one.',
  rejection: "An item of the parent's that could not be taken over.",
  upstreamOffer: "Where the parent's package servers have a package.",
};
/** Enum values are upper case by convention; inside, the kinds keep the catalogue's spelling. */
export const ITEM_KIND_NAMES = {
  package: 'PACKAGE',
  snapshot: 'SNAPSHOT',
  site: 'SITE',
  subnet: 'SUBNET',
  computer: 'COMPUTER',
  packageServer: 'PACKAGE_SERVER',
  holding: 'PACKAGE_STATUS',
  assignment: 'COMPUTER_ASSIGNMENT',
  siteOffer: 'SITE_OFFER',
  settings: 'SETTINGS',
  overlay: 'OVERLAY',
  parent: 'PARENT',
  child: 'CHILD',
  rejection: 'REJECTION',
  upstreamOffer: 'UPSTREAM_OFFER',
} as const satisfies { readonly [K in LoggedKind]: string };
type KindName = (typeof ITEM_KIND_NAMES)[keyof typeof ITEM_KIND_NAMES];

export const ItemKindEnum = enumOf(
  'ItemKind',
  'Kind of a stored item.',
  Object.fromEntries(
    Object.entries(ITEM_KIND_NAMES).map(([kind, name]) => [
      name,
      kindNames[kind as keyof typeof kindNames],
    ]),
  ) as Described<KindName>,
);
export const JobKindEnum = enumOf('JobKind', 'What a job does.', {
  DISTRIBUTION_POINT_UPDATE:
    'Reads a source again and makes a snapshot if the tree changed ' +
    '(SMC: "Update Distribution Points").',
  PACKAGE_REFRESH: 'Reads every source again (legacy: NS.Package Refresh).',
  DIFFERENTIAL_REPLICATION: 'Brings neighbours what is new (runDifferentialReplication).',
  COMPLETE_REPLICATION: 'Has neighbours compare everything (runCompleteReplication).',
  CONTENT_SWEEP: 'Removes stored content that nothing refers to.',
  LOG_COMPACTION: 'Removes old entries of the change feed.',
});
export const JobStateEnum = enumOf('JobState', 'State of a job.', {
  QUEUED: 'Waits for its turn.',
  RUNNING: 'Is worked on.',
  SUCCEEDED: 'Done.',
  FAILED: 'Ended with the problems it lists.',
  CANCELLED: 'Ended by a person.',
});
export const JobUnitEnum = enumOf('JobUnit', 'What `done` and `total` of a job count.', {
  BYTES: 'Bytes.',
  FILES: 'Files.',
  ITEMS: 'Items.',
});
export const DurabilityEnum = enumOf('Durability', 'What a commit survives.', {
  STRICT: 'A power cut: commits are flushed to disk.',
  PROCESS_CRASH_ONLY: 'A crash of the process, not one of the machine.',
});
export const OrderDirectionEnum = enumOf('OrderDirection', 'Direction of an order.', {
  ASC: 'Smallest first.',
  DESC: 'Largest first.',
});
export const EnrollmentKindEnum = enumOf('EnrollmentKind', 'What may enrol with a token.', {
  PACKAGE_SERVER: 'A package server.',
  CHILD: 'An SMP below this one.',
});
export const ParentConnectionEnum = enumOf(
  'ParentConnection',
  'What the link to the parent is doing.',
  {
    CONNECTING: 'Is being opened.',
    CONNECTED: 'Is open.',
    WAITING: 'Is closed; the next attempt comes by itself.',
    ENDED: 'Is over: this SMP is not a child of it any more.',
  },
);
export const ParentStateEnum = enumOf('ParentState', 'How far the relation to a parent is.', {
  JOINING: 'Begun; it completes or is given up by itself.',
  JOINED: 'Both sides agree.',
  LEFT: 'Over for this SMP; the parent has not been told yet.',
});
export const ChildStateEnum = enumOf('ChildState', 'How far the relation to a child is.', {
  JOINING: 'Admitted; the child has not opened its link yet.',
  JOINED: 'Both sides agree.',
  REMOVED: 'Over for this SMP; the child has not been told yet.',
});
export const ConflictChoiceEnum = enumOf(
  'ConflictChoice',
  'What happens with local packages that have the GUID of one of the parent.',
  {
    REFUSE: 'The join is refused.',
    ADOPT: "The parent's take their place.",
    KEEP_LOCAL: "They stay as they are; the parent's are left out.",
  },
);
export const RemoteAccessEnum = enumOf(
  'RemoteAccess',
  'What servers above a server may read of it.',
  {
    SUMMARY: 'What it pushes up itself: name, version, counts.',
    READ: 'Everything that a viewer may read there.',
  },
);
export const RemoteStatusEnum = enumOf('RemoteStatus', 'How a server below answered.', {
  OK: 'It answered; without a selection of smp: the way to it is open.',
  STALE: 'It cannot be reached; the summary is what it told last, at asOf.',
  UNREACHABLE: 'It cannot be reached and has told nothing yet.',
  DENIED: 'It, or a server on the way to it, does not let the asker read.',
  TIMEOUT: 'It did not answer in time.',
});
export const DeletePolicyEnum = enumOf(
  'DeletePolicy',
  'What a child does with a package that its parent deleted or does not replicate any more.',
  { ALL: 'It deletes it too.', NONE: 'It keeps it as its own.' },
);
export const ItemsChoiceEnum = enumOf(
  'ItemsChoice',
  'What happens with packages that came from a parent when the relation ends.',
  { KEEP: 'They become local.', DELETE: 'They are deleted.' },
);
export const JoinCheckCodeEnum = enumOf(
  'JoinCheckCode',
  'The fault that a check of a join looks for.',
  JOIN_CHECKS,
);
export const JoinSideEnum = enumOf('JoinSide', 'Where the cause of a fault is.', {
  CHILD: 'The SMP that joins.',
  PARENT: 'The SMP that it joins.',
  BOTH: 'Between the two.',
});
export const JoinOutcomeEnum = enumOf('JoinOutcome', 'What came of a check.', {
  PASSED: 'There is no fault.',
  FAILED: 'There is one, and it has to be cured.',
  WAIVED: 'There is one, and the input says to live with it.',
  WARNING: 'It works, and there is an advice.',
  NOT_RUN: 'Another fault has to be cured first.',
});
export const CompareReasonEnum = enumOf(
  'CompareReason',
  'Why a child has to compare everything with its parent.',
  {
    FIRST: 'It has nothing yet.',
    EPOCH_CHANGED: 'The database of the parent was replaced or restored.',
    RULE_CHANGED: 'Which packages it gets was changed.',
    CHILD_REWOUND: 'It stands behind what it acknowledged: its database was restored.',
    CURSOR_INVALID: 'Its cursor is not one of the parent.',
    REQUESTED: 'An operator asked for it.',
  },
);
