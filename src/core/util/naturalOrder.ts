let collator: Intl.Collator | undefined;

/** Order of names as people count: `v9` before `v10`. */
export function naturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}
