import type {
  ChildLinkFieldsFragment,
  JoinCheckFieldsFragment,
  ParentLinkFieldsFragment,
} from '../../client-sdk/src/index.ts';
import { defineView } from '../output/view.ts';

type Relation =
  | (ParentLinkFieldsFragment & { readonly role: 'parent' })
  | (ChildLinkFieldsFragment & { readonly role: 'child' });

export const RELATION_VIEW = defineView<Relation>({
  name: (row) => row.guid,
  columns: [
    { header: 'role', value: (row) => row.role },
    { header: 'guid', value: (row) => row.guid, kind: 'guid' },
    { header: 'name', value: (row) => row.name },
    { header: 'state', value: (row) => row.state },
    { header: 'since', value: (row) => row.since, kind: 'date' },
    { header: 'url', value: (row) => row.url },
    { header: 'node id', value: (row) => row.nodeId, wide: true },
    { header: 'metadata only', value: (row) => row.metadataOnly, wide: true },
    { header: 'deadline', value: (row) => row.deadline, kind: 'date', wide: true },
    {
      header: 'reason',
      value: (row) => (row.role === 'parent' ? row.reason : undefined),
      wide: true,
    },
  ],
});

export const JOIN_CHECK_VIEW = defineView<JoinCheckFieldsFragment>({
  name: (row) => row.code,
  columns: [
    { header: 'outcome', value: (row) => row.outcome },
    { header: 'side', value: (row) => row.side },
    { header: 'check', value: (row) => row.code },
    { header: 'finding', value: (row) => row.text },
  ],
});
