import type { ResourcePage, ResourceRow, TemplateRow } from '../../src/core/dashboardResources.ts';
import type { IntentParams } from '../../src/shared/protocol.ts';

/** A row of the list: one that is here, or one that is still to come. */
export type ResourceLine =
  | { readonly kind: 'row'; readonly index: number; readonly row: ResourceRow | TemplateRow }
  | { readonly kind: 'pending'; readonly index: number };

/** How the host is asked. */
export type AskResources = (
  params: IntentParams<'resource.search'>,
  signal: AbortSignal,
) => Promise<ResourcePage>;

const pageSize = 100;

/** The list of the resources tab: the host's answers to one question, fetched in parts as they come into sight. The latest question wins; the old list stays until its answer is there. */
export class ResourceResults {
  readonly #ask: AskResources;
  readonly #changed: () => void;
  #question: { readonly serverId: string; readonly text: string } | undefined;
  #key = '';
  #shownKey = '';
  #asking: AbortController | undefined;
  #lines: ResourceLine[] = [];
  #isAnswered = false;
  #error: string | undefined;
  readonly #parts = new Set<number>();
  /** What is chosen in the list of each server, and what was typed for its templates. */
  readonly chosen = new Map<string, ResourceRow | TemplateRow>();
  readonly values = new Map<string, Readonly<Record<string, string>>>();

  constructor(ask: AskResources, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** As many as there are in all. */
  get lines(): readonly ResourceLine[] {
    return this.#lines;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Says what is looked for; asks when that, or the list itself, is another one than before. */
  follow(serverId: string, text: string, revision: number): void {
    const key = JSON.stringify([serverId, text, revision]);
    if (key === this.#key) return;
    if (this.#question?.serverId !== serverId) {
      this.#lines = [];
      this.#isAnswered = false;
    }
    this.#question = { serverId, text };
    this.#key = key;
    queueMicrotask(() => void this.#start());
  }

  /** The part with this row is about to be seen. */
  need(index: number): void {
    const part = Math.floor(index / pageSize);
    if (this.#parts.has(part) || this.#key !== this.#shownKey) return;
    this.#parts.add(part);
    queueMicrotask(() => void this.#fetch(part));
  }

  /** Asks once more after a failure. */
  retry(): void {
    this.#error = undefined;
    void this.#start();
  }

  /** What somebody typed for a template's variables. */
  valuesOf(serverId: string, { uriTemplate }: TemplateRow): Readonly<Record<string, string>> {
    return this.values.get(`${serverId} ${uriTemplate}`) ?? {};
  }

  setValue(serverId: string, { uriTemplate }: TemplateRow, name: string, value: string): void {
    const key = `${serverId} ${uriTemplate}`;
    this.values.set(key, { ...this.values.get(key), [name]: value });
    this.#changed();
  }

  async #start(): Promise<void> {
    const question = this.#question;
    const key = this.#key;
    if (!question) return;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const page = await this.#ask({ ...question, offset: 0, limit: pageSize }, asking.signal);
      if (this.#asking !== asking) return;
      this.#error = undefined;
      this.#parts.clear();
      this.#parts.add(0);
      this.#lines = Array.from({ length: page.total }, (_, index): ResourceLine => {
        const row = page.rows[index];
        return row ? { kind: 'row', index, row } : { kind: 'pending', index };
      });
    } catch (error) {
      if (this.#asking !== asking) return;
      this.#error = error instanceof Error ? error.message : String(error);
    }
    this.#shownKey = key;
    this.#isAnswered = true;
    this.#changed();
  }

  async #fetch(part: number): Promise<void> {
    const question = this.#question;
    const key = this.#shownKey;
    if (!question || key !== this.#key) return;
    const offset = part * pageSize;
    try {
      const page = await this.#ask({ ...question, offset, limit: pageSize }, new AbortController().signal);
      if (key !== this.#shownKey) return;
      const lines = [...this.#lines];
      page.rows.forEach((row, i) => {
        const index = offset + i;
        if (index < lines.length) lines[index] = { kind: 'row', index, row };
      });
      this.#lines = lines;
    } catch {
      if (key === this.#shownKey) this.#parts.delete(part); // its rows stay pending; scrolling back asks again
      return;
    }
    this.#changed();
  }
}
