import type { Door } from '../http/door.ts';
import { connectionTestDoor } from './connection-test-door.ts';
import { createResourceDoor } from './create-resource-door.ts';
import { filesDoor, type FilesDoorOptions } from './files-door.ts';
import { packageInfoDoor, type PackageInfoDoorOptions } from './package-info-door.ts';
import { policiesDoor, type PoliciesDoorOptions } from './policies-door.ts';
import { postEventDoor, type PostEventDoorOptions } from './post-event-door.ts';
import { snapshotDoor, type SnapshotDoorOptions } from './snapshot-door.ts';
import { unknownPageDoor } from './unknown-page-door.ts';

export type LegacyDoorsOptions = FilesDoorOptions &
  PackageInfoDoorOptions &
  PoliciesDoorOptions &
  PostEventDoorOptions &
  SnapshotDoorOptions;

/** Everything below `/Altiris/`, in the order to ask; see docs/legacy-endpoints.md. */
export function legacyDoors(options: LegacyDoorsOptions): Door[] {
  return [
    filesDoor(options),
    packageInfoDoor(options),
    snapshotDoor(options),
    policiesDoor(options),
    postEventDoor(options),
    createResourceDoor(),
    connectionTestDoor(),
    unknownPageDoor(),
  ];
}

export { snapshotDocument } from './snapshot-document.ts';
