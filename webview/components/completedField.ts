import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { shown } from '../../src/core/shown.ts';
import { count, t } from '../strings.ts';
import { foreign } from './foreign.ts';

export interface CompletedFieldOptions {
  /** Names the field in the whole dashboard. */
  readonly key: string;
  /** Element id; unique on the page. */
  readonly id: string;
  /** What assistive technology reads, with whatever stands beside the field. */
  readonly name: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly isInvalid?: boolean;
  readonly onInput: (value: string) => void;
  /** Suggestions for what is typed; a rejection counts as none. */
  readonly suggest: (value: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly redraw: () => void;
  /** Enter, while no suggestion is chosen. */
  readonly onEnter?: () => void;
}

interface Suggesting {
  values: readonly string[];
  active: number; // -1 = none
  isOpen: boolean;
  isBusy: boolean;
  abort: AbortController | undefined;
}

const maxFields = 50;
const maxShown = 100;
const fields = new Map<string, Suggesting>();

/** A text field whose server suggests values: an ARIA combobox with a list. Arrow keys choose, Enter or a click takes, Escape closes. */
export function completedField(options: CompletedFieldOptions): TemplateResult {
  const state = fieldOf(options.key);
  const listId = `${options.id}-list`;
  const isOpen = state.isOpen && state.values.length > 0;
  return html`<div class="completed">
    <input
      id=${options.id}
      class="completed-input"
      type="text"
      role="combobox"
      spellcheck="false"
      autocomplete="off"
      maxlength="4000"
      aria-label=${options.name}
      aria-autocomplete="list"
      aria-expanded=${isOpen}
      aria-controls=${listId}
      aria-activedescendant=${isOpen && state.active >= 0 ? `${listId}-${state.active}` : nothing}
      aria-invalid=${options.isInvalid ? 'true' : nothing}
      aria-required=${options.isRequired ? 'true' : nothing}
      placeholder=${options.placeholder ?? nothing}
      .value=${live(options.value)}
      @input=${(event: Event) => {
        const { value } = event.currentTarget as HTMLInputElement;
        options.onInput(value);
        void ask(state, options, value);
      }}
      @focus=${() => void ask(state, options, options.value)}
      @blur=${() => close(state, options)}
      @keydown=${(event: KeyboardEvent) => onKey(state, options, event)}
    />
    <div
      class="completed-list"
      id=${listId}
      role="listbox"
      aria-label=${t('completion.suggestions', options.name)}
      ?hidden=${!isOpen}
    >
      ${
        isOpen
          ? state.values.map(
              (value, at) =>
                html`<div
                  class="completed-option ${at === state.active ? 'active' : ''}"
                  id="${listId}-${at}"
                  role="option"
                  aria-selected=${at === state.active}
                  @mousedown=${(event: Event) => {
                    event.preventDefault(); // the field keeps the focus
                    take(state, options, value);
                  }}
                >
                  ${foreign(shown(value, 200))}
                </div>`,
            )
          : nothing
      }
    </div>
    <span class="sr-only" role="status"
      >${isOpen ? count('completion.count', state.values.length) : nothing}</span
    >
  </div>`;
}

function fieldOf(key: string): Suggesting {
  const known = fields.get(key);
  if (known) return known;
  const state: Suggesting = { values: [], active: -1, isOpen: false, isBusy: false, abort: undefined };
  fields.set(key, state);
  for (const oldest of fields.keys()) {
    if (fields.size <= maxFields) break;
    fields.delete(oldest);
  }
  return state;
}

async function ask(state: Suggesting, options: CompletedFieldOptions, value: string): Promise<void> {
  state.abort?.abort();
  const abort = new AbortController();
  state.abort = abort;
  let values: readonly string[] = [];
  try {
    values = await options.suggest(value, abort.signal);
  } catch {
    // The field is a text field all the same.
  }
  if (state.abort !== abort) return;
  const isOnlyItself = values.length === 1 && values[0] === value;
  state.values = isOnlyItself ? [] : values.slice(0, maxShown);
  state.active = -1;
  state.isOpen = state.values.length > 0;
  options.redraw();
}

function take(state: Suggesting, options: CompletedFieldOptions, value: string): void {
  options.onInput(value);
  close(state, options);
}

function close(state: Suggesting, options: CompletedFieldOptions): void {
  state.abort?.abort();
  state.abort = undefined;
  state.isOpen = false;
  state.active = -1;
  options.redraw();
}

function onKey(state: Suggesting, options: CompletedFieldOptions, event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const { values } = state;
  const isOpen = state.isOpen && values.length > 0;
  switch (event.key) {
    case 'ArrowDown':
    case 'ArrowUp': {
      event.preventDefault();
      if (!isOpen) return void ask(state, options, options.value);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      state.active =
        state.active < 0
          ? step > 0
            ? 0
            : values.length - 1
          : (state.active + step + values.length) % values.length;
      options.redraw();
      const id = `${options.id}-list-${state.active}`;
      queueMicrotask(() => document.getElementById(id)?.scrollIntoView({ block: 'nearest' }));
      return;
    }
    case 'Enter': {
      const value = isOpen ? values[state.active] : undefined;
      if (value !== undefined) {
        event.preventDefault();
        take(state, options, value);
      } else {
        close(state, options);
        options.onEnter?.();
      }
      return;
    }
    case 'Escape':
      if (!isOpen) return;
      event.preventDefault();
      event.stopPropagation();
      close(state, options);
  }
}
