import { toDisposable, type Disposable } from './util/disposables.ts';
import { abortError } from './util/sharedWork.ts';

interface Waiting {
  readonly isUrgent: () => boolean;
  readonly enter: () => void;
}

/** Places for a bounded number of starts at a time: what a human waits for goes first, else in order of arrival. */
export class StartSlots {
  readonly #limit: () => number;
  #waiting: readonly Waiting[] = [];
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** A place; disposing it gives it back. Rejects with the signal's reason. */
  async take(signal: AbortSignal, isUrgent: () => boolean): Promise<Disposable> {
    if (signal.aborted) throw abortError(signal);
    if (this.#taken < this.#max) this.#taken++;
    else await this.#turn(signal, isUrgent);
    return toDisposable(() => {
      this.#taken--;
      this.#admit();
    });
  }

  /** A limit below one would start nothing for ever. */
  get #max(): number {
    return Math.max(1, this.#limit());
  }

  #turn(signal: AbortSignal, isUrgent: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(abortError(signal));
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { isUrgent, enter };
      this.#waiting = [...this.#waiting, waiting];
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #admit(): void {
    while (this.#taken < this.#max) {
      const next = this.#waiting.find((waiting) => waiting.isUrgent()) ?? this.#waiting[0];
      if (!next) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#taken++;
      next.enter();
    }
  }
}
