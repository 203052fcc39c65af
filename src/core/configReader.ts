import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { ConfigProblem, Source } from './server.ts';
import { visibleText } from './util/text.ts';

/** A value in a configuration file with its place. */
export type ConfigNode = Node;

/** One member of an object: the last of its name, as every JSON parser has it. */
export interface ConfigMember {
  readonly name: string;
  readonly key: ConfigNode;
  readonly value: ConfigNode;
}

const maxDepth = 64;
const maxProblems = 100;
const byteOrderMark = '\uFEFF';

// The scanner's token numbers; the library's enums are gone at run time under isolated modules.
const openTokens = new Set([1, 3]);
const closeTokens = new Set([2, 4]);
const endOfFile = 17;

/** Reads JSON with comments and trailing commas; finds what it can in a damaged file and says what is wrong where. */
export class ConfigReader {
  readonly source: Source;
  readonly text: string;
  readonly problems: ConfigProblem[] = [];
  readonly root: ConfigNode | undefined;
  readonly #lineStarts: readonly number[];
  #isDamaged = false;

  constructor(source: Source, text: string) {
    this.source = source;
    // Editors do not count the mark, so neither do our columns.
    this.text = text.startsWith(byteOrderMark) ? text.slice(1) : text;
    this.#lineStarts = lineStarts(this.text);
    this.root = this.#parse();
  }

  /** The 1-based place of an offset, always inside the file. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const at = Math.min(Math.max(0, offset), this.text.length);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#lineStarts[low] ?? 0) + 1 };
  }

  report(at: ConfigNode | number, message: string, entry?: string): void {
    if (this.problems.length >= maxProblems) return;
    const { line, column } = this.position(typeof at === 'number' ? at : at.offset);
    this.problems.push({ source: this.source, entry, line, column, message });
  }

  /** The members of an object; a name that occurs twice is reported and the last one counts. */
  members(object: ConfigNode, entry?: string): readonly ConfigMember[] {
    const members = new Map<string, ConfigMember>();
    for (const property of object.children ?? []) {
      const [key, value] = property.children ?? [];
      if (!key || !value || typeof key.value !== 'string') continue;
      const first = members.get(key.value);
      if (first) {
        const { line } = this.position(first.key.offset);
        this.report(
          key,
          `${quoted(key.value)} occurs twice, first in line ${line}; the last one counts`,
          entry,
        );
        members.delete(key.value);
      }
      members.set(key.value, { name: key.value, key, value });
    }
    return [...members.values()];
  }

  /** True when the value is undamaged, whatever is wrong elsewhere in the file. */
  isWhole(node: ConfigNode): boolean {
    if (!this.#isDamaged) return true;
    const errors: ParseError[] = [];
    parseTree(this.text.slice(node.offset, node.offset + node.length), errors, { allowTrailingComma: true });
    return errors.length === 0;
  }

  #reportDamage(offset: number, message: string): void {
    const place = this.position(offset);
    this.problems.push({ source: this.source, entry: undefined, ...place, message, hidesEntries: true });
  }

  #parse(): ConfigNode | undefined {
    if (this.text.trim() === '') return undefined;
    const tooDeep = findTooDeep(this.text);
    if (tooDeep !== undefined) {
      this.#reportDamage(tooDeep, `nested more than ${maxDepth} levels deep`);
      return undefined;
    }
    const errors: ParseError[] = [];
    const root = parseTree(this.text, errors, { allowTrailingComma: true });
    this.#isDamaged = errors.length > 0;
    // What follows the first error is mostly its echo.
    const [first] = errors;
    if (first)
      this.#reportDamage(
        first.offset,
        `not valid JSON: ${syntaxReasons[printParseErrorCode(first.error)] ?? 'unexpected text'}`,
      );
    return root;
  }
}

/** What kind of value a node is, for "expected …, found …". */
export function kindOfValue(node: ConfigNode): string {
  if (node.type === 'null') return 'null';
  return node.type === 'array' || node.type === 'object' ? `an ${node.type}` : `a ${node.type}`;
}

/** A name from a file in quotes on one line, hidden characters marked, cut when long. */
export function quoted(name: string): string {
  const seen = visibleText(name.replaceAll('\n', '\\n').replaceAll('\t', '\\t'), { maxLength: 80 });
  return `"${seen.text}${seen.isTruncated ? '…' : ''}"`;
}

const syntaxReasons: Readonly<Record<string, string>> = {
  InvalidSymbol: 'unknown word; texts need double quotes',
  InvalidNumberFormat: 'malformed number',
  PropertyNameExpected: 'a name in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing brace } is missing',
  CloseBracketExpected: 'a closing bracket ] is missing',
  EndOfFileExpected: 'the file should end here',
  InvalidCommentToken: 'malformed comment',
  UnexpectedEndOfComment: 'the comment is not closed',
  UnexpectedEndOfString: 'the text is not closed by a double quote on its line',
  UnexpectedEndOfNumber: 'the number is cut off',
  InvalidUnicode: 'malformed \\u escape',
  InvalidEscapeCharacter: 'unknown escape; a backslash is written \\\\',
  InvalidCharacter: 'a control character in a text must be escaped',
};

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** The offset of the first bracket below `maxDepth`; the parser is recursive and would overflow the stack. */
function findTooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== endOfFile; token = scanner.scan()) {
    if (openTokens.has(token) && ++depth > maxDepth) return scanner.getTokenOffset();
    if (closeTokens.has(token) && depth > 0) depth--;
  }
  return undefined;
}
