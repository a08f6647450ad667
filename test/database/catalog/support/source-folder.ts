import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package source on disk. */
export interface TestSource {
  readonly path: string;
  write(file: string, text: string): void;
  remove(file: string): void;
  /** Another modification time and the same bytes. */
  touch(file: string, atSeconds: number): void;
}

export function testSource(folder: string, name: string): TestSource {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return {
    path,
    write: (file, text) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    remove: (file) => rmSync(join(path, file), { recursive: true }),
    touch: (file, atSeconds) => utimesSync(join(path, file), atSeconds, atSeconds),
  };
}
