import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { FormDraft } from './draft.ts';
import { nodeOf, type FormField, type FormModel } from './model.ts';
import { isWithin, pointer } from './paths.ts';

// Servers must not ask for secrets in a form, and some do all the same.
const secretWords =
  /pass(word|phrase|code|wd)|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|credential|\botp\b|\bpin\b|\bcvv\b/i;

/** True when a form has a field for something that must not be written down. */
export function hasSecretFields(model: FormModel): boolean {
  return (
    secretNames(model).size > 0 ||
    model.nodes.some((node) => node.kind === 'string' && node.input === 'password')
  );
}

/** The draft as it may be kept: without what was typed into such fields, and undefined where they cannot be told apart. */
export function withoutSecrets(draft: FormDraft, model: FormModel): FormDraft | undefined {
  if (!hasSecretFields(model)) return draft;
  const names = secretNames(model);
  const isDeep = model.nodes.some(
    (node, at) => node.kind === 'string' && node.input === 'password' && !isOfRoot(model, at),
  );
  if (draft.json !== undefined || isDeep || !isJsonObject(draft.value)) return undefined;
  const isOpen = (at: string) => ![...names].some((name) => isWithin(at, pointer([name])));
  const value = Object.fromEntries(Object.entries(draft.value).filter(([name]) => !names.has(name)));
  return {
    ...draft,
    value: value as Json,
    texts: Object.fromEntries(Object.entries(draft.texts).filter(([at]) => isOpen(at))),
    branches: Object.fromEntries(Object.entries(draft.branches).filter(([at]) => isOpen(at))),
  };
}

/** True for a field that takes a password, or says that it does. */
export function isSecretField(model: FormModel, field: FormField): boolean {
  const node = nodeOf(model, field);
  if (node.kind !== 'string') return false;
  return (
    node.input === 'password' || secretWords.test(field.name) || secretWords.test(field.title?.text ?? '')
  );
}

function secretNames(model: FormModel): ReadonlySet<string> {
  return new Set(
    fieldsOf(model)
      .filter((field) => isSecretField(model, field))
      .map(({ name }) => name),
  );
}

function isOfRoot(model: FormModel, at: number): boolean {
  return fieldsOf(model).some((field) => field.node === at);
}

function fieldsOf(model: FormModel): readonly FormField[] {
  const root = nodeOf(model, model.root);
  return root.kind === 'object' ? root.fields : [];
}
