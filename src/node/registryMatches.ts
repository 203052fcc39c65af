import type { Database } from './database.ts';
import { readIds, type RegistryColumns } from './registryColumns.ts';

/** What more than one in so many servers has tells little and is looked up once, not with each keystroke. */
const commonShare = 4;
const maxCommon = 48; // at 25,000 servers up to 100 kB each
const maxRare = 1000; // names only

/** Looks words up in the text index; remembers who has the common ones ("mcp", "server") while nothing is written. */
export class RegistryMatches {
  readonly #db: Database;
  readonly #columns: RegistryColumns;
  /** By expression: the servers of a common one. */
  readonly #common = new Map<string, Uint32Array>();
  readonly #rare = new Set<string>();
  #revision = -1;

  constructor(db: Database, columns: RegistryColumns) {
    this.#db = db;
    this.#columns = columns;
  }

  /** The servers that every one of the expressions finds, by ascending id. */
  all(parts: readonly string[]): Uint32Array {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return this.one(only);
    const rare = this.telling(parts);
    const common = parts.flatMap((part) => (rare.includes(part) ? [] : [this.one(part)]));
    const [first, ...rest] =
      rare.length > 0
        ? [this.#match(rare.join(' AND ')), ...common]
        : common.sort((a, b) => a.length - b.length);
    return rest.reduce((left, right) => shared(left, right), first ?? new Uint32Array(0));
  }

  /** The servers that one expression finds. */
  one(expression: string): Uint32Array {
    const kept = this.#keptOf(expression);
    return kept === 'rare' || kept === undefined ? this.#look(expression) : kept;
  }

  /** The expressions that tell servers apart; those that are left out add next to nothing to a score. Empty when all are common. */
  telling(parts: readonly string[]): readonly string[] {
    return parts.filter((part) => {
      if (this.#keptOf(part) === undefined) this.#look(part);
      return this.#keptOf(part) === 'rare';
    });
  }

  #look(expression: string): Uint32Array {
    const ids = this.#match(expression);
    const isCommon = ids.length * commonShare > this.#columns.order('name').length;
    if (isCommon) {
      dropOldest(this.#common, maxCommon);
      this.#common.set(expression, ids);
    } else {
      dropOldest(this.#rare, maxRare);
      this.#rare.add(expression);
    }
    return ids;
  }

  #keptOf(expression: string): Uint32Array | 'rare' | undefined {
    const { revision } = this.#columns;
    if (revision !== this.#revision) {
      this.#common.clear();
      this.#rare.clear();
    }
    this.#revision = revision;
    return this.#common.get(expression) ?? (this.#rare.has(expression) ? 'rare' : undefined);
  }

  #match(expression: string): Uint32Array {
    const row = this.#db
      .sql('SELECT group_concat(rowid) AS ids FROM servers_text WHERE servers_text MATCH ?')
      .get(expression);
    return readIds(row?.['ids']);
  }
}

function dropOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  const [oldest] = kept.keys();
  if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
}

/** What two ascending lists share. */
function shared(left: Uint32Array, right: Uint32Array): Uint32Array {
  let at = 0;
  return left.filter((id) => {
    while (at < right.length && (right[at] ?? 0) < id) at++;
    return right[at] === id;
  });
}
