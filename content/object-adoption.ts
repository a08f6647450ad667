import { closeSync, openSync, rmSync } from 'node:fs';
import { CanopyError } from '../core/errors.ts';
import { syncFolder } from './atomic-file.ts';
import { digestFile, type ContentDigest } from './content-digest.ts';
import { blockOptions, fileObject, sealFile } from './object-writer.ts';
import { storePaths } from './store-paths.ts';
import type { TaskControl } from './task-control.ts';

/**
 * Takes a file of the store's temporary folder over as the object it is claimed to be, after
 * reading all of it. The file is gone afterwards. Throws `CONTENT_DAMAGED` when it is not that
 * content, and then removes it.
 */
export function adoptFile(
  task: {
    readonly storeFolder: string;
    readonly file: string;
    readonly sha256: string;
    readonly sizeBytes: number;
  },
  control: TaskControl,
): ContentDigest {
  sealFile(task.file);
  const digest = digestPath(task.file, control);
  if (digest.sha256 !== task.sha256 || digest.sizeBytes !== task.sizeBytes) {
    rmSync(task.file, { force: true });
    throw new CanopyError(
      'CONTENT_DAMAGED',
      `Received ${digest.sizeBytes} bytes with SHA-256 ${digest.sha256} ` +
        `instead of ${task.sizeBytes} bytes with ${task.sha256}.`,
      { hint: 'Fetch them again, from another source if it stays so.' },
    );
  }
  const object = storePaths(task.storeFolder).object(task.sha256);
  syncFolder(fileObject(task.file, object, task.sizeBytes));
  return digest;
}

function digestPath(path: string, control: TaskControl): ContentDigest {
  const descriptor = openSync(path, 'r');
  try {
    return digestFile(descriptor, blockOptions(control));
  } finally {
    closeSync(descriptor);
  }
}
