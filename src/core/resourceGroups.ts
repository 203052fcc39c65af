/** What stands below a list of resources: one of them, or a group that makes what is below it when it is asked. */
export type GroupEntry<T> =
  | { readonly kind: 'item'; readonly item: T }
  | {
      readonly kind: 'group';
      /** Unique in the whole tree, and the same while its resources are. */
      readonly key: string;
      /** Foreign text: the part of the address that is common, or the first and the last of a range. */
      readonly label: string;
      readonly count: number;
      readonly entries: () => readonly GroupEntry<T>[];
    };

const maxFlat = 100;
const root = /^[^:/?#]{1,60}:(?:\/\/[^/?#]*\/?)?/;

/** Few resources as they are; many by scheme and folder, and what is still many in ranges, in the server's order. */
export function resourceGroups<T>(items: readonly T[], uriOf: (item: T) => string): readonly GroupEntry<T>[] {
  return split(items, '', uriOf);
}

function split<T>(items: readonly T[], prefix: string, uriOf: (item: T) => string): readonly GroupEntry<T>[] {
  if (items.length <= maxFlat) return items.map((item) => ({ kind: 'item', item }));
  const folders = new Map<string, T[]>();
  const entries: ({ readonly folder: string } | { readonly item: T })[] = [];
  for (const item of items) {
    const folder = folderOf(uriOf(item), prefix);
    const known = folder === undefined ? undefined : folders.get(folder);
    if (known) known.push(item);
    else if (folder === undefined) entries.push({ item });
    else {
      folders.set(folder, [item]);
      entries.push({ folder });
    }
  }
  const [only] = folders.keys();
  if (only !== undefined && entries.length === 1) return split(items, only, uriOf);
  return ranges(
    entries.map((entry): GroupEntry<T> => {
      if ('item' in entry) return { kind: 'item', item: entry.item };
      const { folder } = entry;
      const inside = folders.get(folder) ?? [];
      const [first] = inside;
      if (inside.length === 1 && first !== undefined) return { kind: 'item', item: first };
      return {
        kind: 'group',
        key: `f ${folder}`,
        label: folder.slice(prefix.length),
        count: inside.length,
        entries: () => split(inside, folder, uriOf),
      };
    }),
    uriOf,
    prefix,
  );
}

/** What follows `prefix` up to the next slash, with the prefix; undefined for what lies there itself. */
function folderOf(uri: string, prefix: string): string | undefined {
  if (prefix === '') return root.exec(uri)?.[0];
  const end = uri.indexOf('/', prefix.length);
  return end < 0 || end - prefix.length > 200 ? undefined : uri.slice(0, end + 1);
}

function ranges<T>(
  entries: readonly GroupEntry<T>[],
  uriOf: (item: T) => string,
  prefix: string,
  level = 0,
): readonly GroupEntry<T>[] {
  if (entries.length <= maxFlat) return entries;
  const name = (entry: GroupEntry<T> | undefined): string =>
    entry === undefined ? '' : entry.kind === 'group' ? entry.label : uriOf(entry.item).slice(prefix.length);
  const parts: GroupEntry<T>[] = [];
  for (let at = 0; at < entries.length; at += maxFlat) {
    const part = entries.slice(at, at + maxFlat);
    parts.push({
      kind: 'group',
      key: `r ${level} ${at} ${prefix}`,
      label: `${name(part[0]).slice(0, 80)} … ${name(part.at(-1)).slice(0, 80)}`,
      count: part.reduce((sum, entry) => sum + (entry.kind === 'group' ? entry.count : 1), 0),
      entries: () => part,
    });
  }
  return ranges(parts, uriOf, prefix, level + 1);
}
