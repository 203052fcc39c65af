import type { Answers } from './installComplete.ts';
import { idPart, type InstallInput } from './installInputs.ts';
import type { JsonObject, Json } from './json.ts';
import type { Finding } from './schemaValidator.ts';

/** What is known before a form is filled in, by answer key. The answers hold secrets; a form starts without them. */
export interface KnownAnswers {
  readonly answers: Answers;
  /** Secrets whose value the host has: an empty field keeps it. */
  readonly kept: ReadonlySet<string>;
}

/** Names an input independently of what its server is called, so that answers outlive a new name. */
export type AnswerKey = (inputId: string) => string;

/** The keys of inputs whose ids begin with the server's name. */
export function answerKeys(serverName: string): AnswerKey {
  const prefix = `${idPart(serverName) || 'server'}-`;
  return (id) => (id.startsWith(prefix) && id.length > prefix.length ? id.slice(prefix.length) : id);
}

/** The inputs that are asked for. */
export function askedInputs(inputs: readonly InstallInput[]): readonly InstallInput[] {
  // What is kept as text because it looks like a variable is no question.
  return inputs.filter((input) => input.isUsed && input.origin !== 'text');
}

/** A JSON Schema that asks for the inputs of a plan, required ones first. */
export function inputSchema(
  inputs: readonly InstallInput[],
  kept: ReadonlySet<string>,
  keyOf: AnswerKey,
): JsonObject {
  const asked = askedInputs(inputs).toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired));
  return {
    type: 'object',
    properties: Object.fromEntries(
      asked.map((input) => [keyOf(input.id), schemaOf(input, kept.has(keyOf(input.id)))]),
    ),
    required: asked
      .map((input) => (input.isRequired ? keyOf(input.id) : ''))
      .filter((key) => key !== '' && !kept.has(key)),
    additionalProperties: false,
  };
}

function schemaOf(input: InstallInput, isKept: boolean): JsonObject {
  const title = input.label;
  const notes = [
    input.description === input.label ? '' : input.description,
    isKept ? 'A value is stored; leave this empty to keep it.' : '',
    input.format === 'filepath' ? 'A path of this machine.' : '',
    input.format === 'directory' ? 'A folder of this machine.' : '',
  ];
  const description = notes
    .filter((note) => note !== '')
    .map((note) => (/[.!?]$/.test(note) ? note : `${note}.`))
    .join(' ');
  const about = { title, ...(description === '' ? {} : { description }) };
  const item = itemOf(input);
  if (input.isRepeated) return { ...about, type: 'array', items: { ...item, title: input.label } };
  return { ...item, ...about };
}

function itemOf(input: InstallInput): JsonObject {
  if (isYesNo(input)) return { type: 'boolean' };
  if (input.options.length > 0) return { type: 'string', enum: [...input.options] };
  const examples = input.placeholder === undefined ? {} : { examples: [input.placeholder] };
  if (input.format === 'number' && !input.isPassword) {
    return {
      type: 'number',
      ...(input.min === undefined ? {} : { minimum: input.min }),
      ...(input.max === undefined ? {} : { maximum: input.max }),
      ...examples,
    };
  }
  return { type: 'string', ...(input.isPassword ? { format: 'password' } : {}), ...examples };
}

function isYesNo(input: InstallInput): boolean {
  return (
    input.options.length === 2 && input.options.every((option) => option === 'true' || option === 'false')
  );
}

/** What the form starts with: earlier answers, else the defaults of the entry; no secrets. */
export function formStart(
  inputs: readonly InstallInput[],
  { answers, kept }: KnownAnswers,
  keyOf: AnswerKey,
): JsonObject {
  const start: [string, Json][] = [];
  for (const input of askedInputs(inputs)) {
    const key = keyOf(input.id);
    if (input.isPassword || kept.has(key)) continue;
    const known = answers[key];
    const values =
      known === undefined ? (input.default === undefined ? [] : [input.default]) : [known].flat();
    const typed = values.flatMap((value) => jsonOf(input, value) ?? []);
    const [first] = typed;
    if (input.isRepeated && typed.length > 0) start.push([key, typed]);
    else if (!input.isRepeated && first !== undefined) start.push([key, first]);
  }
  return Object.fromEntries(start);
}

function jsonOf(input: InstallInput, value: string): Json | undefined {
  if (isYesNo(input)) return value === 'true';
  if (input.options.length > 0) return input.options.includes(value) ? value : undefined;
  if (input.format !== 'number') return value;
  const number = Number(value);
  return value.trim() !== '' && Number.isFinite(number) ? number : undefined;
}

/** What a filled-in form answers, by answer key; a secret that was left empty keeps the value that the host has. */
export function answersOf(
  inputs: readonly InstallInput[],
  content: JsonObject,
  known: KnownAnswers,
  keyOf: AnswerKey,
): Answers {
  const answers: [string, string | readonly string[]][] = [];
  for (const input of askedInputs(inputs)) {
    const key = keyOf(input.id);
    const given = Object.hasOwn(content, key) ? content[key] : undefined;
    const before = known.answers[key];
    if (given !== undefined && given !== '') {
      answers.push([key, Array.isArray(given) ? given.map(textOf) : textOf(given)]);
    } else if (input.isPassword && known.kept.has(key)) {
      if (before !== undefined) answers.push([key, before]);
    } else {
      // Cleared by hand: the default does not come back.
      answers.push([key, '']);
    }
  }
  return Object.fromEntries(answers);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The problems of a completed plan as findings of the form that `inputSchema` makes. */
export function findingsOf(
  problems: readonly { readonly inputId: string | undefined; readonly message: string }[],
  keyOf: AnswerKey,
): readonly Finding[] {
  return problems.map(({ inputId, message }) => ({
    kind: 'value',
    path: inputId === undefined ? '' : `/${keyOf(inputId).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    keyword: 'install',
    params: [],
    message,
  }));
}
