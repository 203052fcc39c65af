import { html, nothing, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import { repeat } from 'lit-html/directives/repeat.js';
import { sized } from './sized.ts';
import { visibleRange } from './visibleRange.ts';

/** Where a list stands; the view keeps one for each list. */
export class ListState {
  scrollTop: number;
  height = 0;
  /** Key of the row that the keyboard is on. */
  active: string | undefined;
  element: HTMLElement | undefined;
  /** The last row of a followed list, and how many there were. */
  lastKey: string | undefined;
  drawn = 0;
  readonly changed: () => void;
  #observer: ResizeObserver | undefined;

  constructor(scrollTop: number, changed: () => void) {
    this.scrollTop = scrollTop;
    this.changed = changed;
  }

  /** Takes the list's element when it is drawn and lets go of it when it is gone. */
  readonly attach = (element: Element | undefined): void => {
    this.#observer?.disconnect();
    this.element = element instanceof HTMLElement ? element : undefined;
    const list = this.element;
    if (!list) return;
    list.scrollTop = this.scrollTop;
    this.#observer = new ResizeObserver(() => {
      if (this.height === list.clientHeight) return;
      this.height = list.clientHeight;
      this.changed();
    });
    this.#observer.observe(list);
  };
}

/** A list of which only the rows in sight are in the document. */
export interface ListOptions<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly key: (item: T) => string;
  /** Height of every row in CSS pixels. */
  readonly rowHeight: number;
  readonly selected: string | undefined;
  readonly row: (item: T) => TemplateResult;
  /** Rows that only divide: they cannot be chosen. */
  readonly isHeading?: (item: T) => boolean;
  /** New rows come at the end; while the end is in sight, the list stays there. */
  readonly isFollowing?: boolean;
  readonly open: (item: T) => void;
}

/** Draws a list as an ARIA grid: arrow keys, Home, End and Page keys move, Enter or Space opens, Right reaches the controls of a row. */
export function windowedList<T>(state: ListState, options: ListOptions<T>): TemplateResult {
  const { items, rowHeight, key } = options;
  if (options.isFollowing) follow(state, options);
  const activeAt = activeIndex(state, options);
  const indexes = visibleRange(items.length, rowHeight, state.scrollTop, state.height, activeAt);
  const rows = indexes.map((i) => ({ i, item: items[i] as T }));
  return html`<div
    class="list"
    role="grid"
    aria-label=${options.label}
    aria-rowcount=${items.length}
    aria-colcount="1"
    @scroll=${(event: Event) => onScroll(state, event.currentTarget as HTMLElement)}
    @keydown=${(event: KeyboardEvent) => onKey(state, options, event)}
    @focusin=${(event: FocusEvent) => onFocus(state, options, event)}
    ${ref(state.attach)}
  >
    <div class="list-space" role="presentation" ${sized({ height: `${items.length * rowHeight}px` })}>
      ${repeat(
        rows,
        ({ item }) => key(item),
        ({ i, item }) => {
          const isHeading = options.isHeading?.(item) ?? false;
          const isSelected = key(item) === options.selected;
          return html`<div
            class="row ${isHeading ? 'heading' : ''} ${isSelected ? 'selected' : ''}"
            role="row"
            aria-rowindex=${i + 1}
            aria-selected=${isHeading ? nothing : isSelected}
            data-index=${i}
            tabindex=${isHeading ? nothing : i === activeAt ? 0 : -1}
            ${sized({ transform: `translateY(${i * rowHeight}px)`, height: `${rowHeight}px` })}
            @click=${(event: MouseEvent) => !isHeading && !isControl(event) && open(state, options, item)}
          >
            <div class="cell" role=${isHeading ? 'rowheader' : 'gridcell'}>${options.row(item)}</div>
          </div>`;
        },
      )}
    </div>
  </div>`;
}

/** Scrolls to the end when it was in sight before the new rows came, and the first time. */
function follow<T>(state: ListState, { items, rowHeight, key }: ListOptions<T>): void {
  const last = items.at(-1);
  const lastKey = last === undefined ? undefined : key(last);
  if (lastKey === state.lastKey) return;
  const wasAtEnd =
    state.lastKey === undefined || state.scrollTop + state.height >= state.drawn * rowHeight - 2;
  state.lastKey = lastKey;
  state.drawn = items.length;
  if (!wasAtEnd) return;
  queueMicrotask(() => {
    const list = state.element;
    if (!list) return;
    list.scrollTop = list.scrollHeight;
    onScroll(state, list);
  });
}

function activeIndex<T>(state: ListState, { items, key, selected, isHeading }: ListOptions<T>): number {
  const wanted = [state.active, selected].filter((one) => one !== undefined);
  for (const one of wanted) {
    const at = items.findIndex((item) => key(item) === one);
    if (at >= 0) return at;
  }
  return items.findIndex((item) => !isHeading?.(item));
}

function onScroll(state: ListState, element: HTMLElement): void {
  if (Math.abs(element.scrollTop - state.scrollTop) < 1) return;
  state.scrollTop = element.scrollTop;
  state.changed();
}

function onFocus<T>(state: ListState, options: ListOptions<T>, event: FocusEvent): void {
  const item = itemOf(options, event.target);
  if (item === undefined || state.active === options.key(item)) return;
  state.active = options.key(item);
  state.changed();
}

function onKey<T>(state: ListState, options: ListOptions<T>, event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest<HTMLElement>('.row');
  if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
  const isOnRow = event.target === row;
  const at = Number(row.dataset['index']);
  const page = Math.max(1, Math.floor(state.height / options.rowHeight) - 1);
  const last = options.items.length - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: Math.min(last, at + page),
    PageUp: Math.max(0, at - page),
    Home: 0,
    End: last,
  };
  const to = steps[event.key];
  if (to !== undefined) {
    event.preventDefault();
    moveTo(state, options, to, to < at ? -1 : 1);
  } else if (isOnRow && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault();
    const item = options.items[at];
    if (item !== undefined) open(state, options, item);
  } else if (isOnRow && event.key === 'ArrowRight') {
    row.querySelector<HTMLElement>('[data-in-row]')?.focus();
  } else if (!isOnRow && event.key === 'ArrowLeft') {
    row.focus();
  }
}

/** Makes the row at `to` (or the next one that can be chosen) the active one, in sight and focused. */
function moveTo<T>(state: ListState, options: ListOptions<T>, to: number, direction: 1 | -1): void {
  let at = Math.max(0, Math.min(options.items.length - 1, to));
  while (options.items[at] !== undefined && options.isHeading?.(options.items[at] as T)) at += direction;
  const item = options.items[at];
  if (item === undefined) return;
  state.active = options.key(item);
  const list = state.element;
  if (list) {
    const top = at * options.rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + options.rowHeight > list.scrollTop + list.clientHeight)
      list.scrollTop = top + options.rowHeight - list.clientHeight;
    state.scrollTop = list.scrollTop;
  }
  state.changed();
  // The row may only now be drawn.
  queueMicrotask(() =>
    state.element?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus({ preventScroll: true }),
  );
}

function open<T>(state: ListState, options: ListOptions<T>, item: T): void {
  state.active = options.key(item);
  options.open(item);
  state.changed();
}

function isControl(event: Event): boolean {
  return event
    .composedPath()
    .some((node) => node instanceof HTMLElement && node.dataset['inRow'] !== undefined);
}

function itemOf<T>(options: ListOptions<T>, target: EventTarget | null): T | undefined {
  const row = target instanceof HTMLElement ? target.closest<HTMLElement>('.row') : null;
  return row ? options.items[Number(row.dataset['index'])] : undefined;
}
