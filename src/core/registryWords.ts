const isAscii = /^[\x20-\x7e\s]*$/;
const asciiWords = /[a-z0-9]+/g;
const separators = /[^\p{L}\p{N}]+/u;
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const camelCase = /\p{Ll}\p{Lu}/u;
const camelSeams = /(\p{Ll})(\p{Lu})/gu;
const maxWords = 400;

/** A text as it is searched: lower case, without accents. */
export function folded(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** The words of a text; characters of scripts without blanks are words of their own. */
export function wordsOf(text: string): readonly string[] {
  const cut = text.length > 4000 ? text.slice(0, 4000) : text;
  // Most texts are ASCII, and a registry has tens of thousands.
  if (isAscii.test(cut)) return cut.toLowerCase().match(asciiWords)?.slice(0, maxWords) ?? [];
  return folded(cut)
    .replace(ideographs, ' $& ')
    .split(separators)
    .filter((word) => word !== '')
    .slice(0, maxWords);
}

/** The words of a name, its camelCase parts, and its neighbours written together: "pulse-fetch" is also found as "pulsefetch". */
export function nameWordsOf(name: string): readonly string[] {
  const plain = wordsOf(name);
  if (plain.length === 1 && !camelCase.test(name)) return plain;
  const parts = camelCase.test(name) ? wordsOf(name.replaceAll(camelSeams, '$1 $2')) : [];
  const joined = plain.length > 1 ? [plain.join('')] : [];
  const pairs = plain.length > 2 ? plain.slice(1).map((word, index) => (plain[index] ?? '') + word) : [];
  return [...new Set([...plain, ...parts, ...pairs, ...joined])];
}

/** The words of a namespace; what all of `io.github.…` share tells nothing and is left out. */
export function publisherWordsOf(publisher: string): readonly string[] {
  return nameWordsOf(publisher.replace(/^io\.github\./i, ''));
}

/** What a user typed, as words to look for; at most eight. */
export function queryWords(text: string): readonly string[] {
  return [...new Set(wordsOf(text.slice(0, 200).replace(/\bio\.github\./gi, ' ')))].slice(0, 8);
}

/** A name as the key of a look-up: its words joined. */
export function keyOf(text: string): string {
  return wordsOf(text).join('-');
}

/** How many typing errors a word of this length may have. */
export function toleranceFor(length: number): number {
  return length < 4 ? 0 : length < 8 ? 1 : 2;
}

/** Bits of the letters and digits of a word: words that differ in more bits than allowed need no comparison. */
export function letterMask(word: string): number {
  let mask = 0;
  for (let index = 0; index < word.length; index++) mask |= 1 << (word.charCodeAt(index) % 31);
  return mask;
}

/**
 * The edits (insert, delete, replace, swap neighbours) that turn `typed` into the start of `word`; more than `max` counts as
 * `max + 1`. Missing letters at the end of `word` cost nothing, because the user may still be typing.
 */
export function prefixDistance(typed: string, word: string, max: number): number {
  const width = Math.min(word.length, typed.length + max);
  let older: number[] = [];
  let previous = Array.from({ length: width + 1 }, (_, index) => index);
  for (let row = 1; row <= typed.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= width; column++) {
      const isSame = typed.charCodeAt(row - 1) === word.charCodeAt(column - 1);
      let cost = Math.min(
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
      );
      const isSwap =
        row > 1 &&
        column > 1 &&
        typed.charCodeAt(row - 1) === word.charCodeAt(column - 2) &&
        typed.charCodeAt(row - 2) === word.charCodeAt(column - 1);
      if (isSwap) cost = Math.min(cost, (older[column - 2] ?? 0) + 1);
      current.push(cost);
      if (cost < best) best = cost;
    }
    if (best > max) return max + 1;
    older = previous;
    previous = current;
  }
  return Math.min(Math.min(...previous), max + 1);
}

/** A word that was perhaps meant. */
export interface NearWord {
  readonly word: string;
  /** By typing errors between both, then by typed letters that it does not have: lower is nearer. */
  readonly cost: number;
}

/** Words to look for instead of `typed`, best first: few edits, the same first letter, similar length. */
export function nearestWords(
  typed: string,
  vocabulary: readonly string[],
  masks: Int32Array,
  limit: number,
): readonly NearWord[] {
  const max = toleranceFor(typed.length);
  if (max === 0) return [];
  const mask = letterMask(typed);
  const letters = [...new Set(typed)];
  const found: (NearWord & { readonly score: number })[] = [];
  for (let index = 0; index < vocabulary.length; index++) {
    // A letter of `typed` that the word does not have needs an edit; one edit can explain two when neighbours are swapped.
    if (bitCount(mask & ~(masks[index] ?? 0)) > max) continue;
    const word = vocabulary[index] ?? '';
    if (word.length < typed.length - max) continue;
    const distance = prefixDistance(typed, word, max);
    if (distance > max) continue;
    const start = word.slice(0, typed.length + max);
    const missing = letters.filter((letter) => !start.includes(letter)).length;
    const cost = distance * 10 + missing * 3;
    const score = cost + (word[0] === typed[0] ? 0 : 4) + Math.min(5, Math.abs(word.length - typed.length));
    found.push({ word, cost, score });
  }
  return found.sort((a, b) => a.score - b.score || (a.word < b.word ? -1 : 1)).slice(0, limit);
}

function bitCount(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
