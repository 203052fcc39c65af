import { isJsonObject, type Json, type JsonObject } from './json.ts';

const maxText = 20_000;
const maxItems = 500;

/** Reads the members of one JSON object, in camelCase or snake_case; whatever has the wrong type is noted and left out. */
export class Fields {
  readonly #object: JsonObject;
  readonly #where: string;
  readonly #problems: string[];

  constructor(object: JsonObject, where: string, problems: string[]) {
    this.#object = object;
    this.#where = where;
    this.#problems = problems;
  }

  /** Notes a problem of this object or of one member. */
  problem(member: string, text: string): void {
    const where = [this.#where, member].filter((part) => part !== '').join('.');
    if (this.#problems.length < 100) this.#problems.push(where === '' ? text : `${where}: ${text}`);
  }

  /** The member as it is; null counts as missing. */
  raw(...names: readonly string[]): Json | undefined {
    for (const name of names) {
      // Two look-ups written out: this is the inner loop of reading a registry.
      const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
      if (value !== undefined && value !== null) return value;
      const snake = snakeCase(name);
      const old = Object.hasOwn(this.#object, snake) ? this.#object[snake] : undefined;
      if (old !== undefined && old !== null) return old;
    }
    return undefined;
  }

  /** A text; numbers and booleans become text because publishers write them so. */
  text(...names: readonly string[]): string | undefined {
    const value = this.raw(...names);
    if (value === undefined) return undefined;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string') {
      if (value.length <= maxText) return value;
      this.problem(names[0] ?? '', `longer than ${maxText} characters`);
      return undefined;
    }
    this.problem(names[0] ?? '', 'is not a text');
    return undefined;
  }

  /** A text that is not blank. */
  filled(...names: readonly string[]): string | undefined {
    const value = this.text(...names);
    return value === undefined || value.trim() === '' ? undefined : value;
  }

  /** True only for `true` (or the text "true"). */
  flag(...names: readonly string[]): boolean {
    const value = this.raw(...names);
    return value === true || value === 'true';
  }

  /** A nested object. */
  object(...names: readonly string[]): JsonObject | undefined {
    const value = this.raw(...names);
    if (value === undefined || isJsonObject(value)) return value;
    this.problem(names[0] ?? '', 'is not an object');
    return undefined;
  }

  /** The objects of a list, each with its place; other items are noted and left out. */
  objects(...names: readonly string[]): readonly { readonly item: JsonObject; readonly where: string }[] {
    const value = this.raw(...names);
    if (value === undefined) return [];
    const name = names[0] ?? '';
    if (!Array.isArray(value)) {
      this.problem(name, 'is not a list');
      return [];
    }
    if (value.length > maxItems) this.problem(name, `has more than ${maxItems} items: the rest is left out`);
    const found: { item: JsonObject; where: string }[] = [];
    value.slice(0, maxItems).forEach((item: Json, index) => {
      const where = `${this.#where === '' ? '' : `${this.#where}.`}${name}[${index}]`;
      if (isJsonObject(item)) found.push({ item, where });
      else this.#problems.push(`${where}: is not an object`);
    });
    return found;
  }

  /** The texts of a list. */
  texts(...names: readonly string[]): readonly string[] {
    const value = this.raw(...names);
    if (!Array.isArray(value)) return [];
    return value
      .slice(0, maxItems)
      .flatMap((item: Json) =>
        typeof item === 'string'
          ? [item]
          : typeof item === 'number' || typeof item === 'boolean'
            ? [String(item)]
            : [],
      );
  }
}

const snakeNames = new Map<string, string>();

function snakeCase(name: string): string {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(name, snake);
  }
  return snake;
}
