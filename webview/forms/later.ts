/** Runs `fn` after `ms`; returns the undo. */
export function later(ms: number, fn: () => void): () => void {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
}
