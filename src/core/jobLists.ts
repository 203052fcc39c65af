import type { Job, JobRows } from './jobs.ts';
import { Store, type Readable } from './util/store.ts';

const shownFinished = 50;

/** What the surfaces show of the job records: this window's jobs as they are, those of other windows as stored. */
export class JobLists {
  readonly #rows: JobRows;
  readonly #mine: () => readonly Job[];
  readonly #open = new Store<readonly Job[]>([]);
  readonly #finished = new Store<readonly Job[]>([]);
  #others: readonly Job[] = [];
  #version = 0;
  #count: number | undefined;
  #isPending = false;

  constructor(rows: JobRows, mine: () => readonly Job[]) {
    this.#rows = rows;
    this.#mine = mine;
  }

  get open(): Readable<readonly Job[]> {
    return this.#open;
  }

  get finished(): Readable<readonly Job[]> {
    return this.#finished;
  }

  /** How many finished jobs are stored. */
  get finishedCount(): number {
    this.#count ??= this.#rows.countFinished();
    return this.#count;
  }

  /** Reads what is stored, whoever wrote it. */
  reload(): void {
    this.#count = undefined;
    this.#version = this.#rows.version();
    this.#others = this.#rows.open();
    this.#finished.set(this.#rows.finished(shownFinished));
    this.publish();
  }

  /** Reads again when another window has written. */
  refresh(): void {
    if (this.#rows.version() !== this.#version) this.reload();
  }

  /** A job that has just ended here. */
  ended(job: Job): void {
    this.#count = undefined;
    this.#others = this.#others.filter(({ id }) => id !== job.id);
    const slim = { ...job, history: [], timeline: [] }; // as the stored ones come
    this.#finished.update((jobs) =>
      [slim, ...jobs.filter(({ id }) => id !== job.id)].slice(0, shownFinished),
    );
    this.publish();
  }

  /** One store update per microtask, however many jobs changed. */
  publish(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    queueMicrotask(() => {
      this.#isPending = false;
      const mine = this.#mine();
      const ids = new Set(mine.map(({ id }) => id));
      const others = this.#others.filter(({ id }) => !ids.has(id));
      this.#open.set([...mine, ...others].sort((a, b) => b.createdAt - a.createdAt));
    });
  }
}
