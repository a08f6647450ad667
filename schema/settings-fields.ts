import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { LEGACY_SETTING_NAMES, type Settings } from '../catalog/settings.ts';
import { RemoteAccessEnum } from './enums.ts';
import { PublicationTypesInput } from './inputs/mutations.ts';
import { SafeInt } from './scalars.ts';

@ObjectType('PublicationTypes', {
  description: 'Kinds of codebase that are published.',
  simpleResolvers: true,
})
export class PublicationTypesType {
  @Field(() => Boolean, { description: 'UNC codebases.' })
  unc!: boolean;
  @Field(() => Boolean, { description: 'HTTP codebases.' })
  http!: boolean;
  @Field(() => Boolean, { description: 'HTTPS codebases.' })
  https!: boolean;
}

/** What each setting does; the legacy names are added from the catalogue's table. */
const MEANINGS: { readonly [K in keyof Settings]: string } = {
  smpPublication: 'Kinds of codebase that this management server publishes.',
  packageServerPublication: 'Kinds of codebase that package servers publish.',
  maxAgentDownloadTryingTimeMinutes:
    'After so many minutes of trying an agent is offered more sources; 0 is off.',
  packageServersDownloadFromSmpOnly: 'Package servers fetch from this management server only.',
  packageRequestBlockoutSeconds:
    'After a legacy package server was sent to the parent for a package: so long no other is. 0 is off.',
  maxConcurrentPackageInfoRequests: 'Package info requests that are answered at once.',
  deletePackageFilesAfterMinutes: 'Package servers delete files that were unused for so long.',
  distributionPointUpdateIntervalMinutes: 'How often changed sources are looked for; 0 is off.',
  packageRefreshTime: 'Local time of day (HH:MM) of the full refresh; empty is off.',
  differentialReplicationIntervalMinutes:
    'How often children are brought what is new, beside the push of every change; 0 is off.',
  completeReplicationTime:
    'Local time of day (HH:MM) at which every child compares everything; empty is off.',
  versionGraceMinutes: 'How long a replaced version stays deliverable.',
  keepSnapshots: 'The newest versions kept whatever their age; at least 1.',
  packageServerMaxBytesPerSecond:
    'What all transfers of one package server may take together, bytes per second; 0 is no limit.',
  packageServerBlackout:
    'When package servers fetch nothing: their local time, HH:MM-HH:MM; empty is never.',
  packageServerSilentSeconds:
    'A package server that had no link for so long is silent: it is offered last, and others beside it; 0 is off.',
  remoteAccess: 'What servers above this one may read of it: its summary, or everything.',
};

function describe(name: keyof Settings): string {
  const legacy = LEGACY_SETTING_NAMES[name];
  return legacy === '' ? MEANINGS[name] : `${MEANINGS[name]} Legacy: ${legacy}.`;
}

const TYPES: { readonly [K in keyof Settings]: { output: () => object; input: () => object } } = {
  smpPublication: { output: () => PublicationTypesType, input: () => PublicationTypesInput },
  packageServerPublication: {
    output: () => PublicationTypesType,
    input: () => PublicationTypesInput,
  },
  maxAgentDownloadTryingTimeMinutes: { output: () => Int, input: () => Int },
  packageServersDownloadFromSmpOnly: { output: () => Boolean, input: () => Boolean },
  packageRequestBlockoutSeconds: { output: () => Int, input: () => Int },
  maxConcurrentPackageInfoRequests: { output: () => Int, input: () => Int },
  deletePackageFilesAfterMinutes: { output: () => Int, input: () => Int },
  distributionPointUpdateIntervalMinutes: { output: () => Int, input: () => Int },
  packageRefreshTime: { output: () => String, input: () => String },
  differentialReplicationIntervalMinutes: { output: () => Int, input: () => Int },
  completeReplicationTime: { output: () => String, input: () => String },
  versionGraceMinutes: { output: () => Int, input: () => Int },
  keepSnapshots: { output: () => Int, input: () => Int },
  packageServerMaxBytesPerSecond: { output: () => SafeInt, input: () => SafeInt },
  packageServerBlackout: { output: () => String, input: () => String },
  packageServerSilentSeconds: { output: () => Int, input: () => Int },
  remoteAccess: { output: () => RemoteAccessEnum, input: () => RemoteAccessEnum },
};

@ObjectType({ description: 'A setting under both its names.', simpleResolvers: true })
export class SettingName {
  @Field(() => String, { description: 'Name in this schema.' })
  name!: string;
  @Field(() => String, { description: 'Name in the legacy console and its articles.' })
  legacyName!: string;
  @Field(() => String, { description: 'What it does.' })
  description!: string;
}

@ObjectType('Settings', {
  description: 'The settings that administrators change while the server runs.',
  simpleResolvers: true,
})
export class SettingsType {
  @Field(() => [SettingName], { description: 'Every setting with its legacy name.' })
  names!: SettingName[];
}

@InputType({ description: 'Settings to change; absent ones stay as they are.' })
export class UpdateSettingsInput {}

const SETTING_NAMES = Object.keys(TYPES) as (keyof Settings)[];

for (const name of SETTING_NAMES) {
  const { output, input } = TYPES[name];
  const description = describe(name);
  Field(output, { description })(SettingsType.prototype, name);
  Field(input, { nullable: true, description })(UpdateSettingsInput.prototype, name);
}

export function settingsNode(settings: Settings): SettingsType & Settings {
  const names = SETTING_NAMES.map((name) => ({
    name,
    legacyName: LEGACY_SETTING_NAMES[name],
    description: MEANINGS[name],
  }));
  return { ...settings, names };
}
