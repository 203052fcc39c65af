import { isSecretName } from './configSecrets.ts';
import type { EntryInput } from './registry.ts';
import type { InputDefinition } from './server.ts';
import { template, type Template } from './installTemplate.ts';

/** Something that the user is asked for before or at the first start of an installed server. */
export interface InstallInput extends InputDefinition {
  /** What the entry calls it. */
  readonly label: string;
  readonly origin: InputOrigin;
  readonly format: EntryInput['format'] | 'directory';
  readonly isRequired: boolean;
  /** As the publisher declared it; `isPassword` also counts names that look like secrets. */
  readonly isSecret: boolean;
  /** Takes a list of values. */
  readonly isRepeated: boolean;
  /** A yes/no question whether the argument is given at all. */
  readonly isFlag: boolean;
  readonly placeholder: string | undefined;
  /** A regular expression for the whole value, with what it means in words. */
  readonly pattern: { readonly source: string; readonly meaning: string } | undefined;
  /** Bounds of a number. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** False when a repaired command has no place for the answer: listed, not asked. */
  readonly isUsed: boolean;
}

/** Where an entry declares an input. */
export type InputOrigin = 'environment' | 'argument' | 'runtime' | 'header' | 'url' | 'text' | 'bundle';

/** What an input is made from. */
export interface Question {
  readonly label: string;
  readonly origin: InputOrigin;
  readonly input: EntryInput;
  readonly isRequired?: boolean;
  readonly isSecret?: boolean;
  readonly isRepeated?: boolean;
  readonly isFlag?: boolean;
  readonly pattern?: InstallInput['pattern'];
}

/** An input with nothing but a default. */
export const plainInput: EntryInput = {
  description: undefined,
  isRequired: false,
  isSecret: false,
  format: 'string',
  default: undefined,
  placeholder: undefined,
  value: undefined,
  choices: [],
  variables: {},
};

/** Collects the inputs of one plan under ids that are unique and start with the server's name. */
export class InputBook {
  readonly #prefix: string;
  readonly #inputs = new Map<string, InstallInput>();
  readonly #shared = new Map<string, string>();

  constructor(serverName: string) {
    this.#prefix = idPart(serverName) || 'server';
  }

  get inputs(): readonly InstallInput[] {
    return [...this.#inputs.values()];
  }

  /** Adds an input and returns its id; the same variable declared twice in the same words is asked once. */
  ask(question: Question): string {
    const { label, input } = question;
    const shareKey =
      question.origin === 'text' ? undefined : JSON.stringify([label, input, question.isFlag ?? false]);
    const known = shareKey === undefined ? undefined : this.#shared.get(shareKey);
    if (known !== undefined) {
      const before = this.#inputs.get(known);
      if (before) {
        this.#inputs.set(known, {
          ...before,
          isRequired: before.isRequired || (question.isRequired ?? false),
        });
        return known;
      }
    }
    const stem = `${this.#prefix}-${idPart(label) || 'value'}`;
    let id = stem;
    for (let count = 2; this.#inputs.has(id); count++) id = `${stem}-${count}`;
    const isSecret = input.isSecret || (question.isSecret ?? false);
    const isYesNo = question.isFlag || (input.format === 'boolean' && input.choices.length === 0);
    const choices = isYesNo ? ['true', 'false'] : input.choices;
    // A publisher's default counts, also when the publisher's choices forget it.
    const isOdd = choices.length > 0 && !isBlank(input.default) && !choices.includes(input.default ?? '');
    const options = isOdd ? [input.default ?? '', ...choices] : choices;
    this.#inputs.set(id, {
      id,
      kind: options.length > 0 ? 'pick' : 'text',
      description: input.description ?? label,
      isPassword: isSecret || (options.length === 0 && isSecretName(label)),
      default: isBlank(input.default) ? undefined : input.default,
      options,
      label,
      origin: question.origin,
      format: input.format,
      isRequired: question.isRequired ?? input.isRequired,
      isSecret,
      isRepeated: question.isRepeated ?? false,
      isFlag: question.isFlag ?? false,
      placeholder: input.placeholder,
      pattern: question.pattern,
      min: undefined,
      max: undefined,
      isUsed: true,
    });
    if (shareKey !== undefined) this.#shared.set(shareKey, id);
    return id;
  }

  get(id: string): InstallInput | undefined {
    return this.#inputs.get(id);
  }

  /** Changes an input that was added. */
  change(
    id: string,
    change: Partial<Pick<InstallInput, 'isUsed' | 'isRequired' | 'pattern' | 'min' | 'max' | 'format'>>,
  ): void {
    const input = this.#inputs.get(id);
    if (input) this.#inputs.set(id, { ...input, ...change });
  }

  /** Takes an input back that turned out to ask nothing. */
  drop(id: string): void {
    this.#inputs.delete(id);
  }
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text === '';
}

/** A value of an entry as a template; `declared` false marks braces that name no variable and stay as text. */
export interface ResolvedInput {
  readonly value: Template;
  readonly isFixed: boolean;
  readonly isSecret: boolean;
  readonly undeclared: readonly string[];
}

/** Resolves one input: fixed value with its variables replaced, or a question. */
export function resolveInput(book: InputBook, question: Question): ResolvedInput {
  const { input } = question;
  if (input.value === undefined) {
    const id = book.ask(question);
    return {
      value: [{ input: id }],
      isFixed: false,
      isSecret: book.get(id)?.isPassword ?? false,
      undeclared: [],
    };
  }
  const undeclared: string[] = [];
  let isSecret = input.isSecret;
  const parts = splitBraces(input.value).map((part) => {
    if (typeof part === 'string') return part;
    const variable = Object.hasOwn(input.variables, part.name) ? input.variables[part.name] : undefined;
    if (variable === undefined) {
      undeclared.push(part.name);
      return `{${part.name}}`;
    }
    isSecret ||= variable.isSecret;
    if (variable.value !== undefined) return variable.value;
    const id = book.ask({
      ...question,
      label: part.name,
      input: variable,
      isRequired: variable.isRequired || (question.isRequired ?? input.isRequired),
      isSecret: input.isSecret,
      isRepeated: false,
      isFlag: false,
    });
    isSecret ||= book.get(id)?.isPassword ?? false;
    return { input: id };
  });
  return { value: template(parts), isFixed: true, isSecret, undeclared };
}

/** Cuts a text at every `{name}`. */
export function splitBraces(text: string): readonly (string | { readonly name: string })[] {
  const parts: (string | { readonly name: string })[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{([^{}\s]{1,100})\}/g)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ name: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push(text.slice(end));
  return parts;
}

/** Text as a part of an input id. */
export function idPart(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 60);
}
