import { toDisposable, type Disposable } from './disposables.ts';

/** The reading side of a store: the current value and a notice after each change. */
export interface Readable<T> {
  get(): T;
  subscribe(listener: (value: T) => void): Disposable;
}

/** One readonly value replaced as a whole; setting the identical value is a no-op. */
export class Store<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  subscribe(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }
}
