import type { Clock } from '../core/ports.ts';
import type { Disposable } from '../core/util/disposables.ts';

/** Runs `run` once for any number of requests, at most every `ms` milliseconds; none after it is disposed. */
export class Coalesced implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #run: () => void;
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(clock: Clock, ms: number, run: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#run = run;
  }

  request(): void {
    if (this.#isDisposed || this.#timer) return;
    this.#timer = this.#clock.setTimer(this.#ms, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  /** Drops what was requested and has not run. */
  cancel(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.cancel();
  }
}
