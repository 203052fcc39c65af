import { AppError } from './util/errors.ts';

/** The values that we write. */
export type TomlValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** A table with its header; one line per value. */
export function tomlTable(path: readonly string[], values: Readonly<Record<string, TomlValue>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${keyText(key)} = ${valueText(value)}`);
  return `[${path.map(keyText).join('.')}]\n${lines.join('\n')}\n`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : stringText(key);
}

function valueText(value: TomlValue): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly string[]).map(stringText).join(', ')}]`;
  const members = Object.entries(value as Readonly<Record<string, string>>);
  return `{ ${members.map(([key, text]) => `${keyText(key)} = ${stringText(text)}`).join(', ')} }`;
}

/** A basic string: the escapes of JSON are those of TOML, which also wants DEL escaped (TOML 1.0, String). */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007F', '\\u007F');
}

/** One line of a file that is not inside a value of several lines. */
interface TomlLine {
  /** Where it begins; a value may go on over the next ones. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'blank' | 'table' | 'array-table' | 'value';
  /** The names of a header, or of the key before `=`. */
  readonly path: readonly string[];
}

/**
 * The text with a table added at its end, or put in place of the same table when nothing but `known` keys stands in that.
 * Everything else stays as it is. Throws `invalid-config` for a text that cannot be understood, and `conflict` when
 * the table is there in another form or with keys of somebody else.
 */
export function withTomlTable(
  text: string | undefined,
  path: readonly string[],
  table: string,
  known: readonly string[],
): string {
  const before = text ?? '';
  const eol = before.includes('\r\n') ? '\r\n' : '\n';
  const block = table.replaceAll('\n', eol);
  const lines = tomlLines(before);
  const found = tableOf(lines, path, known);
  if (found) {
    const rest = before.slice(found.end);
    return `${before.slice(0, found.start)}${block}${rest}`;
  }
  if (before.trim() === '') return `${before}${block}`;
  const end = before.endsWith('\n') ? '' : eol;
  return `${before}${end}${eol}${block}`;
}

/** Whether a text has the table, in whatever form. */
export function hasTomlTable(text: string, path: readonly string[]): boolean {
  let at: readonly string[] = [];
  return tomlLines(text).some((line) => {
    if (line.kind === 'table' || line.kind === 'array-table') at = line.path;
    const full = line.kind === 'value' ? [...at, ...line.path] : line.path;
    return line.kind !== 'blank' && startsWith(full, path);
  });
}

function tableOf(
  lines: readonly TomlLine[],
  path: readonly string[],
  known: readonly string[],
): { readonly start: number; readonly end: number } | undefined {
  let at: readonly string[] = [];
  let found: { start: number; end: number } | undefined;
  let isIn = false;
  const elsewhere = () =>
    new AppError('conflict', `the file sets ${path.join('.')} in its own way; change it there by hand`);
  for (const line of lines) {
    if (line.kind === 'blank') continue;
    if (line.kind === 'value') {
      const full = [...at, ...line.path];
      // `mcp_servers = { … }` can take no table from outside.
      if (
        !isIn &&
        (startsWith(full, path) ||
          (line.path.length > 0 && startsWith(path, full) && at.length < path.length))
      )
        throw elsewhere();
      if (isIn && !known.includes(line.path[0] ?? '')) throw elsewhere();
      if (isIn && found) found.end = line.end;
      continue;
    }
    at = line.path;
    isIn = false;
    if (!startsWith(at, path)) continue;
    if (found || line.kind === 'array-table' || at.length > path.length) throw elsewhere();
    isIn = true;
    found = { start: line.start, end: line.end };
  }
  return found;
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.length <= path.length && start.every((name, index) => path[index] === name);
}

/** The lines of a text, as far as telling tables and keys apart needs it. */
function tomlLines(text: string): readonly TomlLine[] {
  const lines: TomlLine[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const start = at;
    const reader = new LineReader(text, at);
    const { kind, path } = reader.line();
    at = reader.at;
    lines.push({ start, end: at, kind, path });
  }
  return lines;
}

class LineReader {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  line(): { readonly kind: TomlLine['kind']; readonly path: readonly string[] } {
    this.#blanks();
    if (this.#isLineEnd()) {
      this.#endLine();
      return { kind: 'blank', path: [] };
    }
    const isArray = this.#text.startsWith('[[', this.at);
    if (this.#peek() === '[') {
      this.at += isArray ? 2 : 1;
      const path = this.#path();
      const close = isArray ? ']]' : ']';
      if (!this.#text.startsWith(close, this.at)) throw this.#broken();
      this.at += close.length;
      this.#endLine();
      return { kind: isArray ? 'array-table' : 'table', path };
    }
    const path = this.#path();
    if (this.#peek() !== '=') throw this.#broken();
    this.at++;
    this.#value();
    this.#endLine();
    return { kind: 'value', path };
  }

  #path(): readonly string[] {
    const path: string[] = [];
    for (;;) {
      this.#blanks();
      path.push(this.#name());
      this.#blanks();
      if (this.#peek() !== '.') return path;
      this.at++;
    }
  }

  #name(): string {
    const quote = this.#peek();
    if (quote === '"' || quote === "'") {
      const start = this.at;
      this.#string();
      const raw = this.#text.slice(start, this.at);
      if (quote === "'") return raw.slice(1, -1);
      try {
        return JSON.parse(raw) as string;
      } catch {
        return raw.slice(1, -1); // an escape that JSON does not have: no name of ours
      }
    }
    const bare = /[A-Za-z0-9_-]+/y;
    bare.lastIndex = this.at;
    const name = bare.exec(this.#text)?.[0];
    if (name === undefined) throw this.#broken();
    this.at += name.length;
    return name;
  }

  /** A value, over as many lines as it takes. */
  #value(): void {
    let depth = 0;
    let isEmpty = true;
    for (;;) {
      const char = this.#peek();
      if (char === undefined || char === '\n' || char === '#') {
        if (depth === 0) {
          if (isEmpty) throw this.#broken();
          return;
        }
        if (char === undefined) throw this.#broken();
        if (char === '#') this.#comment();
        else this.at++;
        continue;
      }
      if (char === '"' || char === "'") this.#string();
      else {
        if (char === '[' || char === '{') depth++;
        if (char === ']' || char === '}') depth--;
        if (depth < 0) throw this.#broken();
        this.at++;
      }
      if (char !== ' ' && char !== '\t' && char !== '\r') isEmpty = false;
    }
  }

  #string(): void {
    const quote = this.#peek() ?? '';
    const long = quote.repeat(3);
    const isLong = this.#text.startsWith(long, this.at);
    this.at += isLong ? 3 : 1;
    for (;;) {
      const char = this.#peek();
      if (char === undefined || (char === '\n' && !isLong)) throw this.#broken();
      if (char === '\\' && quote === '"') this.at += 2;
      else if (isLong ? this.#text.startsWith(long, this.at) : char === quote) break;
      else this.at++;
    }
    this.at += isLong ? 3 : 1;
    // Up to two quotes may stand right before the closing three.
    for (let extra = 0; isLong && extra < 2 && this.#peek() === quote; extra++) this.at++;
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.at);
    this.at = end < 0 ? this.#text.length : end;
  }

  #endLine(): void {
    this.#blanks();
    if (this.#peek() === '#') this.#comment();
    if (this.#peek() === '\r') this.at++;
    if (this.#peek() !== undefined && this.#peek() !== '\n') throw this.#broken();
    if (this.#peek() === '\n') this.at++;
  }

  #isLineEnd(): boolean {
    const char = this.#peek();
    return char === undefined || char === '\n' || char === '\r' || char === '#';
  }

  #blanks(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.at++;
  }

  #peek(): string | undefined {
    return this.#text[this.at];
  }

  #broken(): AppError {
    const line = this.#text.slice(0, this.at).split('\n').length;
    return new AppError('invalid-config', `line ${line} is no TOML that can be understood`, {
      nextStep: 'Open the file and repair it first.',
    });
  }
}
