import type { Guid } from '../core/guid.ts';
import { assembleFolder } from './assemble-folder.ts';
import { syncFolder } from './atomic-file.ts';
import { commitFiles } from './commit-files.ts';
import { hashSource, storeSource } from './object-writer.ts';
import type { TreeLimits } from './path-policy.ts';
import { closePart, finishPart, resumePart, writePart } from './part-file.ts';
import { adoptFile } from './object-adoption.ts';
import { walkSource } from './source-walk.ts';
import { findObjects, measureObjects, removeTree, scrubShard, sweepStore } from './store-upkeep.ts';
import type { TaskControl } from './task-control.ts';
import { publishFolder, verifyFolder } from './tree-folder.ts';

/**
 * The work that runs in worker threads: synchronous, from plain data to plain data. Parts alone
 * stay open in their thread between two tasks.
 */
export const WORKER_TASKS = {
  walkSource: (
    task: { readonly folder: string; readonly limits: TreeLimits },
    control: TaskControl,
  ) => walkSource(task.folder, task.limits, control),
  hashSource,
  storeSource,
  syncFolders: (folders: readonly string[], control: TaskControl) => {
    for (const folder of folders) {
      control.throwIfCancelled();
      syncFolder(folder);
    }
  },
  adoptFile,
  publishFolder,
  verifyFolder,
  removeTree: (task: {
    readonly storeFolder: string;
    readonly packageId: Guid;
    readonly internalVersion: number;
  }) => removeTree(task.storeFolder, task.packageId, task.internalVersion),
  scrubShard,
  sweepStore,
  measureObjects,
  findObjects,
  resumePart,
  writePart,
  finishPart,
  closePart,
  commitFiles,
  assembleFolder,
};

export type WorkerTasks = typeof WORKER_TASKS;
export type TaskName = keyof WorkerTasks;
export type TaskInput<K extends TaskName> = Parameters<WorkerTasks[K]>[0];
export type TaskOutput<K extends TaskName> = ReturnType<WorkerTasks[K]>;
