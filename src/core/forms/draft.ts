import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { emptyValue, fittingBranch, newItem } from './emptyValue.ts';
import type { ChoiceNode, FormModel, FormUse, NumberNode, StringNode } from './model.ts';
import { nodeOf } from './model.ts';
import type { Path } from './paths.ts';
import { getAt, isWithin, pointer, setAt } from './paths.ts';
import { member } from './schemaRefs.ts';
import type { Parsed, TextProblem } from './text.ts';
import { parseJson, parseNumber, serialize } from './text.ts';

/** A form while it is filled in: the value so far, plus what is typed but is no value yet. Plain data, persistable. */
export interface FormDraft {
  readonly value: Json | undefined;
  /** What is typed but does not parse, by JSON pointer. */
  readonly texts: Readonly<Record<string, { readonly text: string; readonly problem: TextProblem }>>;
  /** Branches that were chosen by hand, by JSON pointer. */
  readonly branches: Readonly<Record<string, number>>;
  /** The whole value as text while it is edited as JSON. */
  readonly json: string | undefined;
}

/** The draft a form starts with: `value` when given, else defaults. */
export function newDraft(model: FormModel, value?: Json): FormDraft {
  return { value: value === undefined ? emptyValue(model) : value, texts: {}, branches: {}, json: undefined };
}

/** The draft with a value (or none) at a path; what was typed there before is gone. */
export function setValue(draft: FormDraft, path: Path, value: Json | undefined): FormDraft {
  const at = pointer(path);
  const isOutside = (key: string) => !isWithin(key, at);
  return {
    ...draft,
    value: setAt(draft.value, path, value),
    texts: only(draft.texts, isOutside),
    branches: only(draft.branches, isOutside),
  };
}

/** The draft after typing into a string field: empty means absent, except in an array. */
export function setString(draft: FormDraft, path: Path, text: string): FormDraft {
  const isItem = typeof path.at(-1) === 'number';
  return setValue(draft, path, text === '' && !isItem ? undefined : text);
}

/** The draft after typing into a number field. */
export function setNumber(draft: FormDraft, path: Path, node: NumberNode, text: string): FormDraft {
  if (text.trim() === '') return setValue(draft, path, undefined);
  return withParsed(draft, path, text, parseNumber(text, node.isInteger));
}

/** The draft after typing into the JSON editor of a subtree; empty means absent. */
export function setJson(draft: FormDraft, path: Path, text: string): FormDraft {
  if (text.trim() === '') return setValue(draft, path, undefined);
  return withParsed(draft, path, text, parseJson(text));
}

function withParsed(draft: FormDraft, path: Path, text: string, parsed: Parsed): FormDraft {
  // The old value must not be sent while the field shows something else.
  const next = setValue(draft, path, parsed.ok ? parsed.value : undefined);
  return parsed.ok ? next : { ...next, texts: { ...next.texts, [pointer(path)]: { text, problem: parsed } } };
}

/** The draft with a new item at the end of an array. */
export function addItem(draft: FormDraft, path: Path, model: FormModel, use: FormUse): FormDraft {
  const items = getAt(draft.value, path);
  const grown = [...(Array.isArray(items) ? (items as readonly Json[]) : []), newItem(model, use)];
  return { ...draft, value: setAt(draft.value, path, grown) };
}

/** The draft without one item of an array. */
export function removeItem(draft: FormDraft, path: Path, index: number): FormDraft {
  return rearranged(
    draft,
    path,
    (items) => items.toSpliced(index, 1),
    (i) => (i === index ? undefined : i > index ? i - 1 : i),
  );
}

/** The draft with an item of an array moved to another position. */
export function moveItem(draft: FormDraft, path: Path, from: number, to: number): FormDraft {
  const items = getAt(draft.value, path);
  if (!Array.isArray(items) || to < 0 || to >= items.length) return draft;
  const order = items
    .map((_, i) => i)
    .toSpliced(from, 1)
    .toSpliced(to, 0, from);
  return rearranged(
    draft,
    path,
    (old) => order.map((i) => old[i] as Json),
    (i) => order.indexOf(i),
  );
}

function rearranged(
  draft: FormDraft,
  path: Path,
  change: (items: readonly Json[]) => readonly Json[],
  indexOf: (old: number) => number | undefined,
): FormDraft {
  const items = getAt(draft.value, path);
  if (!Array.isArray(items)) return draft;
  const prefix = `${pointer(path)}/`;
  const moved = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([key, entry]): [string, T][] => {
        const match = key.startsWith(prefix) ? /^(\d+)(.*)$/s.exec(key.slice(prefix.length)) : null;
        if (!match) return [[key, entry]];
        const index = indexOf(Number(match[1]));
        return index === undefined ? [] : [[`${prefix}${index}${match[2]}`, entry]];
      }),
    );
  return {
    ...draft,
    value: setAt(draft.value, path, change(items as readonly Json[])),
    texts: moved(draft.texts),
    branches: moved(draft.branches),
  };
}

/** The branch of a choice that a draft shows: the one chosen by hand, else the one the value fits. */
export function branchAt(draft: FormDraft, model: FormModel, path: Path, node: ChoiceNode): number {
  const chosen = draft.branches[pointer(path)];
  if (chosen !== undefined && chosen < node.branches.length) return chosen;
  return fittingBranch(model, node.branches, getAt(draft.value, path));
}

/** The draft with another branch of a choice; properties that both branches know are kept. */
export function chooseBranch(
  draft: FormDraft,
  model: FormModel,
  path: Path,
  node: ChoiceNode,
  index: number,
): FormDraft {
  const branch = node.branches[index];
  if (!branch) return draft;
  const old = getAt(draft.value, path);
  const start = emptyValue(model, branch);
  const cleared = setValue(
    draft,
    path,
    isJsonObject(old) && isJsonObject(start) ? carriedOver(model, branch, old, start) : start,
  );
  return { ...cleared, branches: { ...cleared.branches, [pointer(path)]: index } };
}

function carriedOver(model: FormModel, branch: FormUse, old: Json, start: Json): Json {
  const node = nodeOf(model, branch);
  if (node.kind !== 'object' || !isJsonObject(old) || !isJsonObject(start)) return start;
  const kept = node.fields.flatMap((field): [string, Json][] => {
    const value = member(old, field.name);
    const fieldNode = nodeOf(model, field);
    const isFixed = fieldNode.kind === 'const' || fieldNode.kind === 'enum';
    return value === undefined || isFixed || !isSameKind(fieldNode.kind, value) ? [] : [[field.name, value]];
  });
  return Object.fromEntries([...Object.entries(start), ...kept]);
}

function isSameKind(kind: string, value: Json): boolean {
  if (kind === 'object') return isJsonObject(value);
  if (kind === 'array' || kind === 'multi-enum') return Array.isArray(value);
  return kind === 'json' || kind === 'choice' || kind === typeof value;
}

/** The text a field shows: what was typed, else its value. */
export function textAt(
  draft: FormDraft,
  path: Path,
  node: StringNode | NumberNode | { readonly kind: 'json' },
): string {
  const typed = draft.texts[pointer(path)];
  if (typed) return typed.text;
  return serialize(getAt(draft.value, path), node.kind === 'json');
}

/** What keeps a draft from being a value, by JSON pointer. */
export function draftProblems(
  draft: FormDraft,
): readonly { readonly path: string; readonly problem: TextProblem }[] {
  if (draft.json !== undefined) {
    const parsed = parseJson(draft.json);
    return parsed.ok ? [] : [{ path: '', problem: parsed }];
  }
  return Object.entries(draft.texts).map(([path, typed]) => ({ path, problem: typed.problem }));
}

/** The draft as one JSON text; switching back with `toForm` keeps everything. */
export function toJson(draft: FormDraft): FormDraft {
  return draft.json === undefined ? { ...draft, json: serialize(draft.value ?? {}, true) } : draft;
}

/** The draft as fields again; undefined while the JSON text does not parse. */
export function toForm(draft: FormDraft): FormDraft | undefined {
  if (draft.json === undefined) return draft;
  const parsed = parseJson(draft.json);
  return parsed.ok ? { value: parsed.value, texts: {}, branches: {}, json: undefined } : undefined;
}

/** The value that would be sent; undefined while something typed is no value yet. */
export function valueOfDraft(draft: FormDraft): Json | undefined {
  if (draft.json === undefined) return Object.keys(draft.texts).length > 0 ? undefined : draft.value;
  const parsed = parseJson(draft.json);
  return parsed.ok ? parsed.value : undefined;
}

function only<T>(entries: Readonly<Record<string, T>>, isKept: (key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => isKept(key)));
}
