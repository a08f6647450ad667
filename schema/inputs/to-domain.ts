import type {
  ComputerInput,
  PackageFields,
  PackageServerInput,
  SiteInput,
  SubnetInput,
} from '../../catalog/inputs.ts';
import type { PackageSource } from '../../catalog/model.ts';
import { CanopyError } from '../../core/errors.ts';
import { guidOfReference, guidsOfReferences } from '../node-id.ts';
import type {
  ComputerFieldsInput,
  PackageFieldsInput,
  PackageServerFieldsInput,
  PackageSourceInput,
  SiteFieldsInput,
  SubnetFieldsInput,
} from './mutations.ts';

/** A null from outside means "leave it", unless the field says otherwise. */
const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

export function packageFields(input: PackageFieldsInput): PackageFields {
  return {
    name: given(input.name),
    description: given(input.description),
    version: given(input.version),
    source: input.source == null ? undefined : packageSource(input.source),
    priority: given(input.priority),
    enableMulticast: given(input.enableMulticast),
    cleanupAfterMinutes: given(input.cleanupAfterMinutes),
    announceBeforeReady: given(input.announceBeforeReady),
    enabled: given(input.enabled),
  };
}

/** Throws `INVALID_INPUT` when a field that the kind needs is missing or foreign to it. */
export function packageSource(input: PackageSourceInput): PackageSource {
  switch (input.kind) {
    case 'NONE':
      refuse(input, ['path', 'url', 'directory']);
      return { kind: 'NONE' };
    case 'LOCAL':
    case 'UNC':
      refuse(input, ['url', 'directory']);
      return { kind: input.kind, path: required(input, 'path') };
    case 'URL':
      refuse(input, ['path']);
      return { kind: 'URL', url: required(input, 'url'), directory: given(input.directory) };
  }
}

type SourceField = 'path' | 'url' | 'directory';

function required(input: PackageSourceInput, field: SourceField): string {
  const value = input[field];
  if (value != null && value !== '') return value;
  throw new CanopyError('INVALID_INPUT', `source.${field}: needed for the kind ${input.kind}.`, {
    path: ['source', field],
  });
}

function refuse(input: PackageSourceInput, fields: readonly SourceField[]): void {
  const field = fields.find((name) => input[name] != null);
  if (!field) return;
  throw new CanopyError(
    'INVALID_INPUT',
    `source.${field}: does not belong to the kind ${input.kind}.`,
    { path: ['source', field], hint: 'Leave it out, or choose another kind.' },
  );
}

export function siteInput(input: SiteFieldsInput): SiteInput {
  return { name: given(input.name), description: given(input.description) };
}

export function subnetInput(input: SubnetFieldsInput): SubnetInput {
  const { siteId } = input;
  return {
    network: given(input.network),
    name: given(input.name),
    siteId: siteId == null ? siteId : guidOfReference('site', siteId, ['siteId']),
  };
}

export function computerInput(input: ComputerFieldsInput): ComputerInput {
  return {
    name: given(input.name),
    domain: given(input.domain),
    addresses: given(input.addresses),
    manualSiteIds:
      input.manualSiteIds == null
        ? undefined
        : guidsOfReferences('site', input.manualSiteIds, ['manualSiteIds']),
  };
}

export function packageServerInput(input: PackageServerFieldsInput): PackageServerInput {
  return {
    name: given(input.name),
    kind: given(input.kind),
    constrained: given(input.constrained),
    enabled: given(input.enabled),
    addresses: given(input.addresses),
    hostNames: given(input.hostNames),
    httpUrl: given(input.httpUrl),
    httpsUrl: given(input.httpsUrl),
    uncRoot: given(input.uncRoot),
    publicationTypes: input.publicationTypes,
  };
}
