/**
 * The reason of a signal that only ends a wait which is not needed any more. Made once: each
 * `DOMException` keeps a stack, which costs more than what it ends.
 */
export const OVER = new DOMException('Over.', 'AbortError');
