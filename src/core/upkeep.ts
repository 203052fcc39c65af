import type { Clock, Logger } from './ports.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';

/** Work that is done again and again until disposed; a round that fails is logged and is not the last. */
export class Upkeep implements Disposable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #what: string;
  readonly #timers: Disposable[] = [];
  #isOver = false;

  /** `what` names the work in the log. */
  constructor(what: string, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#what = what;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Does `work` for the first time after `ms` milliseconds. */
  every(ms: number, work: () => void): void {
    const slot = this.#timers.push(toDisposable(() => {})) - 1;
    const next = () => {
      if (!this.#isOver) this.#timers[slot] = this.#clock.setTimer(ms, round);
    };
    const round = () => {
      try {
        work();
      } catch (error) {
        this.#logger.warn(`${this.#what} failed; it is tried again`, error);
      }
      next();
    };
    next();
  }

  dispose(): void {
    this.#isOver = true;
    for (const timer of this.#timers.splice(0)) timer.dispose();
  }
}
