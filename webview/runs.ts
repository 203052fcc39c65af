import type { IntentResult } from '../src/shared/protocol.ts';

/** One run that was started from a form, and how it stands. */
export interface Run {
  readonly id: number;
  readonly startedAt: number;
  readonly outcome:
    IntentResult<'tool.run'> | { readonly kind: 'error'; readonly message: string } | undefined;
}

const maxKept = 5;

/** The runs of each form in this view, newest first. */
export class Runs {
  readonly #runs = new Map<string, readonly Run[]>();
  readonly #changed: () => void;
  #nextId = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  of(key: string): readonly Run[] {
    return this.#runs.get(key) ?? [];
  }

  /** Follows a run from its start to its outcome; a rejection becomes an outcome. */
  follow(key: string, startedAt: number, outcome: Promise<IntentResult<'tool.run'>>): void {
    const id = this.#nextId++;
    this.#runs.set(key, [{ id, startedAt, outcome: undefined }, ...this.of(key)].slice(0, maxKept));
    this.#changed();
    const settle = (settled: NonNullable<Run['outcome']>) => {
      this.#runs.set(
        key,
        this.of(key).map((run) => (run.id === id ? { ...run, outcome: settled } : run)),
      );
      this.#changed();
    };
    outcome.then(settle, (error: unknown) =>
      settle({ kind: 'error', message: error instanceof Error ? error.message : String(error) }),
    );
  }

  dismiss(key: string, id: number): void {
    this.#runs.set(
      key,
      this.of(key).filter((run) => run.id !== id),
    );
    this.#changed();
  }
}
