/** What a marked code point could do to a reader. */
export type MarkKind =
  | 'control' // C0, C1, DEL
  | 'ansi' // ESC and the C1 introducers of terminal sequences
  | 'bidi' // changes the direction of the text around it
  | 'invisible' // takes no space, or looks like a blank
  | 'tag' // spells hidden ASCII
  | 'variation' // variation selectors, which can carry hidden bytes
  | 'private' // looks like whatever a font says
  | 'surrogate'; // half a character

/** How often one hidden code point occurs. */
export interface TextMark {
  readonly codePoint: number;
  readonly count: number;
  readonly kind: MarkKind;
}

/** Foreign text made safe to show as plain text. */
export interface VisibleText {
  /** Every hidden code point is a `<U+XXXX>` mark. Show it isolated (`isolate`). */
  readonly text: string;
  /** What was marked in the whole text, also behind a cut; by first occurrence. */
  readonly marks: readonly TextMark[];
  /** What runs of tag characters and variation selectors spell, itself made visible. */
  readonly hidden: readonly string[];
  /** True when `text` stops before the end. */
  readonly isTruncated: boolean;
}

// Default_Ignorable covers soft hyphen, zero-width, bidi, tag and variation characters; the rest is named.
const hiddenClass =
  '[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\\u2028\\u2029\\u2800\\uFFF9-\\uFFFB\\p{Default_Ignorable_Code_Point}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}]';
const hiddenPattern = new RegExp(hiddenClass, 'u');
// Inside these, a joiner, a variation selector or a tag is ordinary spelling: keycaps, the three flags of the
// United Kingdom that are spelt with tags, and emoji with style, skin tone or joined parts. All of it is visible.
const pictograph = '\\p{Extended_Pictographic}\\p{Emoji_Modifier}?\\uFE0F?';
const wholes = [
  '\\r\\n',
  '[0-9#*]\\uFE0F\\u20E3',
  '\\u{1F3F4}\\u{E0067}\\u{E0062}(?:\\u{E0065}\\u{E006E}\\u{E0067}|\\u{E0073}\\u{E0063}\\u{E0074}|\\u{E0077}\\u{E006C}\\u{E0073})\\u{E007F}',
  `${pictograph}(?:\\u200D${pictograph})*`,
];
const tokenPattern = `(${wholes.join('|')})|${hiddenClass}`;

interface Piece {
  readonly kind: 'plain' | 'whole' | 'hidden'; // a whole may not be cut, a hidden piece is one code point
  readonly text: string;
}

function* pieces(text: string): Generator<Piece> {
  let end = 0;
  for (const match of text.matchAll(new RegExp(tokenPattern, 'gu'))) {
    if (match.index > end) yield { kind: 'plain', text: text.slice(end, match.index) };
    yield { kind: match[1] === undefined ? 'hidden' : 'whole', text: match[0] };
    end = match.index + match[0].length;
  }
  if (end < text.length) yield { kind: 'plain', text: text.slice(end) };
}

/**
 * Replaces every hidden code point (controls, bidi, invisible, tags, variation selectors, private use, lone
 * surrogates) by a `<U+XXXX>` mark. LF, TAB, CRLF and ordinary emoji stay. `maxLength` cuts between characters.
 */
export function visibleText(text: string, options: { readonly maxLength?: number } = {}): VisibleText {
  const max = options.maxLength ?? Number.POSITIVE_INFINITY;
  if (!hiddenPattern.test(text)) {
    const cut = cutBetweenCharacters(text, max);
    return { text: cut, marks: [], hidden: [], isTruncated: cut.length < text.length };
  }
  const marks = new Map<number, { count: number; kind: MarkKind }>();
  const runs = new HiddenRuns();
  let shown = '';
  let isTruncated = false;
  for (const piece of pieces(text)) {
    let addition = piece.text;
    if (piece.kind === 'hidden') {
      const codePoint = piece.text.codePointAt(0) ?? 0;
      const mark = marks.get(codePoint);
      if (mark) mark.count++;
      else marks.set(codePoint, { count: 1, kind: kindOf(codePoint) });
      runs.add(codePoint);
      addition = markOf(codePoint);
    } else {
      runs.end();
    }
    if (isTruncated) continue;
    const room = max - shown.length;
    if (addition.length <= room) {
      shown += addition;
      continue;
    }
    if (piece.kind === 'plain') shown += cutBetweenCharacters(addition, room);
    isTruncated = true;
  }
  runs.end();
  return {
    text: shown,
    marks: [...marks].map(([codePoint, { count, kind }]) => ({ codePoint, count, kind })),
    hidden: runs.texts,
    isTruncated,
  };
}

/** True when `visibleText` would mark something. */
export function hasHiddenText(text: string): boolean {
  if (!hiddenPattern.test(text)) return false;
  for (const piece of pieces(text)) if (piece.kind === 'hidden') return true;
  return false;
}

/** Foreign text as one line of at most `max` UTF-16 units: hidden text marked, white space collapsed, cut with "…". */
export function oneLine(text: string, max: number): string {
  const line = visibleText(text).text.replace(/\s+/gu, ' ').trim();
  if (line.length <= max) return line;
  return `${visibleText(line, { maxLength: max - 1 }).text.trimEnd()}…`;
}

/** Wraps visible text so that its direction cannot reorder what stands around it (U+2068 … U+2069, line by line). */
export function isolate(text: string): string {
  return text
    .split('\n')
    .map((line) => `\u2068${line}\u2069`)
    .join('\n');
}

/** The `<U+XXXX>` mark of a code point. */
export function markOf(codePoint: number): string {
  return `<U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}>`;
}

function cutBetweenCharacters(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = Math.max(0, Math.floor(max));
  const splits = isHighSurrogate(text.charCodeAt(end - 1)) && isLowSurrogate(text.charCodeAt(end));
  return text.slice(0, splits ? end - 1 : end);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function within(codePoint: number, first: number, last: number): boolean {
  return codePoint >= first && codePoint <= last;
}

function isVariationSelector(codePoint: number): boolean {
  return within(codePoint, 0xfe00, 0xfe0f) || within(codePoint, 0xe0100, 0xe01ef);
}

function kindOf(codePoint: number): MarkKind {
  if (codePoint === 0x1b || [0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f].includes(codePoint)) return 'ansi';
  if (codePoint < 0x20 || within(codePoint, 0x7f, 0x9f)) return 'control';
  if (codePoint === 0x61c || within(codePoint, 0x200e, 0x200f)) return 'bidi';
  if (within(codePoint, 0x202a, 0x202e) || within(codePoint, 0x2066, 0x2069)) return 'bidi';
  if (within(codePoint, 0xe0000, 0xe007f)) return 'tag';
  if (isVariationSelector(codePoint)) return 'variation';
  if (within(codePoint, 0xd800, 0xdfff)) return 'surrogate';
  if (within(codePoint, 0xe000, 0xf8ff) || codePoint >= 0xf0000) return 'private';
  return 'invisible';
}

/** Collects neighbouring tag characters, and neighbouring variation selectors, and reads what they spell. */
class HiddenRuns {
  readonly texts: string[] = [];
  #kind: 'tag' | 'variation' | undefined;
  #bytes: number[] = [];

  add(codePoint: number): void {
    const kind = within(codePoint, 0xe0000, 0xe007f)
      ? 'tag'
      : isVariationSelector(codePoint)
        ? 'variation'
        : undefined;
    if (kind !== this.#kind) this.end();
    this.#kind = kind;
    if (kind === 'tag') this.#bytes.push(codePoint - 0xe0000);
    if (kind === 'variation')
      this.#bytes.push(codePoint <= 0xfe0f ? codePoint - 0xfe00 : codePoint - 0xe0100 + 16);
  }

  end(): void {
    const bytes = this.#bytes;
    const kind = this.#kind;
    this.#bytes = [];
    this.#kind = undefined;
    if (bytes.length === 0) return;
    // One selector is typography; only a row of them can carry bytes.
    if (kind === 'variation' && bytes.length < 2) return;
    const readable = kind === 'tag' ? bytes.filter((byte) => within(byte, 0x20, 0x7e)) : bytes;
    const text = visibleText(new TextDecoder().decode(Uint8Array.from(readable))).text;
    if (text !== '') this.texts.push(text);
  }
}

/** JSON on several lines; anything else as it came. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
