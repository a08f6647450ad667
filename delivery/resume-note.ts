import { readFile, writeFile } from 'node:fs/promises';
import type { Codebase } from './source.ts';

/** Beside a partial file: where its bytes came from and under which entity tag. */
export interface ResumeNote {
  readonly url: string;
  readonly etag: string | undefined;
}

/** A lost or torn note costs at most the validation that `If-Range` gives, never correctness. */
export async function readResumeNote(path: string): Promise<ResumeNote | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [url, etag] = text.split('\n');
  return url
    ? { url, etag: etag?.startsWith('"') && etag.endsWith('"') ? etag : undefined }
    : undefined;
}

export async function writeResumeNote(path: string, note: ResumeNote): Promise<void> {
  await writeFile(path, `${note.url}\n${note.etag ?? ''}`);
}

/**
 * The tag to resume under: one that is the content's own hash holds at any source, any other only
 * at the source that gave it. Without a tag the hash of the whole file decides alone.
 */
export function resumeTag(
  note: ResumeNote | undefined,
  codebase: Codebase,
  sha256: string,
): string | undefined {
  if (note?.etag === undefined) return undefined;
  return note.url === codebase.url || note.etag.includes(sha256) ? note.etag : undefined;
}
