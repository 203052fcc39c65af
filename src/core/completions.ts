import type { CompletionRef } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Clock } from './ports.ts';
import { AppError } from './util/errors.ts';
import { abortable } from './util/sharedWork.ts';

/** One argument of a prompt, or one variable of a resource template, that somebody is typing. */
export interface CompletionQuery {
  readonly serverId: string;
  readonly ref: CompletionRef;
  readonly argument: { readonly name: string; readonly value: string };
  /** The other arguments as filled in so far. */
  readonly context: Readonly<Record<string, string>>;
}

/** What a server suggests (spec: server/utilities/completion); raw text of the server. `not-offered`: it has no completion, or is not connected. */
export type Completion =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'not-offered'; readonly values: readonly [] };

export interface CompletionsDeps {
  readonly connections: Pick<Connections, 'get' | 'needQuietly'>;
  readonly clock: Clock;
}

const calmMs = 150; // between a key stroke and the question to the server
const keptMs = 30_000;
const maxKept = 200;
const maxValueLength = 4_000;

/** Asks servers for completions while somebody types: the last key stroke only, one question at a time for each field, and none twice within half a minute. */
export class Completions {
  readonly #deps: CompletionsDeps;
  readonly #asking = new Map<string, AbortController>();
  readonly #kept = new Map<
    string,
    { readonly at: number; readonly owner: object; readonly values: readonly string[] }
  >();

  constructor(deps: CompletionsDeps) {
    this.#deps = deps;
  }

  /** Never starts a server. Rejects with `cancelled` when a later question of the same field takes its place, or as `Connection.complete` does. */
  async ask(query: CompletionQuery, signal: AbortSignal): Promise<Completion> {
    const { serverId, ref, argument, context } = query;
    const field = JSON.stringify([serverId, ref, argument.name]);
    this.#asking.get(field)?.abort(new AppError('cancelled', 'a later question took its place'));
    const server = this.#deps.connections.get(serverId);
    if (server?.state.kind !== 'ready' || server.state.info.capabilities['completions'] == null)
      return { kind: 'not-offered', values: [] };
    const owner = server.state;
    const key = JSON.stringify([field, argument.value, Object.entries(context).sort()]);
    const known = this.#known(key, owner);
    if (known) return { kind: 'values', values: known };
    const own = new AbortController();
    const either = AbortSignal.any([signal, own.signal]);
    this.#asking.set(field, own);
    try {
      await this.#calm(either);
      const connection = await this.#deps.connections.needQuietly(serverId, either);
      const answered = await connection.complete(ref, argument, context, either);
      const values = [...new Set(answered.filter((value) => value.length <= maxValueLength))];
      this.#keep(key, owner, values);
      return { kind: 'values', values };
    } finally {
      if (this.#asking.get(field) === own) this.#asking.delete(field);
    }
  }

  #known(key: string, owner: object): readonly string[] | undefined {
    const kept = this.#kept.get(key);
    const isGood = kept?.owner === owner && this.#deps.clock.now() - kept.at < keptMs;
    return isGood ? kept.values : undefined;
  }

  #keep(key: string, owner: object, values: readonly string[]): void {
    this.#kept.delete(key);
    this.#kept.set(key, { at: this.#deps.clock.now(), owner, values });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break;
      this.#kept.delete(oldest);
    }
  }

  async #calm(signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = this.#deps.clock.setTimer(calmMs, over.resolve);
    try {
      await abortable(over.promise, signal);
    } finally {
      timer.dispose();
    }
  }
}
