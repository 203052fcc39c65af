import { abortReason } from './abortReason.ts';

const remembered = 100;

/** Which elicitations by URL the server has declared complete; a notice may come before anybody waits for it. */
export class CompletedUrls {
  readonly #done = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  complete(elicitationId: string): void {
    this.#done.add(elicitationId);
    if (this.#done.size > remembered) for (const oldest of this.#done) if (this.#done.delete(oldest)) break;
    for (const resolve of this.#waiting.get(elicitationId) ?? []) resolve();
  }

  /** Resolves when it is complete; rejects when `signal` aborts before. */
  async wait(elicitationId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortReason(signal);
    if (this.#done.has(elicitationId)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(abortReason(signal));
    const waiting = this.#waiting.get(elicitationId) ?? new Set();
    this.#waiting.set(elicitationId, waiting.add(resolve));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(elicitationId);
    }
  }
}
