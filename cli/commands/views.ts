import type {
  ApiTokenFieldsFragment,
  CodebaseFieldsFragment,
  ComputerFieldsFragment,
  PackageFieldsFragment,
  PackageServerFieldsFragment,
  PackageStatusRowFieldsFragment,
  ScheduleFieldsFragment,
  SiteFieldsFragment,
  SnapshotFieldsFragment,
  SubnetFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { defineView } from '../output/view.ts';

export const PACKAGE_VIEW = defineView<PackageFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'guid', value: (row) => row.guid, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'version', value: (row) => row.version },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'source', value: (row) => row.sourceState },
    { header: 'enabled', value: (row) => row.enabled },
    { header: 'assignment', value: (row) => row.assignmentMode },
    { header: 'reason', value: (row) => row.sourceReason, wide: true },
    { header: 'location', value: (row) => row.source.path ?? row.source.url, wide: true },
    { header: 'origin', value: (row) => row.origin, wide: true },
    { header: 'updated', value: (row) => row.updatedAt, kind: 'date', wide: true },
  ],
});

export const SNAPSHOT_VIEW = defineView<SnapshotFieldsFragment>({
  name: (row) => String(row.internalVersion),
  columns: [
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'files', value: (row) => row.fileCount, kind: 'number' },
    { header: 'size', value: (row) => row.sizeBytes, kind: 'bytes' },
    { header: 'created', value: (row) => row.createdAt, kind: 'date' },
    { header: 'superseded', value: (row) => row.supersededAt, kind: 'date' },
    { header: 'root hash', value: (row) => row.rootHash, wide: true },
    { header: 'owner', value: (row) => row.ownerNodeId, wide: true },
  ],
});

export const CODEBASE_VIEW = defineView<CodebaseFieldsFragment>({
  name: (row) => row.url,
  columns: [
    { header: 'rank', value: (row) => row.rank, kind: 'number' },
    { header: 'source', value: (row) => row.packageServer?.name ?? row.trust },
    { header: 'kind', value: (row) => row.kind },
    { header: 'internal version', value: (row) => row.internalVersion },
    { header: 'trust', value: (row) => row.trust },
    { header: 'url', value: (row) => row.url },
    { header: 'reason', value: (row) => row.reason, wide: true },
    { header: 'snapshot', value: (row) => row.snapshotUrl, wide: true },
  ],
});

export const SITE_VIEW = defineView<SiteFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'guid', value: (row) => row.guid, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'description', value: (row) => row.description },
  ],
});

export const SUBNET_VIEW = defineView<SubnetFieldsFragment>({
  name: (row) => row.network,
  columns: [
    { header: 'network', value: (row) => row.network },
    { header: 'name', value: (row) => row.name },
    { header: 'site', value: (row) => row.site?.name },
    { header: 'guid', value: (row) => row.guid, kind: 'guid', wide: true },
  ],
});

export const PACKAGE_SERVER_VIEW = defineView<PackageServerFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'guid', value: (row) => row.guid, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'kind', value: (row) => row.kind },
    { header: 'constrained', value: (row) => row.constrained },
    { header: 'enabled', value: (row) => row.enabled },
    { header: 'addresses', value: (row) => row.addresses },
    { header: 'host names', value: (row) => row.hostNames, wide: true },
    { header: 'http', value: (row) => row.httpUrl, wide: true },
    { header: 'https', value: (row) => row.httpsUrl, wide: true },
    { header: 'unc', value: (row) => row.uncRoot, wide: true },
  ],
});

export const PACKAGE_STATUS_VIEW = defineView<PackageStatusRowFieldsFragment>({
  name: (row) => row.packageName ?? row.packageGuid,
  columns: [
    { header: 'package', value: (row) => row.packageName ?? row.packageGuid },
    { header: 'package server', value: (row) => row.packageServerName ?? row.packageServerGuid },
    { header: 'state', value: (row) => row.state },
    { header: 'up to date', value: (row) => row.upToDate },
    { header: 'held', value: (row) => row.heldVersion },
    { header: 'current', value: (row) => row.currentVersion },
    { header: 'since', value: (row) => row.since, kind: 'date' },
    { header: 'reason', value: (row) => row.reason, wide: true },
  ],
});

export const COMPUTER_VIEW = defineView<ComputerFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'guid', value: (row) => row.guid, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'domain', value: (row) => row.domain },
    { header: 'addresses', value: (row) => row.addresses },
    { header: 'origin', value: (row) => row.origin, wide: true },
  ],
});

export const SCHEDULE_VIEW = defineView<ScheduleFieldsFragment>({
  name: (row) => row.name,
  columns: [
    { header: 'name', value: (row) => row.name },
    { header: 'next run', value: (row) => row.nextRunAt ?? 'off', kind: 'date' },
    { header: 'last job', value: (row) => row.lastJobId, kind: 'guid' },
    { header: 'description', value: (row) => row.description, wide: true },
  ],
});

export const API_TOKEN_VIEW = defineView<ApiTokenFieldsFragment>({
  name: (row) => row.id,
  columns: [
    { header: 'id', value: (row) => row.id },
    { header: 'name', value: (row) => row.name },
    { header: 'role', value: (row) => row.role },
    { header: 'created', value: (row) => row.createdAt, kind: 'date' },
    { header: 'expires', value: (row) => row.expiresAt ?? 'never', kind: 'date' },
    { header: 'revoked', value: (row) => row.revokedAt, kind: 'date' },
  ],
});
