import { isJsonObject, jsonItems, parseStored } from './json.ts';
import type { Memory } from './ports.ts';

/** A folder that a server is told of (MCP roots): where it may expect to work. */
export interface Root {
  readonly uri: string;
  readonly name: string;
}

/** A root as the user edits it. */
export interface RootLine extends Root {
  /** Told to the server. */
  readonly isOn: boolean;
  /** `workspace`: a folder of this window; `added`: by the user, for this server. */
  readonly from: 'workspace' | 'added';
}

const maxAdded = 100;
const maxUri = 4096;

interface Choice {
  /** Workspace folders that the server is not told of. */
  readonly off: readonly string[];
  readonly added: readonly Root[];
}

/** The roots of each server: the workspace's folders, less those and more those that the user chose for it. Outlives a reload. */
export class ServerRoots {
  readonly #memory: Memory;
  readonly #folders: () => readonly Root[];

  constructor(memory: Memory, folders: () => readonly Root[]) {
    this.#memory = memory;
    this.#folders = folders;
  }

  /** What the server is told. */
  of(serverId: string): readonly Root[] {
    return this.lines(serverId).flatMap(({ uri, name, isOn }) => (isOn ? [{ uri, name }] : []));
  }

  /** Everything that can be told: the folders of the workspace, then what was added. */
  lines(serverId: string): readonly RootLine[] {
    const { off, added } = this.#choice(serverId);
    const folders = this.#folders();
    const known = new Set(folders.map(({ uri }) => uri));
    return [
      ...folders.map(({ uri, name }) => ({
        uri,
        name,
        isOn: !off.includes(uri),
        from: 'workspace' as const,
      })),
      ...added
        .filter(({ uri }) => !known.has(uri))
        .map((root) => ({ ...root, isOn: true, from: 'added' as const })),
    ];
  }

  /** Tells the server of these from now on; folders of other windows stay as they were. True when that is a change. */
  set(serverId: string, chosen: readonly Root[]): boolean {
    const before = JSON.stringify(this.of(serverId));
    const { off } = this.#choice(serverId);
    const folders = new Set(this.#folders().map(({ uri }) => uri));
    const on = new Set(chosen.map(({ uri }) => uri));
    const next: Choice = {
      off: [...off.filter((uri) => !folders.has(uri)), ...[...folders].filter((uri) => !on.has(uri))],
      added: chosen.filter(({ uri }) => !folders.has(uri)).slice(0, maxAdded),
    };
    const isPlain = next.off.length === 0 && next.added.length === 0;
    this.#memory.set(keyOf(serverId), isPlain ? undefined : JSON.stringify(next));
    return JSON.stringify(this.of(serverId)) !== before;
  }

  #choice(serverId: string): Choice {
    const kept = parseStored(this.#memory.get(keyOf(serverId)));
    const { off, added } = isJsonObject(kept) ? kept : {};
    return {
      off: jsonItems(off).filter((uri) => typeof uri === 'string'),
      added: jsonItems(added).flatMap((root) => {
        const { uri, name } = isJsonObject(root) ? root : {};
        return typeof uri === 'string' && uri.length <= maxUri && URL.canParse(uri)
          ? [{ uri, name: typeof name === 'string' ? name : uri }]
          : [];
      }),
    };
  }
}

function keyOf(serverId: string): string {
  return `roots:${serverId}`;
}
