import type { RegistryItem, RegistryPageView } from '../../src/core/dashboardRegistry.ts';
import type { IntentParams } from '../../src/shared/protocol.ts';

/** What is looked for, without which part of the list. */
export type RegistryQuestion = Omit<IntentParams<'registry.search'>, 'offset' | 'limit'>;

/** A row of the list: an entry, or one that is still to come. */
export type RegistryLine =
  | { readonly kind: 'entry'; readonly index: number; readonly item: RegistryItem }
  | { readonly kind: 'pending'; readonly index: number };

/** How the host is asked. */
export type AskRegistry = (
  params: IntentParams<'registry.search'>,
  signal: AbortSignal,
) => Promise<RegistryPageView>;

const pageSize = 60;

/** The list of the registry page: the answers of the host to one question, fetched in parts as they come into sight. The latest question wins; the old list stays until its answer is there. */
export class RegistryResults {
  readonly #ask: AskRegistry;
  readonly #changed: () => void;
  #question: RegistryQuestion | undefined;
  #key = '';
  #revision = -1;
  /** What the lines answer to. */
  #shownKey = '';
  #shownRevision = -1;
  #answer: Omit<RegistryPageView, 'items' | 'offset'> | undefined;
  #lines: RegistryLine[] = [];
  #asking: AbortController | undefined;
  #isAskedAgain = false;
  readonly #parts = new Set<number>();
  #error: string | undefined;

  constructor(ask: AskRegistry, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** The lines, as many as there are in all. */
  get lines(): readonly RegistryLine[] {
    return this.#lines;
  }

  /** What is known of the whole; undefined before the first answer. */
  get answer(): Omit<RegistryPageView, 'items' | 'offset'> | undefined {
    return this.#answer;
  }

  /** The question that the lines answer. */
  get key(): string {
    return this.#shownKey;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** True while the lines answer another question than the latest. */
  get isBehind(): boolean {
    return this.#key !== this.#shownKey;
  }

  /** Says what is looked for; asks when that is new, or when the contents changed and `mayRefresh`. */
  follow(question: RegistryQuestion, revision: number, mayRefresh: boolean): void {
    const key = JSON.stringify(question);
    const isNew = key !== this.#key;
    const isOld = mayRefresh && revision !== this.#shownRevision && revision !== this.#revision;
    if (!isNew && !isOld) return;
    this.#question = question;
    this.#key = key;
    this.#revision = revision;
    if (this.#asking) {
      this.#isAskedAgain = true;
      return;
    }
    queueMicrotask(() => void this.#start());
  }

  /** The part with this row is about to be seen. */
  need(index: number): void {
    const part = Math.floor(index / pageSize);
    if (this.#parts.has(part) || this.isBehind) return;
    this.#parts.add(part);
    queueMicrotask(() => void this.#fetchPart(part));
  }

  /** Asks once more after a failure. */
  retry(): void {
    this.#error = undefined;
    if (!this.#asking) void this.#start();
  }

  async #start(): Promise<void> {
    if (!this.#question || this.#asking) return;
    const key = this.#key;
    const asking = new AbortController();
    this.#asking = asking;
    this.#isAskedAgain = false;
    try {
      const page = await this.#ask({ ...this.#question, offset: 0, limit: pageSize }, asking.signal);
      this.#show(key, page);
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'cancelled') {
        this.#error = error instanceof Error ? error.message : String(error);
        this.#shownRevision = this.#revision;
        this.#shownKey = key;
      }
    } finally {
      this.#asking = undefined;
    }
    this.#changed();
    if (this.#isAskedAgain) void this.#start();
  }

  #show(key: string, { items, offset: _offset, ...answer }: RegistryPageView): void {
    this.#error = undefined;
    this.#shownKey = key;
    this.#shownRevision = answer.revision;
    this.#answer = answer;
    this.#parts.clear();
    this.#parts.add(0);
    const entries = items.map((item, index): RegistryLine => ({ kind: 'entry', index, item }));
    this.#lines = entries.concat(pendingLines(answer.total).slice(entries.length, answer.total));
  }

  async #fetchPart(part: number): Promise<void> {
    const question = this.#question;
    const key = this.#shownKey;
    const answer = this.#answer;
    if (!question || this.isBehind) return;
    const offset = part * pageSize;
    try {
      const page = await this.#ask({ ...question, offset, limit: pageSize }, new AbortController().signal);
      if (key !== this.#shownKey || answer !== this.#answer) return;
      const lines = [...this.#lines];
      page.items.forEach((item, i) => {
        if (offset + i < lines.length) lines[offset + i] = { kind: 'entry', index: offset + i, item };
      });
      this.#lines = lines;
    } catch {
      // Its rows stay pending; scrolling back asks again.
      if (answer === this.#answer) this.#parts.delete(part);
      return;
    }
    this.#changed();
  }
}

let pending: RegistryLine[] = [];

/** Rows to come, at least `count`; made once, because every keystroke needs them. */
function pendingLines(count: number): RegistryLine[] {
  if (pending.length < count)
    pending = Array.from({ length: count }, (_, index) => ({ kind: 'pending', index }));
  return pending;
}
