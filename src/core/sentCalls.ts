const maxCalls = 500;
const maxRequests = 20;

/** Which requests of a connection belong to which call; the last few hundred calls are known. */
export class SentCalls {
  readonly #requests = new Map<string, Set<number>>();

  note(callId: string, requestId: number): void {
    const ids = this.#requests.get(callId) ?? new Set<number>();
    if (ids.size < maxRequests) ids.add(requestId);
    this.#requests.set(callId, ids);
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > maxCalls && oldest !== undefined) this.#requests.delete(oldest);
  }

  /** Empty for a call that was not sent here, or long ago. */
  of(callId: string): ReadonlySet<number> {
    return this.#requests.get(callId) ?? new Set();
  }
}
