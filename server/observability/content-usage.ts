import type { Clock } from '../../core/clock.ts';
import type { ContentStore } from '../../content/index.ts';

/** Measuring walks every object, so readers within a minute share one answer. */
const KEPT_MS = 60_000;

/** The usage of a content store, at most a minute old. */
export function contentUsage(
  content: Pick<ContentStore, 'usage'>,
  clock: Clock,
): () => ReturnType<ContentStore['usage']> {
  let answer: ReturnType<ContentStore['usage']> | undefined;
  let askedAtMs = 0;
  return () => {
    const nowMs = clock.monotonicMs();
    if (!answer || nowMs - askedAtMs > KEPT_MS) {
      askedAtMs = nowMs;
      answer = content.usage();
      answer.catch(() => (answer = undefined));
    }
    return answer;
  };
}
