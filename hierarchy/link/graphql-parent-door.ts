import {
  AcknowledgeTreeDocument,
  AnswerOperationDocument,
  ChildLinkDocument,
  DownloadTicketDocument,
  isSmpError,
  LeaveParentDocument,
  OfferTreeItemsDocument,
  ReportTreeDocument,
  TreeDigestsDocument,
  TreeItemsDocument,
  type ChildLinkSubscription,
  type SmpClient,
  type SmpConnection,
} from '../../client-sdk/src/index.ts';
import { CanopyError, ERRORS, type ErrorCode, type Problem } from '../../core/errors.ts';
import { toGuid } from '../../core/guid.ts';
import type { ChildLinkEvent, OperationAnswer, SentItem, UpPage } from './link-protocol.ts';
import type { ParentDoor } from './parent-door.ts';
import * as shapes from './wire-shapes.ts';

export interface GraphqlParentDoorOptions {
  /** Signs its requests; for what is too large for the connection. */
  readonly client: SmpClient;
  readonly connection: SmpConnection;
  readonly blob: ParentDoor['blob'];
  /** Told what the parent's clock says. */
  readonly onServerTime: (serverTimeMs: number) => void;
}

/** Of the 1 MiB that a message may have, the rest is for the document and what wraps it. */
const SOCKET_BYTES = 1024 * 1024 - 32 * 1024;
/** Of a signed POST. */
const POST_BYTES = 4 * 1024 * 1024 - 32 * 1024;

/** The parent over GraphQL: one subscription and the operations beside it on one connection. */
export function graphqlParentDoor(options: GraphqlParentDoorOptions): ParentDoor {
  const { client, connection, blob, onServerTime } = options;
  const larger = (value: object) => (sizeOf(value) > SOCKET_BYTES ? client : connection);
  return {
    async *events(hello, signal) {
      try {
        for await (const { childLink } of connection.subscribe(
          ChildLinkDocument,
          { hello },
          { signal },
        )) {
          const event = readEvent(childLink);
          if ('serverTimeMs' in event) onServerTime(event.serverTimeMs);
          yield event;
        }
      } catch (error) {
        throw asCanopyError(error);
      }
    },
    acknowledge: (cursor) => said(connection.execute(AcknowledgeTreeDocument, { cursor })),
    async digests({ prefixes }) {
      const variables = { prefixes: [...prefixes] };
      return (await told(connection.execute(TreeDigestsDocument, variables))).treeDigests;
    },
    async items(keys) {
      const { treeItems } = await told(connection.execute(TreeItemsDocument, { keys: [...keys] }));
      return treeItems.map(sentItem);
    },
    async offerNewer(signed) {
      const items = signed.map((item) => ({ ...item }));
      const { offerTreeItems } = await told(
        larger(items).execute(OfferTreeItemsDocument, { items }),
      );
      return { withdrawn: offerTreeItems };
    },
    report: ({ states, ...place }: UpPage) => {
      const page = { states: states.map((state) => ({ ...state })), ...place };
      return said(larger(page).execute(ReportTreeDocument, { page }));
    },
    answer: (given) => {
      const answer = { ...fitting(given) };
      return said(larger(answer).execute(AnswerOperationDocument, { answer }));
    },
    blob,
    async ticket(packageId, internalVersion) {
      const variables = { packageId, internalVersion };
      const { downloadTicket } = await told(connection.execute(DownloadTicketDocument, variables));
      return { ...downloadTicket, packageId: toGuid(downloadTicket.packageId) };
    },
    leave: () => said(connection.execute(LeaveParentDocument)),
  };
}

/** An answer that is too large for any door becomes one that says so. */
function fitting(answer: OperationAnswer): OperationAnswer {
  const sizeBytes = sizeOf(answer);
  if (sizeBytes <= POST_BYTES) return answer;
  const message = `The answer has ${sizeBytes} bytes, more than ${POST_BYTES}; ask for less at a time.`;
  return { ...answer, data: undefined, errors: [{ message }] };
}

type WireEvent = ChildLinkSubscription['childLink'];

function readEvent(event: WireEvent): ChildLinkEvent {
  switch (event.__typename) {
    case 'ChildStandingEvent': {
      const { upCursor, serverTimeMs, lineage, raises: told, __typename, ...rest } = event;
      const standing = { ...rest, lineage: shapes.lineage(lineage, 'lineage') };
      const raises = shapes.raises(told, 'raises');
      return { kind: 'STANDING', standing, upCursor, raises, serverTimeMs };
    }
    case 'ChildPageEvent': {
      const { items, cursor, more } = event;
      return { kind: 'PAGE', page: { items: items.map(sentItem), cursor, more } };
    }
    case 'ChildCompareEvent':
      return { kind: 'COMPARE', reason: event.reason };
    case 'ChildOffersEvent': {
      const offers = shapes.upstreamOffers(event.offers, 'offers');
      const { complete } = event;
      return { kind: 'OFFERS', offers, withdrawn: event.withdrawn.map(toGuid), complete };
    }
    case 'ChildServersEvent':
      return { kind: 'SERVERS', servers: shapes.upstreamServers(event.servers, 'servers') };
    case 'ChildOperationEvent': {
      const operation = shapes.delegatedOperation(event.operation, 'operation');
      return { kind: 'OPERATION', operation };
    }
    case 'ChildCancelEvent':
      return { kind: 'CANCEL', operationId: event.operationId };
    case 'ChildHeartbeatEvent':
      return { kind: 'HEARTBEAT', serverTimeMs: event.serverTimeMs };
    case 'ChildRemovedEvent':
      return { kind: 'REMOVED', keepsItems: event.keepsItems };
  }
}

function sentItem({ item, withdrawnKey, ageMs }: WireItem): SentItem {
  return withdrawnKey == null
    ? { kind: 'ITEM', item: shapes.signedTreeItem(item, 'item'), ageMs }
    : { kind: 'WITHDRAWN', ...shapes.treeItemKey(withdrawnKey, 'withdrawnKey') };
}

interface WireItem {
  readonly item: unknown;
  readonly withdrawnKey: string | null;
  readonly ageMs: number;
}

function sizeOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

async function said(work: Promise<unknown>): Promise<void> {
  await told(work);
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asCanopyError(error);
  }
}

/** With the parent's code; `NOT_READY` for a connection that ended or never was. */
function asCanopyError(error: unknown): unknown {
  if (!isSmpError(error)) return error;
  const known = Object.hasOwn(ERRORS, error.code);
  const code = known ? (error.code as ErrorCode) : 'NOT_READY';
  const { retryAfterMs, message } = error;
  return new CanopyError(code, message, {
    ...(known ? { problems: error.problems as readonly Problem[] } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}
