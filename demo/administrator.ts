import {
  accepted,
  AssignPackageServerToSiteDocument,
  ConvergenceChangedDocument,
  CreateEnrollmentTokenDocument,
  createSmpClient,
  CreatePackageDocument,
  CreatePackageServerDocument,
  CreateSiteDocument,
  CreateSubnetDocument,
  ExplainCodebasesDocument,
  GetConvergenceDocument,
  GetPackageServerDocument,
  GetTreeDocument,
  HierarchyRelationsDocument,
  JobUpdatedDocument,
  ListPackageStatusDocument,
  ReadOnlySqlDocument,
  UpdateDistributionPointsDocument,
  UpdatePackageServerDocument,
  UpdateSettingsDocument,
  type ConvergenceFieldsFragment,
  type CreatePackageServerInput,
  type SmpClient,
} from '../client-sdk/src/index.ts';
import { toGuid, type Guid } from '../core/guid.ts';

/** Something that was made: its id in the API and its GUID. */
export interface Made {
  readonly id: string;
  readonly guid: Guid;
}

/** What an administrator does, through the client SDK. */
export function administrator(url: string, token: string) {
  const client = createSmpClient({ url, token });
  return {
    ...machines(client),
    ...packages(client),
    ...questions(client),
    ...hierarchy(client),
  };
}

export type Administrator = ReturnType<typeof administrator>;

function made(node: { readonly id: string; readonly guid: string }): Made {
  return { id: node.id, guid: toGuid(node.guid) };
}

/** Sites and package servers. */
function machines(client: SmpClient) {
  return {
    async createSite(name: string, networks: readonly string[]): Promise<Made> {
      const { createSite } = await client.execute(CreateSiteDocument, { input: { name } });
      const site = made(accepted(createSite).site!);
      for (const network of networks) {
        const input = { network, siteId: site.id };
        accepted((await client.execute(CreateSubnetDocument, { input })).createSubnet);
      }
      return site;
    },

    async createPackageServer(input: CreatePackageServerInput, site: Made): Promise<Made> {
      const { createPackageServer } = await client.execute(CreatePackageServerDocument, { input });
      const server = made(accepted(createPackageServer).packageServer!);
      const assignment = { packageServerId: server.id, siteId: site.id };
      const answer = await client.execute(AssignPackageServerToSiteDocument, { input: assignment });
      accepted(answer.assignPackageServerToSite);
      return server;
    },

    async packageServerNamed(name: string): Promise<Made> {
      const answer = await client.execute(GetPackageServerDocument, { by: { name } });
      return made(answer.packageServer!);
    },

    /** For one machine, once. */
    async enrollmentToken(server: Made): Promise<string> {
      const input = { kind: 'PACKAGE_SERVER', packageServerId: server.id } as const;
      const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
      return accepted(answer.createEnrollmentToken).token!;
    },

    /** Tells where agents reach a package server. */
    async publishAt(server: Made, httpUrl: string): Promise<void> {
      const input = { id: server.id, httpUrl };
      accepted((await client.execute(UpdatePackageServerDocument, { input })).updatePackageServer);
    },

    /** What each package server may take together; 0 is no limit. */
    async limitTransfers(packageServerMaxBytesPerSecond: number): Promise<void> {
      const input = { packageServerMaxBytesPerSecond };
      accepted((await client.execute(UpdateSettingsDocument, { input })).updateSettings);
    },
  };
}

/** Packages and their distribution points. */
function packages(client: SmpClient) {
  return {
    async createPackage(name: string, path: string): Promise<Made> {
      const input = { name, source: { kind: 'LOCAL', path } } as const;
      const { createPackage } = await client.execute(CreatePackageDocument, { input });
      return made(accepted(createPackage).package!);
    },

    /** Update Distribution Points, told of every step; answers what came of it. */
    async update(one: Made, onProgress: (text: string) => void): Promise<string> {
      const input = { packageIds: [one.id] };
      const answer = await client.execute(UpdateDistributionPointsDocument, { input });
      const [job] = accepted(answer.updateDistributionPoints).jobs!;
      for await (const { jobUpdated } of client.subscribe(JobUpdatedDocument, { id: job!.id })) {
        const { state, message, done, total, filesDone, filesTotal } = jobUpdated;
        if (state === 'SUCCEEDED') return message;
        if (state === 'FAILED' || state === 'CANCELLED') throw new Error(message);
        const percent = total > 0 ? Math.floor((100 * done) / total) : 0;
        onProgress(`${message} ${percent} %, ${filesDone} of ${filesTotal} files`);
      }
      throw new Error('the job was not seen to its end');
    },
  };
}

/** What is asked, and changes nothing. */
function questions(client: SmpClient) {
  return {
    async query(sql: string): Promise<readonly (readonly string[])[]> {
      const { readOnlySql } = await client.execute(ReadOnlySqlDocument, { sql });
      return [
        readOnlySql.columns,
        ...(readOnlySql.rows ?? []).map((row) => (row ?? []).map(String)),
      ];
    },

    async explain(one: Made, address: string) {
      const request = { package: { guid: one.guid }, addresses: [address] };
      return (await client.execute(ExplainCodebasesDocument, { request })).explainCodebases;
    },

    /** What a package server has of a package: its state, and the version that it holds. */
    async statusOf(server: Made, one: Made): Promise<{ state: string; heldVersion: number }> {
      const { packageStatusRows } = await client.execute(ListPackageStatusDocument, { first: 200 });
      const row = packageStatusRows.nodes.find(
        ({ packageGuid, packageServerGuid }) =>
          packageGuid === one.guid && packageServerGuid === server.guid,
      );
      return { state: row?.state ?? 'PENDING', heldVersion: row?.heldVersion ?? 0 };
    },
  };
}

/** What is asked of the whole tree below the SMP. */
function hierarchy(client: SmpClient) {
  return {
    async hasJoined(): Promise<boolean> {
      const { smp } = await client.execute(HierarchyRelationsDocument, {});
      return smp.parent?.state === 'JOINED';
    },

    /** Every SMP from this one down, by name, and whether it answers. */
    async statusInTree(): Promise<ReadonlyMap<string, string>> {
      const variables = { timeoutMs: 2_000, first: 200 };
      const { tree } = await client.execute(GetTreeDocument, variables);
      return new Map(
        tree.nodes.map(({ summary, status, nodeId }) => [summary?.name ?? nodeId, status]),
      );
    },

    /** How far the present version of a package is, then each change of it. */
    async *convergence(one: Made): AsyncGenerator<ConvergenceFieldsFragment> {
      const variables = { by: { packageId: one.guid } };
      for await (const answer of client.subscribe(ConvergenceChangedDocument, variables)) {
        yield answer.convergenceChanged;
      }
    },

    /** SMP by SMP how long the present version took. */
    async convergenceByNode(one: Made) {
      const variables = { by: { packageId: one.guid }, first: 200 };
      return (await client.execute(GetConvergenceDocument, variables)).convergence.byNode.nodes;
    },
  };
}
