import type { ActivityRow } from '../../src/core/dashboardActivity.ts';
import type { IntentParams, IntentResult } from '../../src/shared/protocol.ts';

/** What is looked for. */
export type ActivityFilter = IntentParams<'activity.search'>['filter'];

/** How the host is asked. */
export type AskActivity = (
  params: IntentParams<'activity.search'>,
  signal: AbortSignal,
) => Promise<IntentResult<'activity.search'>>;

const pageSize = 100;

/** The lines of the activity page, newest first: fetched in parts as they come into sight, new ones put on top when they are followed. The latest question wins. */
export class ActivityResults {
  readonly #ask: AskActivity;
  readonly #changed: () => void;
  #filter: ActivityFilter = {};
  #key: string | undefined;
  #rows: readonly ActivityRow[] = [];
  #before: number | undefined;
  /** The newest line that the answers know of, also where no row shows it. */
  #seen = 0;
  #added = 0;
  #error: string | undefined;
  #isAnswered = false;
  #asking: AbortController | undefined;

  constructor(ask: AskActivity, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  get rows(): readonly ActivityRow[] {
    return this.#rows;
  }

  /** False until the first answer to the question at hand. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** True while there are older lines that were not fetched. */
  get hasMore(): boolean {
    return this.#before !== undefined;
  }

  get seen(): number {
    return this.#seen;
  }

  /** How many rows the latest answer put on top. */
  get added(): number {
    return this.#added;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Says what is looked for (`key` is the same for the same choice) and up to which line there are any; true when it is a new question. */
  follow(key: string, filter: () => ActivityFilter, head: number, isFollowing: boolean): boolean {
    if (key !== this.#key) {
      this.#key = key;
      this.#asking?.abort();
      this.#asking = undefined;
      this.#isAnswered = false;
      this.#error = undefined;
      queueMicrotask(() => {
        if (key !== this.#key) return;
        this.#filter = filter();
        void this.#fetch({}, (answer) => {
          this.#rows = answer.rows;
          this.#before = answer.before;
          this.#seen = answer.head;
        });
      });
      return true;
    }
    // A log that ends before what was seen was begun anew.
    if (head < this.#seen) this.#key = undefined;
    else if (isFollowing && head > this.#seen && this.#isAnswered && this.#error === undefined) this.newer();
    return false;
  }

  /** Puts new lines on top. */
  newer(): void {
    if (this.#asking) return;
    queueMicrotask(() => {
      if (this.#asking) return;
      void this.#fetch({ after: this.#seen }, (answer) => {
        // More than a part: what lies between is fetched from the top.
        const isAll = answer.before === undefined;
        this.#rows = isAll ? [...answer.rows, ...this.#rows] : answer.rows;
        if (!isAll) this.#before = answer.before;
        this.#seen = answer.head;
        this.#added = answer.rows.length;
      });
    });
  }

  /** The oldest rows are about to be seen. */
  older(): void {
    const before = this.#before;
    if (before === undefined || this.#asking || this.#error !== undefined) return;
    queueMicrotask(() => {
      if (this.#asking) return;
      void this.#fetch({ before }, (answer) => {
        this.#rows = [...this.#rows, ...answer.rows];
        this.#before = answer.before;
      });
    });
  }

  /** Asks once more after a failure. */
  retry(): void {
    this.#key = undefined;
    this.#changed();
  }

  async #fetch(
    range: { readonly before?: number; readonly after?: number },
    take: (answer: IntentResult<'activity.search'>) => void,
  ): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const answer = await this.#ask({ filter: this.#filter, ...range, limit: pageSize }, asking.signal);
      if (this.#asking !== asking) return;
      this.#added = 0;
      take(answer);
      this.#error = undefined;
    } catch (error) {
      if (this.#asking !== asking) return;
      this.#error = error instanceof Error ? error.message : String(error);
    }
    this.#isAnswered = true;
    this.#asking = undefined;
    this.#changed();
  }
}
