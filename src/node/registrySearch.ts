import type { RegistryQuery, RegistryResult, RegistryRow } from '../core/registryIndex.ts';
import { keyOf, letterMask, nearestWords, queryWords, type NearWord } from '../core/registryWords.ts';
import type { Database } from './database.ts';
import type { RegistryColumns } from './registryColumns.ts';
import { flagTest } from './registryFlags.ts';
import { RegistryMatches } from './registryMatches.ts';

/** Up to here every hit is scored; beyond, the order is: names that begin so, names that hold the words, the rest. */
const maxScored = 1500;
/** So few are looked up one by one. */
const fewScored = 200;
/** Fewer hits than this, and words near the typed ones are looked for too. */
const fewHits = 3;
const maxNear = 200;
const weights = '10, 8, 2, 4, 5, 3'; // name, title, description, publisher, packages, host
// By kind of key: whole name, short name, title, publisher.
const exactBoost = [100, 60, 60, 25];
const startBoost = [30, 20, 20, 5];

/** Every word of the index, with its letters for a quick look. */
interface Vocabulary {
  readonly list: readonly string[];
  readonly masks: Int32Array;
  readonly size: number;
  readonly seen: number;
  /** What was found for a typed word: while a text grows, its other words stay. */
  readonly near: Map<string, readonly NearWord[]>;
}

/** Searches the text index while the user types. */
export class RegistrySearch {
  readonly #db: Database;
  readonly #columns: RegistryColumns;
  readonly #matches: RegistryMatches;
  readonly #rowById: (id: number) => RegistryRow | undefined;
  readonly #learnt: string[] = [];
  #words: Set<string> | undefined;
  #vocabulary: Vocabulary | undefined;

  constructor(db: Database, columns: RegistryColumns, rowById: (id: number) => RegistryRow | undefined) {
    this.#db = db;
    this.#columns = columns;
    this.#matches = new RegistryMatches(db, columns);
    this.#rowById = rowById;
  }

  search(query: RegistryQuery): RegistryResult {
    const test = this.#columns.filter(flagTest(query.filters, (id) => this.#numberOf(id)));
    const only =
      query.filters.only &&
      new Set(query.filters.only.flatMap(({ registryId, name }) => this.#idOf(registryId, name) ?? []));
    const fits = only === undefined ? test : (id: number) => only.has(id) && test(id);
    const words = queryWords(query.text);
    if (words.length === 0) {
      const ids = this.#columns.order(query.sort === 'relevance' ? 'name' : query.sort).filter(fits);
      return this.#result(ids, query, [], false);
    }

    let parts: readonly string[] = words.map(startsWith);
    let hits = this.#matches.all(parts).filter(fits);
    let corrections: RegistryResult['corrections'] = [];
    let isPartial = false;
    const isCertain = hits.length >= fewHits || (hits.length > 0 && this.#boosts(query.text, words).size > 0);
    if (!isCertain) {
      const near = this.#correct(words);
      const wider = near.corrections.length === 0 ? hits : this.#matches.all(near.parts).filter(fits);
      if (wider.length > hits.length) {
        ({ corrections } = near);
        // What was typed comes before what was guessed, and the best guess before the others.
        const seen = new Set(hits);
        const ranked: number[] = [];
        for (const guess of [near.best, near.parts]) {
          const found = guess === near.parts ? wider : this.#matches.all(guess).filter(fits);
          const more = found.filter((id) => !seen.has(id));
          more.forEach((id) => seen.add(id));
          const meant = { ...query, text: near.words.join(' ') };
          if (more.length > 0) ranked.push(...this.#rank(more, guess, near.words, meant));
        }
        return this.#result([...hits, ...ranked], query, corrections, false, wider.length);
      }
      if (hits.length === 0) {
        const some = this.#someOf(words, fits);
        if (some) {
          parts = some;
          hits = this.#matches.all(parts).filter(fits);
          isPartial = true;
        }
      }
    }
    return this.#result(this.#rank(hits, parts, words, query), query, corrections, isPartial, hits.length);
  }

  /** Adds words that a server brought to those that typing errors are corrected to; `flush` stores them. */
  learn(words: readonly string[]): void {
    this.#words ??= new Set(this.#storedWords());
    for (const word of words) {
      if (word.length < 3 || word.length > 30 || this.#words.has(word) || /^\d+$/.test(word)) continue;
      this.#words.add(word);
      this.#learnt.push(word);
    }
  }

  flush(): void {
    if (this.#learnt.length === 0) return;
    this.#db
      .sql('INSERT OR IGNORE INTO words (word) SELECT value FROM json_each(?)')
      .run(JSON.stringify(this.#learnt.sort()));
    this.#learnt.length = 0;
  }

  /** Forgets what was learnt in a transaction that failed. */
  reset(): void {
    this.#words = undefined;
    this.#vocabulary = undefined;
    this.#learnt.length = 0;
  }

  #has(expression: string): boolean {
    return (
      this.#db.sql('SELECT 1 FROM servers_text WHERE servers_text MATCH ? LIMIT 1').get(expression) !==
      undefined
    );
  }

  #rank(
    hits: Uint32Array,
    parts: readonly string[],
    words: readonly string[],
    query: RegistryQuery,
  ): readonly number[] | Uint32Array {
    if (query.sort !== 'relevance') {
      const wanted = new Set(hits);
      return this.#columns.order(query.sort).filter((id) => wanted.has(id));
    }
    const boosts = this.#boosts(query.text, words);
    const telling = this.#matches.telling(parts);
    const expression = allOf(telling.length > 0 ? telling : parts);
    // What most servers have would score most servers, whatever a filter leaves of them.
    const scorable = telling.length > 0 ? maxScored : fewScored;
    if (hits.length <= scorable) return this.#byScore(hits, expression, boosts);
    // Too many to score each: words like "mcp" or "server" say little anyway.
    const wanted = new Set(hits);
    const first = [...boosts]
      .filter(([id]) => wanted.has(id))
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .map(([id]) => id);
    const need = query.offset + query.limit;
    if (first.length >= need) return first;
    for (const id of first) wanted.delete(id);
    const inNames = parts.map((part) => `{name title} : (${part})`);
    const named = this.#matches.all(inNames).filter((id) => wanted.has(id));
    const second =
      named.length <= maxScored ? this.#byScore(named, `{name title} : (${expression})`, boosts) : named;
    const seen = new Set(second);
    const rest =
      first.length + second.length >= need ? [] : hits.filter((id) => wanted.has(id) && !seen.has(id));
    return [...first, ...second, ...rest];
  }

  #byScore(hits: Uint32Array, expression: string, boosts: ReadonlyMap<number, number>): readonly number[] {
    const wanted = new Set(hits);
    const scored: { id: number; score: number }[] = [];
    const sql = `SELECT rowid AS id, bm25(servers_text, ${weights}) AS score FROM servers_text WHERE servers_text MATCH ?`;
    // A filter that leaves few of many: score only those.
    const rows =
      hits.length <= fewScored
        ? this.#db
            .sql(`${sql} AND rowid + 0 IN (SELECT value FROM json_each(?))`)
            .all(expression, JSON.stringify([...hits]))
        : this.#db.sql(sql).all(expression);
    for (const row of rows) {
      const id = Number(row['id']);
      if (wanted.has(id)) scored.push({ id, score: (boosts.get(id) ?? 0) - Number(row['score']) });
    }
    return scored.sort((a, b) => b.score - a.score || a.id - b.id).map(({ id }) => id);
  }

  /** What the names themselves say: equal to the text, or beginning with it. */
  #boosts(text: string, words: readonly string[]): ReadonlyMap<number, number> {
    const boosts = new Map<number, number>();
    const add = (id: number, boost: number) => boosts.set(id, (boosts.get(id) ?? 0) + boost);
    const key = keyOf(text.slice(0, 200));
    const starts = this.#db
      .sql('SELECT key, server, kind FROM keys WHERE key >= ? AND key < ? LIMIT 600')
      .all(key, `${key}\u{10ffff}`);
    for (const row of starts) {
      const found = String(row['key']);
      const kind = Number(row['kind']);
      const boost =
        found === key ? (exactBoost[kind] ?? 0) : (startBoost[kind] ?? 0) + (10 * key.length) / found.length;
      add(Number(row['server']), boost);
    }
    if (words.length > 1) {
      for (const word of words) {
        for (const row of this.#db.sql('SELECT server, kind FROM keys WHERE key = ? LIMIT 100').all(word)) {
          add(Number(row['server']), (exactBoost[Number(row['kind'])] ?? 0) / 6);
        }
      }
    }
    return boosts;
  }

  /** Replaces words that next to nothing has by near ones. */
  #correct(words: readonly string[]): {
    readonly parts: readonly string[];
    /** With the nearest words only. */
    readonly best: readonly string[];
    /** The typed words, each replaced by the nearest one. */
    readonly words: readonly string[];
    readonly corrections: RegistryResult['corrections'];
  } {
    const corrections: { from: string; to: readonly string[] }[] = [];
    const nearest: string[] = [];
    const meant: string[] = [];
    const groups = words.map((word) => {
      const own = startsWith(word);
      const row = this.#db
        .sql('SELECT count(*) AS n FROM (SELECT 1 FROM servers_text WHERE servers_text MATCH ? LIMIT ?)')
        .get(own, fewHits);
      const kept = () => {
        nearest.push(own);
        meant.push(word);
        return own;
      };
      if (Number(row?.['n'] ?? 0) >= fewHits || word.length < 3) return kept();
      const to = this.#near(word);
      const [first] = to;
      if (first === undefined) return kept();
      corrections.push({ from: word, to: to.map((other) => other.word) });
      const anyOf = (others: readonly NearWord[]) =>
        `(${[own, ...others.map((other) => startsWith(other.word))].join(' OR ')})`;
      meant.push(first.word);
      const closest = Math.min(...to.map(({ cost }) => cost));
      nearest.push(anyOf(to.filter(({ cost }) => cost === closest)));
      return anyOf(to);
    });
    return { parts: groups, best: nearest, words: meant, corrections };
  }

  #near(word: string): readonly NearWord[] {
    const { list, masks, near } = this.#vocabularyNow();
    const known = near.get(word);
    if (known) return known;
    // The letters inside another word are a better guess than other letters.
    const inside = list.filter((other) => other.includes(word) && !other.startsWith(word));
    const found =
      inside.length > 0
        ? inside.map((other) => ({ word: other, cost: 1 }))
        : nearestWords(word, list, masks, 12);
    const to = shortest(found.filter((other) => other.word !== word));
    if (near.size >= maxNear) near.clear();
    near.set(word, to);
    return to;
  }

  /** Expressions for as many of the words as have hits together, the commonest left out first; undefined when none has. */
  #someOf(words: readonly string[], fits: (id: number) => boolean): readonly string[] | undefined {
    const counted = words
      .map((word) => ({
        word,
        count: this.#has(startsWith(word)) ? this.#matches.one(startsWith(word)).length : 0,
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.count - b.count);
    for (let length = counted.length; length > 0; length--) {
      const parts = counted.slice(0, length).map(({ word }) => startsWith(word));
      if (this.#matches.all(parts).some(fits)) return parts;
    }
    return undefined;
  }

  #result(
    ids: ArrayLike<number>,
    query: RegistryQuery,
    corrections: RegistryResult['corrections'],
    isPartial: boolean,
    total = ids.length,
  ): RegistryResult {
    const page = Array.from(
      { length: Math.max(0, Math.min(query.limit, ids.length - query.offset)) },
      (_, index) => ids[query.offset + index] ?? 0,
    );
    return { total, rows: page.flatMap((id) => this.#rowById(id) ?? []), corrections, isPartial };
  }

  #vocabularyNow(): Vocabulary {
    const seen = this.#db.dataVersion();
    const known = this.#vocabulary;
    if (known && known.seen === seen && (this.#words === undefined || this.#words.size === known.size))
      return known;
    if (known?.seen !== seen) this.#words = new Set(this.#storedWords());
    const list = [...(this.#words ??= new Set(this.#storedWords()))];
    this.#vocabulary = {
      list,
      masks: Int32Array.from(list, letterMask),
      size: list.length,
      seen,
      near: new Map(),
    };
    return this.#vocabulary;
  }

  #storedWords(): readonly string[] {
    const text = this.#db.sql("SELECT group_concat(word, ' ') AS words FROM words").get()?.['words'];
    return typeof text === 'string' ? text.split(' ') : [];
  }

  #numberOf(registryId: string): number | undefined {
    const row = this.#db.sql('SELECT number FROM registries WHERE id = ?').get(registryId);
    return row === undefined ? undefined : Number(row['number']);
  }

  #idOf(registryId: string, name: string): number | undefined {
    const row = this.#db.sql('SELECT id FROM servers WHERE registry = ? AND name = ?').get(registryId, name);
    return row === undefined ? undefined : Number(row['id']);
  }
}

/** At most six words, without those that begin with another one that is no worse a guess: they are found with it. */
function shortest(words: readonly NearWord[]): readonly NearWord[] {
  const isCovered = ({ word, cost }: NearWord) =>
    words.some((other) => other.word !== word && word.startsWith(other.word) && other.cost <= cost);
  return words.filter((word) => !isCovered(word)).slice(0, 6);
}

/** A word as the start of a word; it holds letters and digits only, so nothing in it is syntax. */
function startsWith(word: string): string {
  return `"${word}" *`;
}

function allOf(parts: readonly string[]): string {
  return parts.join(' AND ');
}
