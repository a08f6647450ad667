import { CanopyError } from '../../../core/errors.ts';
import type { ProvenNode } from '../../../core/prove-node.ts';
import type { ParentConnector } from '../../../hierarchy/link/parent-ports.ts';
import { admit } from '../../../hierarchy/membership/admit.ts';
import { takeLeave } from '../../../hierarchy/membership/leave.ts';
import type { ParentContact } from '../../../hierarchy/membership/parent-contact.ts';
import { LinkConnection, type LinkTap } from './link-connection.ts';
import { copyOf, type Network } from './network.ts';
import type { SmpProcess } from './smp-process.ts';

/** How the processes of a world reach each other. */
export class NodeTransport {
  private readonly network: Network;
  private readonly tap: LinkTap;
  private readonly connections = new Set<LinkConnection>();

  constructor(network: Network, tap: LinkTap) {
    this.network = network;
    this.tap = tap;
  }

  contactOf(from: SmpProcess): ParentContact {
    const { network } = this;
    return {
      prove: (url, nodeId) => this.prove(from, url, nodeId),
      admit: (url, request) =>
        network.request(from, network.at(url), {
          kind: request.dryRun ? 'admit (dry run)' : 'admit',
          work: (target) => admit(target.membership, copyOf(request)),
        }),
      leave: (url, notice) =>
        network.request(from, network.at(url), {
          kind: 'leave',
          work: (target) => takeLeave(target.membership, copyOf(notice)),
        }),
    };
  }

  connectorOf(from: SmpProcess): ParentConnector {
    return {
      open: async ({ url, nodeId }) => {
        await this.prove(from, url, nodeId);
        const { guid, identity } = from.machine;
        let answered: SmpProcess | undefined;
        await this.network.request(from, this.network.at(url), {
          kind: 'upgrade',
          work: async (target) => {
            target.linkOf(guid, identity.publicKey);
            answered = target;
          },
        });
        const parent = answered!;
        const link = parent.linkOf(guid, identity.publicKey);
        const connection = new LinkConnection(
          this.network,
          { child: from, parent, tap: this.tap },
          link,
        );
        this.connections.add(connection);
        return connection;
      },
    };
  }

  /** A process died: what it was connected to finds out, or does not. */
  died(process: SmpProcess, silently: boolean): void {
    for (const connection of this.open()) {
      if (connection.child === process || connection.parent === process) {
        connection.died(process, silently);
      }
    }
  }

  /** A connection that lives, for a fault to cut. */
  resetOne(pick: <T>(from: readonly T[]) => T | undefined): string | undefined {
    const connection = pick(this.open());
    connection?.reset();
    return connection && `${connection.child.machine.name}-${connection.parent.machine.name}`;
  }

  private open(): LinkConnection[] {
    for (const one of this.connections) if (!one.isOpen) this.connections.delete(one);
    return [...this.connections];
  }

  private async prove(from: SmpProcess, url: string, nodeId: string): Promise<ProvenNode> {
    const proven = await this.network.request(from, this.network.at(url), {
      kind: 'prove',
      work: async ({ machine: { identity, clock } }) => {
        const { nodeId: own, publicKey } = identity;
        return { nodeId: own, publicKey, serverTimeMs: clock.nowMs() };
      },
    });
    if (proven.nodeId === nodeId) return proven;
    throw new CanopyError('NODE_KEY_MISMATCH', `${url} is not ${nodeId}.`);
  }
}
