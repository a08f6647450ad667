import { Field, ID, ObjectType } from 'type-graphql';
import type {
  Computer,
  Origin,
  PackageServer,
  PackageServerKind,
  Site,
  Subnet,
} from '../../catalog/model.ts';
import type { Guid } from '../../core/guid.ts';
import { DurabilityEnum, OriginEnum, PackageServerKindEnum } from '../enums.ts';
import { nodeId } from '../node-id.ts';
import { GuidScalar } from '../scalars.ts';
import { PublicationTypesType } from '../settings-fields.ts';
import { connectionType } from './connection.ts';
import { NodeInterface } from './node.ts';

@ObjectType('Smp', {
  implements: NodeInterface,
  description: 'This management server (Symantec Management Platform server, "NS").',
  simpleResolvers: true,
})
export class SmpNode extends NodeInterface {
  readonly __typename!: 'Smp';
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => ID, { description: 'Name that follows from its key; a node cannot choose it.' })
  nodeId!: string;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Where agents reach it, if configured.' })
  url!: string | null;
  @Field(() => String, { description: 'Version of the software.' })
  version!: string;
  @Field(() => [String], { description: 'Addresses that put it into its sites.' })
  siteAddresses!: readonly string[];
  @Field(() => DurabilityEnum, { description: 'What a commit survives.' })
  durability!: 'STRICT' | 'PROCESS_CRASH_ONLY';
}

@ObjectType('Site', {
  implements: NodeInterface,
  description: 'A place in the network: its subnets say which machines are in it.',
  simpleResolvers: true,
})
export class SiteNode extends NodeInterface {
  readonly __typename!: 'Site';
  readonly item!: Site;
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => String, { description: 'Unique name.' })
  name!: string;
  @Field(() => String, { description: 'Free text.' })
  description!: string;
}

export function siteNode(item: Site): SiteNode {
  const { id, name, description } = item;
  return { __typename: 'Site', item, id: nodeId('site', id), guid: id, name, description };
}

@ObjectType('Subnet', {
  implements: NodeInterface,
  description: 'A network. Subnets may contain others; for an address the longest prefix decides.',
  simpleResolvers: true,
})
export class SubnetNode extends NodeInterface {
  readonly __typename!: 'Subnet';
  readonly item!: Subnet;
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => String, { description: 'Network in CIDR form.' })
  network!: string;
  @Field(() => String, { description: 'Name, for people.' })
  name!: string;
}

export function subnetNode(item: Subnet): SubnetNode {
  const { id, network, name } = item;
  return { __typename: 'Subnet', item, id: nodeId('subnet', id), guid: id, network, name };
}

@ObjectType('PackageServer', {
  implements: NodeInterface,
  description: 'A site server that holds packages for the agents of its sites.',
  simpleResolvers: true,
})
export class PackageServerNode extends NodeInterface {
  readonly __typename!: 'PackageServer';
  readonly item!: PackageServer;
  @Field(() => GuidScalar, { description: 'Its GUID (resource GUID).' })
  guid!: Guid;
  @Field(() => String, { description: 'Unique name.' })
  name!: string;
  @Field(() => PackageServerKindEnum, { description: 'Canopy or legacy.' })
  kind!: PackageServerKind;
  @Field(() => Boolean, {
    description: 'Fetches only within its own site (legacy: Constrained).',
  })
  constrained!: boolean;
  @Field(() => Boolean, { description: 'Whether it is offered at all.' })
  enabled!: boolean;
  @Field(() => [String], { description: 'Its addresses; they derive its sites.' })
  addresses!: readonly string[];
  @Field(() => [String], { description: 'Its host names.' })
  hostNames!: readonly string[];
  @Field(() => String, { nullable: true, description: 'Base of its HTTP codebases.' })
  httpUrl!: string | null;
  @Field(() => String, { nullable: true, description: 'Base of its HTTPS codebases.' })
  httpsUrl!: string | null;
  @Field(() => String, { nullable: true, description: 'Base of its UNC codebases.' })
  uncRoot!: string | null;
  @Field(() => PublicationTypesType, {
    nullable: true,
    description: 'What it publishes; null follows the settings of the server.',
  })
  publicationTypes!: PublicationTypesType | null;
  @Field(() => Boolean, { description: 'A machine enrolled as this package server.' })
  enrolled!: boolean;
  @Field(() => String, {
    nullable: true,
    description: 'Public key of the enrolled machine: SPKI DER, base64.',
  })
  publicKey!: string | null;
}

export function packageServerNode(item: PackageServer): PackageServerNode {
  return {
    __typename: 'PackageServer',
    item,
    id: nodeId('packageServer', item.id),
    guid: item.id,
    name: item.name,
    kind: item.kind,
    constrained: item.constrained,
    enabled: item.enabled,
    addresses: item.addresses,
    hostNames: item.hostNames,
    httpUrl: item.httpUrl === '' ? null : item.httpUrl,
    httpsUrl: item.httpsUrl === '' ? null : item.httpsUrl,
    uncRoot: item.uncRoot === '' ? null : item.uncRoot,
    publicationTypes: item.publicationTypes ?? null,
    enrolled: item.publicKey !== '',
    publicKey: item.publicKey === '' ? null : item.publicKey,
  };
}

@ObjectType('Computer', {
  implements: NodeInterface,
  description: 'A managed machine.',
  simpleResolvers: true,
})
export class ComputerNode extends NodeInterface {
  readonly __typename!: 'Computer';
  readonly item!: Computer;
  @Field(() => GuidScalar, { description: 'Its GUID (resource GUID).' })
  guid!: Guid;
  @Field(() => String, { description: 'Host name.' })
  name!: string;
  @Field(() => String, { description: 'Domain.' })
  domain!: string;
  @Field(() => [String], { description: 'Its addresses.' })
  addresses!: readonly string[];
  @Field(() => OriginEnum, { description: 'Written here or replicated.' })
  origin!: Origin;
}

export function computerNode(item: Computer): ComputerNode {
  return {
    __typename: 'Computer',
    item,
    id: nodeId('computer', item.id),
    guid: item.id,
    name: item.name,
    domain: item.domain,
    addresses: item.addresses,
    origin: item.origin,
  };
}

@ObjectType({
  description: 'A site that a package server serves, and how it came to.',
  simpleResolvers: true,
})
export class ServedSite {
  @Field(() => SiteNode, { description: 'The site.' })
  site!: SiteNode;
  @Field(() => Boolean, {
    description: 'By hand (SMC: "Manually Assigned"); false: by the subnet of an address.',
  })
  manuallyAssigned!: boolean;
}

@ObjectType({
  description: 'A package server that serves a site, and how it came to.',
  simpleResolvers: true,
})
export class SitePackageServer {
  @Field(() => PackageServerNode, { description: 'The package server.' })
  packageServer!: PackageServerNode;
  @Field(() => Boolean, {
    description: 'By hand (SMC: "Manually Assigned"); false: by the subnet of an address.',
  })
  manuallyAssigned!: boolean;
}

@ObjectType({ description: 'How one address leads to a site, or does not.', simpleResolvers: true })
export class AddressLocation {
  @Field(() => String, { description: 'The address, in canonical form.' })
  address!: string;
  @Field(() => [SubnetNode], {
    description: 'All known networks that contain it, longest prefix first; the first decides.',
  })
  subnets!: SubnetNode[];
  @Field(() => SiteNode, { nullable: true, description: 'The site of the deciding subnet.' })
  site!: SiteNode | null;
}

export const SiteConnection = connectionType('Site', 'sites', () => SiteNode);
export const SubnetConnection = connectionType('Subnet', 'subnets', () => SubnetNode);
export const PackageServerConnection = connectionType(
  'PackageServer',
  'package servers',
  () => PackageServerNode,
);
export const ComputerConnection = connectionType('Computer', 'computers', () => ComputerNode);
