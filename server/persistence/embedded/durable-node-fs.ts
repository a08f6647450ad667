import { fsyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type EngineOptions = Awaited<ReturnType<NodeFS['init']>>['emscriptenOpts'];

interface NodeFileOperations {
  fsync?: (stream: { readonly nfd: number }) => number;
}

/**
 * PGlite's file layer answers fsync without doing anything, so its commits survive the death of
 * the process but not of the machine. This one flushes the file and counts.
 */
export class DurableNodeFs extends NodeFS {
  private readonly onFsync: () => void;

  constructor(directory: string, onFsync: () => void) {
    super(directory);
    this.onFsync = onFsync;
  }

  override async init(
    engine: PGlite,
    options: EngineOptions,
  ): Promise<{ emscriptenOpts: EngineOptions }> {
    const { emscriptenOpts } = await super.init(engine, options);
    const hook = (module: unknown): void => {
      nodeFileOperations(module).fsync = (stream) => {
        fsyncSync(stream.nfd);
        this.onFsync();
        return 0;
      };
    };
    const preRun = [...((emscriptenOpts.preRun ?? []) as unknown[]), hook];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } as EngineOptions };
  }
}

/** Throws when the engine has no such place, so that an upgrade cannot switch durability off. */
function nodeFileOperations(module: unknown): NodeFileOperations {
  const filesystems = (
    module as { FS?: { filesystems?: { NODEFS?: { stream_ops?: NodeFileOperations } } } }
  ).FS?.filesystems;
  const operations = filesystems?.NODEFS?.stream_ops;
  if (!operations) throw new Error('this PGlite has no NODEFS stream operations to make durable');
  return operations;
}
