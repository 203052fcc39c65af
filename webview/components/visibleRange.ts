const overscan = 6;
const firstGuess = 800; // pixels, until the height is known

/** The indexes of the rows to draw, ascending: those in sight, a few around them, and the active one wherever it is. */
export function visibleRange(
  count: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
  active: number,
): readonly number[] {
  const room = height > 0 ? height : firstGuess;
  const top = Math.max(0, Math.min(scrollTop, count * rowHeight - room));
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((top + room) / rowHeight) + overscan);
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  if (active < 0 || active >= count || (active >= first && active < end)) return indexes;
  return active < first ? [active, ...indexes] : [...indexes, active];
}
