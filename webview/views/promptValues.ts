import type { PromptDetail } from '../../src/core/dashboardPrompts.ts';
import type { PromptArgument } from '../../src/core/prompts.ts';
import { formModel } from '../../src/core/forms/formModel.ts';
import { hasSecretFields } from '../../src/core/forms/secretFields.ts';
import type { Json } from '../../src/core/json.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';

/** What is typed into the form of a prompt; kept over a reload unless a field asks for a secret. */
export interface PromptValues {
  /** Preview was pressed while something was missing. */
  readonly isTried: boolean;
  of(name: string): string;
  /** Arguments that hold something. */
  filled(): readonly PromptArgument[];
  set(name: string, value: string): void;
  tried(isMissing: boolean): void;
}

/** The values of the open prompt: as typed here, else as it was used last. */
export function promptValues(view: View, serverId: string, prompt: PromptDetail): PromptValues {
  const key = `prompt:${serverId}/${prompt.name}`;
  const triedKey = `tried:${key}`;
  const { use } = prompt;
  const read = () =>
    pairsOf(view.ui.drafts[key]?.draft.value) ?? (use?.kind === 'ready' ? use.arguments : []);
  return {
    isTried: view.ui.expanded[triedKey] ?? false,
    of: (name) => read().find((one) => one.name === name)?.value ?? '',
    filled: () => {
      const known = new Set(prompt.fields.map(({ name }) => name));
      return read().filter(({ name, value }) => value !== '' && known.has(name));
    },
    set: (name, value) => {
      const next = [...read().filter((one) => one.name !== name), { name, value }];
      const draft = {
        value: next.map((one): Json => [one.name, one.value]),
        ...{ texts: {}, branches: {}, json: undefined },
      };
      view.update((ui) => withEntry(ui, 'drafts', key, { draft, isPrivate: asksForSecrets(prompt) }));
    },
    tried: (isMissing) => view.update((ui) => withEntry(ui, 'expanded', triedKey, isMissing || undefined)),
  };
}

/** Pairs, because a server may name an argument like anything; undefined for what is no list of them. */
function pairsOf(value: Json | undefined): readonly PromptArgument[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((pair: Json) => {
    const [name, text] = (Array.isArray(pair) ? pair : []) as readonly Json[];
    return typeof name === 'string' && typeof text === 'string' ? [{ name, value: text }] : [];
  });
}

function asksForSecrets({ fields }: PromptDetail): boolean {
  const properties = Object.fromEntries(fields.map(({ name }) => [name, { type: 'string' }]));
  return hasSecretFields(formModel({ type: 'object', properties }));
}
