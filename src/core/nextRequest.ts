/** The open request after the one that was looked at last, oldest first and round again; undefined when none is open. */
export function nextRequest<T extends { readonly id: string; readonly createdAt: number }>(
  open: readonly T[],
  last: string | undefined,
): T | undefined {
  const sorted = open.toSorted((a, b) => a.createdAt - b.createdAt);
  return sorted[(sorted.findIndex(({ id }) => id === last) + 1) % Math.max(sorted.length, 1)];
}
