import type { Database } from './database.ts';

const isPresent = 1 << 31;

/** What filters and orders need of every server, in memory: a few bytes each. Follows this window's writes and notices others'. */
export class RegistryColumns {
  readonly #db: Database;
  readonly #orders = new Map<string, Uint32Array>();
  #flags = new Int32Array(0);
  #seen: number | undefined;
  #revision = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Another number whenever any server was written, here or by another window. */
  get revision(): number {
    this.#refresh();
    return this.#revision;
  }

  /** Notes a server that was just written. */
  set(id: number, flags: number): void {
    this.#revision++;
    this.#orders.clear();
    if (this.#seen === undefined) return;
    if (id >= this.#flags.length) {
      const grown = new Int32Array(Math.max(1024, id * 2));
      grown.set(this.#flags);
      this.#flags = grown;
    }
    this.#flags[id] = flags | isPresent;
  }

  /** Notes a server that was just removed. */
  remove(id: number): void {
    this.#revision++;
    this.#orders.clear();
    if (id < this.#flags.length) this.#flags[id] = 0;
  }

  /** Reads everything anew at the next use: a transaction failed. */
  reset(): void {
    this.#seen = undefined;
    this.#orders.clear();
  }

  /** A filter over ids: servers whose flags pass the test. */
  filter(test: (flags: number) => boolean): (id: number) => boolean {
    this.#refresh();
    const flags = this.#flags;
    return (id) => {
      const value = flags[id] ?? 0;
      return (value & isPresent) !== 0 && test(value & ~isPresent);
    };
  }

  /** All ids in an order. */
  order(by: 'name' | 'updated' | 'published'): Uint32Array {
    this.#refresh();
    let ids = this.#orders.get(by);
    if (!ids) {
      const clause = {
        name: 'name COLLATE NOCASE, id',
        updated: 'updated_at DESC, id',
        published: 'published_at DESC, id',
      }[by];
      const row = this.#db.sql(`SELECT group_concat(id ORDER BY ${clause}) AS ids FROM servers`).get();
      ids = readIds(row?.['ids']);
      this.#orders.set(by, ids);
    }
    return ids;
  }

  #refresh(): void {
    const seen = this.#db.dataVersion();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#revision++;
    this.#orders.clear();
    const row = this.#db
      .sql(`SELECT max(id) AS top, group_concat(id) AS ids, group_concat(flags) AS flags FROM servers`)
      .get();
    const ids = readIds(row?.['ids']);
    const flags = readIds(row?.['flags']);
    this.#flags = new Int32Array(Math.max(1024, Number(row?.['top'] ?? 0) * 2));
    ids.forEach((id, index) => {
      this.#flags[id] = (flags[index] ?? 0) | isPresent;
    });
  }
}

/** Reads "1,22,3": far quicker than a row for each number. */
export function readIds(text: unknown): Uint32Array {
  if (typeof text !== 'string' || text === '') return new Uint32Array(0);
  let count = 1;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) === 44) count++;
  const ids = new Uint32Array(count);
  let at = 0;
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 44) {
      ids[at++] = value;
      value = 0;
    } else value = value * 10 + code - 48;
  }
  ids[at] = value;
  return ids;
}
