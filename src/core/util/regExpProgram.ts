/** One step of a compiled pattern. */
export type Instruction =
  | { readonly kind: 'character'; readonly test: (character: string) => boolean }
  | { readonly kind: 'split'; readonly a: number; readonly b: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'match' };

/** A compiled pattern; jumps are absolute. */
export type Program = readonly Instruction[];

const maxInstructions = 5000;
const maxNesting = 200;

/** Instructions whose jumps are relative to their own start, so that pieces can be put together. */
type Piece = readonly Instruction[];

class Unsupported extends Error {}

/** The program of an ECMAScript pattern (`u` flag, tolerant of needless escapes); undefined when it is not regular or too large. */
export function compileRegExp(source: string): Program | undefined {
  try {
    return new Parser(source).program();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  program(): Program {
    const piece = this.#alternatives();
    if (this.#at < this.#source.length) throw new Unsupported('unbalanced');
    return joined([piece, [{ kind: 'match' }]]);
  }

  #alternatives(): Piece {
    if (++this.#depth > maxNesting) throw new Unsupported('too deep');
    let piece = this.#sequence();
    while (this.#take('|')) {
      const other = this.#sequence();
      piece = joined([
        [{ kind: 'split', a: 1, b: piece.length + 2 }],
        piece,
        [{ kind: 'jump', to: other.length + 1 }],
        other,
      ]);
    }
    this.#depth--;
    return piece;
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) pieces.push(this.#quantified());
    return joined(pieces);
  }

  #quantified(): Piece {
    const atom = this.#atom();
    const bounds = this.#quantifier();
    return bounds ? repeated(atom, bounds.min, bounds.max) : atom;
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    const match = /^(?:([*+?])|\{(\d{1,6})(?:(,)(\d{1,6})?)?\})\??/.exec(
      this.#source.slice(this.#at, this.#at + 24),
    );
    if (!match) return undefined;
    this.#at += match[0].length;
    const [, sign, low, comma, high] = match;
    if (sign) return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
    const min = Number(low);
    const max = high === undefined ? (comma ? Infinity : min) : Number(high);
    if (max < min) throw new Unsupported('bounds out of order');
    return { min, max };
  }

  #atom(): Piece {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '.':
        return single((one) => !/^[\n\r\u2028\u2029]$/.test(one));
      case '^':
        return [{ kind: 'assert', what: 'start' }];
      case '$':
        return [{ kind: 'assert', what: 'end' }];
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new Unsupported('nothing to repeat');
      default:
        return single((one) => one === character);
    }
  }

  #group(): Piece {
    if (this.#take('?') && !this.#take(':')) {
      const name = /^<[\p{ID_Start}$_][\p{ID_Continue}$]*>/u.exec(this.#source.slice(this.#at));
      if (!name) throw new Unsupported('look-around');
      this.#at += name[0].length;
    }
    const piece = this.#alternatives();
    if (!this.#take(')')) throw new Unsupported('unbalanced');
    return piece;
  }

  #class(): Piece {
    const start = this.#at - 1;
    for (let character = this.#next(); character !== ']'; character = this.#next())
      if (character === '\\') this.#next();
    return this.#native(this.#source.slice(start, this.#at));
  }

  #escape(): Piece {
    const character = this.#next();
    if (character === 'b' || character === 'B')
      return [{ kind: 'assert', what: character === 'b' ? 'boundary' : 'inside' }];
    if (/^[1-9]$/.test(character) || character === 'k') throw new Unsupported('back reference');
    if (/^[dDwWsSfnrtv0]$/.test(character)) return this.#native(`\\${character}`);
    const rest = this.#source.slice(this.#at);
    const long =
      /^(?:p|P)\{[^}]{1,80}\}|^u\{[\da-f]{1,6}\}|^u[dD][89abAB][\da-f]{2}\\u[dD][c-fC-F][\da-f]{2}|^u[\da-f]{4}|^x[\da-f]{2}|^c[a-z]/iu.exec(
        character + rest,
      );
    if (!long) return single((one) => one === character);
    this.#at += long[0].length - character.length;
    return this.#native(`\\${long[0]}`);
  }

  /** One character matched by the engine itself, which cannot backtrack on a single character. */
  #native(source: string): Piece {
    for (const flags of ['u', '']) {
      try {
        const pattern = new RegExp(`^${source}$`, flags);
        return single((one) => pattern.test(one));
      } catch {
        continue;
      }
    }
    throw new Unsupported('invalid');
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #take(text: string): boolean {
    const isNext = this.#source.startsWith(text, this.#at);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #next(): string {
    const codePoint = this.#source.codePointAt(this.#at);
    if (codePoint === undefined) throw new Unsupported('unbalanced');
    const character = String.fromCodePoint(codePoint);
    this.#at += character.length;
    return character;
  }
}

function single(test: (character: string) => boolean): Piece {
  return [{ kind: 'character', test }];
}

function joined(pieces: readonly Piece[]): Piece {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (size > maxInstructions) throw new Unsupported('too large');
  let base = 0;
  const whole: Instruction[] = [];
  for (const piece of pieces) {
    for (const instruction of piece) whole.push(shifted(instruction, base));
    base += piece.length;
  }
  return whole;
}

function shifted(instruction: Instruction, by: number): Instruction {
  if (instruction.kind === 'jump') return { kind: 'jump', to: instruction.to + by };
  if (instruction.kind === 'split') return { kind: 'split', a: instruction.a + by, b: instruction.b + by };
  return instruction;
}

function repeated(piece: Piece, min: number, max: number): Piece {
  const length = piece.length;
  if (length * Math.max(min, max === Infinity ? 1 : max) > maxInstructions)
    throw new Unsupported('too large');
  const pieces: Piece[] = Array.from({ length: min }, () => piece);
  if (max === Infinity) {
    pieces.push(
      joined([[{ kind: 'split', a: 1, b: length + 2 }], piece, [{ kind: 'jump', to: -length - 1 }]]),
    );
  } else {
    // Each optional copy leads past itself; the copies that follow are then optional as well.
    for (let i = min; i < max; i++) pieces.push(joined([[{ kind: 'split', a: 1, b: length + 1 }], piece]));
  }
  return joined(pieces);
}
