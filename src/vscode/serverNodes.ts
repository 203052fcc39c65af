import type { Listing, Prompt, Resource, ResourceTemplate, Tool } from '../core/connection.ts';
import type { Offer, ServerSnapshot } from '../core/connections.ts';
import { resourceGroups, type GroupEntry } from '../core/resourceGroups.ts';
import type { ConfigProblem } from '../core/server.ts';
import { naturalOrder } from '../core/util/naturalOrder.ts';

/** The lists below a server. */
export type ListKind = 'tools' | 'resources' | 'prompts';

/** A row of the Servers view; the same object for as long as the row exists. */
export type ServerNode =
  | { readonly kind: 'problem'; readonly id: string; problem: ConfigProblem }
  | { readonly kind: 'server'; readonly id: string; readonly serverId: string }
  | { readonly kind: 'list'; readonly id: string; readonly serverId: string; readonly list: ListKind }
  | { readonly kind: 'tool'; readonly id: string; readonly serverId: string; item: Tool }
  | { readonly kind: 'resource'; readonly id: string; readonly serverId: string; item: Resource }
  | { readonly kind: 'template'; readonly id: string; readonly serverId: string; item: ResourceTemplate }
  | { readonly kind: 'prompt'; readonly id: string; readonly serverId: string; item: Prompt }
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly serverId: string;
      /** Foreign text; empty for the templates. */
      label: string;
      count: number;
    }
  | {
      readonly kind: 'note';
      readonly id: string;
      readonly serverId: string;
      readonly list: ListKind;
      readonly text: string;
    };

/** What to refresh after a change: the whole view, or single rows with what is below them. */
export type Refresh = 'all' | readonly ServerNode[];

interface Entry {
  snapshot: ServerSnapshot;
  readonly node: ServerNode & { kind: 'server' };
  readonly lists: Partial<Record<ListKind, ServerNode>>;
  /** The rows of each list when they were last asked for, by id. */
  readonly items: Partial<Record<ListKind, ReadonlyMap<string, ServerNode>>>;
  /** Groups of resources by id, with what makes their rows. */
  readonly groups: Map<string, { readonly node: GroupNode; rows: () => readonly ServerNode[] }>;
  /** The rows that stand in a group. */
  readonly groupOf: WeakMap<ServerNode, GroupNode>;
}

type GroupNode = ServerNode & { kind: 'group' };

/** The rows of the Servers view: which there are, and which to refresh after a change. */
export class ServerNodes {
  #entries = new Map<string, Entry>();
  #problems: readonly (ServerNode & { kind: 'problem' })[] = [];
  #problemList: readonly ConfigProblem[] | undefined;

  /** Takes in the new state and says what to refresh; costs nothing for servers that are the same object as before. */
  update(servers: readonly ServerSnapshot[], problems: readonly ConfigProblem[]): Refresh {
    const entries = new Map<string, Entry>();
    const changed: ServerNode[] = [];
    for (const snapshot of [...servers].sort(byName)) {
      const id = snapshot.definition.id;
      const entry = this.#entries.get(id) ?? {
        snapshot,
        node: { kind: 'server', id: `server ${id}`, serverId: id },
        lists: {},
        items: {},
        groups: new Map(),
        groupOf: new WeakMap(),
      };
      if (entry.snapshot !== snapshot) {
        entry.snapshot = snapshot;
        changed.push(entry.node);
      }
      entries.set(id, entry);
    }
    const sameRows = sameKeys(entries, this.#entries) && problems === this.#problemList;
    this.#entries = entries;
    if (problems !== this.#problemList) {
      this.#problemList = problems;
      this.#problems = problems.map((problem, i) => ({
        kind: 'problem',
        id: `problem ${i} ${problem.source.file}`,
        problem,
      }));
    }
    return sameRows ? changed : 'all';
  }

  roots(): readonly ServerNode[] {
    return [...this.#problems, ...[...this.#entries.values()].map((entry) => entry.node)];
  }

  children(node: ServerNode): readonly ServerNode[] {
    if (node.kind !== 'server' && node.kind !== 'list' && node.kind !== 'group') return [];
    const entry = this.#entries.get(node.serverId);
    if (!entry) return [];
    if (node.kind === 'group') return entry.groups.get(node.id)?.rows() ?? [];
    if (node.kind === 'server') return shownLists(entry.snapshot.offer).map((list) => listNode(entry, list));
    const rows = items(entry, node.list);
    return node.list === 'resources' && rows.length > maxUngrouped ? grouped(entry, rows) : rows;
  }

  parent(node: ServerNode): ServerNode | undefined {
    if (node.kind === 'problem' || node.kind === 'server') return undefined;
    const entry = this.#entries.get(node.serverId);
    if (!entry || node.kind === 'list') return entry?.node;
    const group = entry.groupOf.get(node);
    if (group) return group;
    if (node.kind === 'group') return listNode(entry, 'resources');
    return listNode(entry, node.kind === 'note' ? node.list : listOf[node.kind]);
  }

  /** The row of a server, or of one of its tools, to reveal it. */
  find(serverId: string, tool?: string): ServerNode | undefined {
    const entry = this.#entries.get(serverId);
    if (!entry || tool === undefined) return entry?.node;
    return items(entry, 'tools').find((node) => node.kind === 'tool' && node.item.name === tool);
  }

  /** The server a row belongs to. */
  snapshot(node: ServerNode): ServerSnapshot | undefined {
    return node.kind === 'problem' ? undefined : this.#entries.get(node.serverId)?.snapshot;
  }
}

const listOf = { tool: 'tools', resource: 'resources', template: 'resources', prompt: 'prompts' } as const;

function byName(a: ServerSnapshot, b: ServerSnapshot): number {
  return naturalOrder(a.definition.name, b.definition.name) || (a.definition.id < b.definition.id ? -1 : 1);
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  const others = b.keys();
  for (const key of a.keys()) if (key !== others.next().value) return false;
  return true;
}

/** The lists that have something to show. */
export function shownLists(offer: Offer | undefined): readonly ListKind[] {
  if (!offer) return [];
  const size = (...listings: readonly Listing<unknown>[]) =>
    listings.reduce((sum, { items, problems }) => sum + items.length + problems.length, 0);
  const sizes = {
    tools: size(offer.tools),
    resources: size(offer.resources, offer.resourceTemplates),
    prompts: size(offer.prompts),
  };
  return (['tools', 'resources', 'prompts'] as const).filter((list) => sizes[list] > 0);
}

function listNode(entry: Pick<Entry, 'lists' | 'node'>, list: ListKind): ServerNode {
  const { serverId } = entry.node;
  return (entry.lists[list] ??= { kind: 'list', id: `${list} ${serverId}`, serverId, list });
}

const maxUngrouped = 100;

/** The rows of a long list of resources: templates, folders of resources, and what could not be read. */
function grouped(entry: Entry, rows: readonly ServerNode[]): readonly ServerNode[] {
  const of = (kind: ServerNode['kind']) => rows.filter((row) => row.kind === kind);
  const templates = of('template');
  const resources = of('resource').filter((row) => row.kind === 'resource');
  return [
    ...(templates.length > 0 ? [group(entry, 'templates', '', templates.length, () => templates)] : []),
    ...groupRows(
      entry,
      resourceGroups(resources, (row) => row.item.uri),
    ),
    ...of('note'),
  ];
}

function groupRows(entry: Entry, entries: readonly GroupEntry<ServerNode>[]): readonly ServerNode[] {
  return entries.map((one) =>
    one.kind === 'item'
      ? one.item
      : group(entry, one.key, one.label, one.count, () => groupRows(entry, one.entries())),
  );
}

function group(
  entry: Entry,
  key: string,
  label: string,
  count: number,
  make: () => readonly ServerNode[],
): GroupNode {
  const { serverId } = entry.node;
  const id = `group ${serverId} ${key}`;
  const node = entry.groups.get(id)?.node ?? { kind: 'group' as const, id, serverId, label, count };
  node.label = label;
  node.count = count;
  const rows = () => {
    const made = make();
    for (const row of made) entry.groupOf.set(row, node);
    return made;
  };
  entry.groups.set(id, { node, rows });
  return node;
}

/** A server may name two items alike, which a tree does not survive: the second gets a number. */
function items(entry: Entry, list: ListKind): readonly ServerNode[] {
  const { offer } = entry.snapshot;
  if (!offer) return [];
  const before = entry.items[list];
  const rows = new Map<string, ServerNode>();
  const reuse = <K extends 'tool' | 'resource' | 'template' | 'prompt'>(
    kind: K,
    name: string,
    item: Extract<ServerNode, { kind: K }>['item'],
  ): void => {
    const base = `${kind} ${entry.node.serverId} ${name}`;
    let id = base;
    for (let n = 2; rows.has(id); n++) id = `${base} #${n}`;
    const known = before?.get(id) as { item: unknown } | undefined;
    if (known) known.item = item;
    rows.set(id, (known ?? { kind, id, serverId: entry.node.serverId, item }) as ServerNode);
  };
  const note = (text: string, i: number): void => {
    const id = `note ${list} ${entry.node.serverId} ${i} ${text}`;
    rows.set(id, before?.get(id) ?? { kind: 'note', id, serverId: entry.node.serverId, list, text });
  };
  switch (list) {
    case 'tools':
      for (const item of offer.tools.items) reuse('tool', item.name, item);
      offer.tools.problems.forEach(note);
      break;
    case 'resources':
      for (const item of offer.resources.items) reuse('resource', item.uri, item);
      for (const item of offer.resourceTemplates.items) reuse('template', item.uriTemplate, item);
      [...offer.resources.problems, ...offer.resourceTemplates.problems].forEach(note);
      break;
    case 'prompts':
      for (const item of offer.prompts.items) reuse('prompt', item.name, item);
      offer.prompts.problems.forEach(note);
  }
  entry.items[list] = rows;
  return [...rows.values()];
}
