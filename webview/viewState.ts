import type { FormDraft } from '../src/core/forms/draft.ts';

/** A filled-in form; a private one (it has a password field) is never saved. */
export interface KeptDraft {
  readonly draft: FormDraft;
  readonly isPrivate: boolean;
}

/** What only this view knows: nothing here is the truth about a server, a job or a request. Replaced whole. */
export interface ViewState {
  readonly filters: Readonly<Record<string, string>>;
  /** Filled-in forms by form key, least recently used first. */
  readonly drafts: Readonly<Record<string, KeptDraft>>;
  /** Disclosures that were opened or closed by hand. */
  readonly expanded: Readonly<Record<string, boolean>>;
  /** Scroll offset by list. */
  readonly scroll: Readonly<Record<string, number>>;
  readonly jobsShown: 'all' | 'open' | 'finished' | 'failed';
}

/** A view that nobody touched yet. */
export const emptyViewState: ViewState = {
  filters: {},
  drafts: {},
  expanded: {},
  scroll: {},
  jobsShown: 'all',
};

const maxEntries = 50;
const maxSavedText = 500_000;

/** The state with one entry of a table changed; `undefined` removes it. The newest entries are kept. */
export function withEntry<K extends 'filters' | 'drafts' | 'expanded' | 'scroll'>(
  state: ViewState,
  table: K,
  key: string,
  value: ViewState[K][string] | undefined,
): ViewState {
  const rest = Object.entries(state[table]).filter(([name]) => name !== key);
  const entries = value === undefined ? rest : [...rest, [key, value] as const];
  return { ...state, [table]: Object.fromEntries(entries.slice(-maxEntries)) };
}

/** What is kept over a reload: bounded, and no private draft. */
export function toSaved(state: ViewState): ViewState {
  const drafts: [string, KeptDraft][] = [];
  let room = maxSavedText;
  for (const [key, kept] of Object.entries(state.drafts).reverse()) {
    if (kept.isPrivate) continue;
    room -= JSON.stringify(kept).length;
    if (room >= 0) drafts.unshift([key, kept]);
  }
  return { ...state, drafts: Object.fromEntries(drafts) };
}

/** The view state from what was saved; anything that is not as expected is left out. */
export function fromSaved(saved: unknown): ViewState {
  if (!isRecord(saved)) return emptyViewState;
  const jobsShown = (['all', 'open', 'finished', 'failed'] as const).find(
    (one) => one === saved['jobsShown'],
  );
  return {
    filters: entriesOf(saved['filters'], (value) => typeof value === 'string'),
    drafts: entriesOf(saved['drafts'], isDraft),
    expanded: entriesOf(saved['expanded'], (value) => typeof value === 'boolean'),
    scroll: entriesOf(saved['scroll'], (value) => typeof value === 'number'),
    jobsShown: jobsShown ?? 'all',
  };
}

function entriesOf<T>(table: unknown, isValue: (value: unknown) => value is T): Readonly<Record<string, T>> {
  if (!isRecord(table)) return {};
  return Object.fromEntries(Object.entries(table).filter((entry): entry is [string, T] => isValue(entry[1])));
}

function isDraft(value: unknown): value is KeptDraft {
  if (!isRecord(value) || value['isPrivate'] !== false) return false;
  const draft = value['draft'];
  if (!isRecord(draft) || !isRecord(draft['texts']) || !isRecord(draft['branches'])) return false;
  return draft['json'] === undefined || typeof draft['json'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
