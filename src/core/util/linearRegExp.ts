import type { Program } from './regExpProgram.ts';
import { compileRegExp } from './regExpProgram.ts';

const maxSteps = 4_000_000;

/** What a test of a text against a foreign pattern said; `unknown`: not decided within bounds. */
export type PatternVerdict = 'match' | 'no-match' | 'unknown';

/**
 * Tests text against a regular expression from a foreign source in time linear in the text: no backtracking, so no
 * pattern can stall. Patterns that are not regular (look-around, back references) are `unknown`.
 */
export class LinearRegExp {
  readonly #source: string;
  readonly #program: Program | undefined;

  constructor(source: string) {
    this.#source = source;
    this.#program = compileRegExp(source);
  }

  verdict(text: string): PatternVerdict {
    return this.#program ? run(this.#program, text) : 'unknown';
  }

  /** The pattern: Ajv tells the patterns of a schema apart by it. */
  toString(): string {
    return this.#source;
  }

  /** True unless the text certainly does not match. */
  test(text: string): boolean {
    return this.verdict(text) !== 'no-match';
  }
}

/** Simulates all threads of the program at once; one step per live instruction and character. */
function run(program: Program, text: string): PatternVerdict {
  const characters = Array.from(text);
  let steps = 0;
  let isMatch = false;
  let live = new Set<number>();

  const enter = (start: number, at: number, into: Set<number>): void => {
    const stack = [start];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (into.has(pc)) continue;
      into.add(pc);
      steps++;
      const instruction = program[pc];
      if (!instruction) continue;
      if (instruction.kind === 'match') isMatch = true;
      else if (instruction.kind === 'jump') stack.push(instruction.to);
      else if (instruction.kind === 'split') stack.push(instruction.b, instruction.a);
      else if (instruction.kind === 'assert' && holds(instruction.what, characters, at)) stack.push(pc + 1);
    }
  };

  for (let at = 0; at <= characters.length; at++) {
    enter(0, at, live);
    if (isMatch) return 'match';
    if (steps > maxSteps) return 'unknown';
    const next = new Set<number>();
    const character = characters[at];
    if (character === undefined) break;
    steps += live.size;
    for (const pc of live) {
      const instruction = program[pc];
      if (instruction?.kind === 'character' && instruction.test(character)) enter(pc + 1, at + 1, next);
    }
    if (isMatch) return 'match';
    live = next;
  }
  return 'no-match';
}

const word = /^\w$/;

function holds(
  what: 'start' | 'end' | 'boundary' | 'inside',
  characters: readonly string[],
  at: number,
): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === characters.length;
  const isBoundary = word.test(characters[at - 1] ?? '') !== word.test(characters[at] ?? '');
  return what === 'boundary' ? isBoundary : !isBoundary;
}
