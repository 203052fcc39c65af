/** A part of a text, in UTF-16 units: from `start` up to but not including `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** How a term occurs in a text. */
export type TermFit = 'none' | 'spread' | 'inside' | 'word' | 'prefix' | 'exact';

/** A text prepared for searching: case, accents and hidden characters do not count. */
export class SearchText {
  readonly #length: number;
  readonly #folded: string;
  /** Where each unit of the folded text comes from; undefined when they are the same places. */
  readonly #origins: readonly number[] | undefined;
  /** 1 for each unit of the folded text that begins a word. */
  readonly #starts: Uint8Array;

  constructor(text: string) {
    this.#length = text.length;
    if (/^[\x20-\x7E]*$/.test(text)) {
      this.#folded = text.toLowerCase();
      this.#origins = undefined;
    } else [this.#folded, this.#origins] = foldWithOrigins(text);
    this.#starts = wordStarts(text, this.#folded.length, this.#origins);
  }

  /** How well a folded term fits. `isSpreadable` lets its letters stand apart. */
  fit(term: string, isSpreadable: boolean): TermFit {
    const at = this.#folded.indexOf(term);
    if (at < 0) return isSpreadable && this.#spreadPlaces(term) ? 'spread' : 'none';
    if (at === 0) return this.#folded.length === term.length ? 'exact' : 'prefix';
    return this.#wordAt(term, at) === undefined ? 'inside' : 'word';
  }

  /** Where `fit` found the term, in the text as it was given. */
  ranges(term: string, isSpreadable: boolean): readonly TextRange[] {
    const at = this.#folded.indexOf(term);
    if (at < 0) {
      const places = isSpreadable ? this.#spreadPlaces(term) : undefined;
      return mergedRanges((places ?? []).map((place) => this.#range(place, place + 1)));
    }
    const start = at === 0 ? 0 : (this.#wordAt(term, at) ?? at);
    return [this.#range(start, start + term.length)];
  }

  /** The first occurrence from `at` on that begins a word. */
  #wordAt(term: string, at: number): number | undefined {
    for (let i = at; i >= 0; i = this.#folded.indexOf(term, i + 1)) if (this.#starts[i] === 1) return i;
    return undefined;
  }

  /** Places of the letters of a term in their order, such that they abbreviate words and do not only happen to be there. */
  #spreadPlaces(term: string): readonly number[] | undefined {
    if (term.length < 2 || term.length > this.#folded.length) return undefined;
    const first = this.#lettersInOrder(term, false);
    if (!first) return undefined;
    const places = this.#lettersInOrder(term, true);
    return places && this.#abbreviates(places) ? places : this.#abbreviates(first) ? first : undefined;
  }

  /** Each letter begins a word or is in the word of the letter before it. */
  #abbreviates(places: readonly number[]): boolean {
    let last: number | undefined;
    for (const place of places) {
      if (this.#starts[place] !== 1 && (last === undefined || this.#hasStartBetween(last, place)))
        return false;
      last = place;
    }
    return true;
  }

  #hasStartBetween(from: number, to: number): boolean {
    for (let i = from + 1; i < to; i++) if (this.#starts[i] === 1) return true;
    return false;
  }

  /** Each letter as early as it can be, or after a gap at the next start of a word that begins with it. */
  #lettersInOrder(term: string, prefersStarts: boolean): readonly number[] | undefined {
    const places: number[] = [];
    let from = 0;
    for (let i = 0; i < term.length; i++) {
      const letter = term.charAt(i);
      const first = this.#folded.indexOf(letter, from);
      if (first < 0) return undefined;
      const isRun = first === from && from > 0;
      const place = prefersStarts && !isRun ? (this.#wordAt(letter, first) ?? first) : first;
      places.push(place);
      from = place + 1;
    }
    return places;
  }

  #range(start: number, end: number): TextRange {
    return { start: this.#origin(start), end: this.#origin(end) };
  }

  #origin(index: number): number {
    return this.#origins ? (this.#origins[index] ?? this.#length) : index;
  }
}

/** The words of a query, folded like the texts; separators of names separate words too. */
export function termsOf(query: string): readonly string[] {
  const [folded] = foldWithOrigins(query);
  return folded.split(/[\s_\-./:]+/).filter((term) => term !== '');
}

/** Lower case, without accents and hidden characters, with the place that each unit comes from. */
function foldWithOrigins(text: string): [string, readonly number[]] {
  let folded = '';
  const origins: number[] = [];
  let at = 0;
  for (const character of text) {
    const plain = character
      .normalize('NFKD')
      .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
      .toLowerCase();
    for (let i = 0; i < plain.length; i++) origins.push(at);
    folded += plain;
    at += character.length;
  }
  return [folded, origins];
}

const lower = 1;
const upper = 2;
const digit = 3;

/** A word begins after anything that is no letter or digit, where capitals say so, and between letters and digits. */
function wordStarts(text: string, length: number, origins: readonly number[] | undefined): Uint8Array {
  const starts = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = origins?.[i] ?? i;
    const here = kindOf(text.charCodeAt(at));
    const before = at === 0 ? 0 : kindOf(text.charCodeAt(at - 1));
    const isNew = here !== 0 && here !== before && !(before === upper && here === lower);
    // The last capital of several begins the next word: `HTTPServer`.
    const endsCapitals = here === upper && before === upper && kindOf(text.charCodeAt(at + 1)) === lower;
    if (isNew || endsCapitals) starts[i] = 1;
  }
  return starts;
}

/** 0 for what separates words; letters of scripts without case count as small. */
function kindOf(code: number): number {
  if (code < 128) {
    if (code >= 97 && code <= 122) return lower;
    if (code >= 65 && code <= 90) return upper;
    return code >= 48 && code <= 57 ? digit : 0;
  }
  const character = String.fromCharCode(code);
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return upper;
  return /[\p{L}\p{M}\p{Cs}]/u.test(character) ? lower : /\p{N}/u.test(character) ? digit : 0;
}

/** Ranges in order; those that touch become one. */
export function mergedRanges(ranges: readonly TextRange[]): readonly TextRange[] {
  const merged: TextRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1);
    if (!last || range.start > last.end) merged.push(range);
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return merged;
}
