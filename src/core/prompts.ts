import type { Prompt } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Definitions } from './definitions.ts';
import type { Clock } from './ports.ts';
import { readPromptResult, type PromptResult } from './promptResult.ts';
import { AppError, throwIfAborted, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';
import type { Disposable } from './util/disposables.ts';

/** One argument with what was typed; pairs, because a server may name an argument like anything. */
export interface PromptArgument {
  readonly name: string;
  readonly value: string;
}

/** How a prompt that the user asked for stands. */
export type PromptState =
  | { readonly kind: 'fetching' }
  | { readonly kind: 'failed'; readonly message: string; readonly nextStep: string | undefined }
  | { readonly kind: 'ready'; readonly result: PromptResult };

/** The last use of one prompt, with the arguments it was asked with. */
export interface PromptUse {
  readonly serverId: string;
  readonly prompt: string;
  readonly arguments: readonly PromptArgument[];
  readonly at: number;
  readonly state: PromptState;
}

export interface PromptsDeps {
  readonly connections: Pick<Connections, 'get' | 'need'>;
  readonly definitions?: Pick<Definitions, 'promptStanding'>;
  readonly clock: Clock;
}

/** A prompt as its server offers it now; throws `not-found` when it is gone and `blocked` while it is set aside. */
export function usablePrompt(
  { connections, definitions }: Pick<PromptsDeps, 'definitions'> & { connections: Pick<Connections, 'get'> },
  serverId: string,
  name: string,
): Prompt {
  const prompt = connections.get(serverId)?.offer?.prompts.items.find((item) => item.name === name);
  if (!prompt) throw new AppError('not-found', 'the server no longer offers this prompt');
  if (definitions?.promptStanding(serverId, prompt) === 'set-aside') {
    throw new AppError('blocked', 'this prompt changed and is set aside until its change is accepted', {
      nextStep: 'Review the change in the Inbox.',
    });
  }
  return prompt;
}

const maxKept = 10;

/** Fetches prompts when the user asks, and keeps the last answers for as long as somebody may look at them. */
export class Prompts implements Disposable {
  readonly #deps: PromptsDeps;
  readonly #uses = new Store<ReadonlyMap<string, PromptUse>>(new Map());
  readonly #running = new Map<string, AbortController>();

  constructor(deps: PromptsDeps) {
    this.#deps = deps;
  }

  /** Changes with every use. */
  get uses(): Readable<unknown> {
    return this.#uses;
  }

  of(serverId: string, prompt: string): PromptUse | undefined {
    return this.#uses.get().get(keyOf(serverId, prompt));
  }

  /** The answer that is kept; throws `not-found` without one. */
  result(serverId: string, prompt: string): PromptResult {
    const state = this.of(serverId, prompt)?.state;
    if (state?.kind !== 'ready')
      throw new AppError('not-found', 'there is no preview of this prompt any more');
    return state.result;
  }

  /**
   * Asks the server for the messages of a prompt; how that ends is the use's state. A later use of the same prompt ends an
   * earlier one that still runs. Rejects never; arguments that the prompt does not have are left out.
   */
  async fetch(serverId: string, prompt: string, given: readonly PromptArgument[]): Promise<void> {
    const key = keyOf(serverId, prompt);
    this.#running.get(key)?.abort();
    const abort = new AbortController();
    this.#running.set(key, abort);
    const base = { serverId, prompt, arguments: given, at: this.#deps.clock.now() };
    this.#put(key, { ...base, state: { kind: 'fetching' } });
    try {
      const result = await this.#get(serverId, prompt, given, abort.signal);
      if (this.#running.get(key) === abort) this.#put(key, { ...base, state: { kind: 'ready', result } });
    } catch (error) {
      if (this.#running.get(key) !== abort) return;
      const { code, message, nextStep } = toAppError(error);
      this.#put(
        key,
        code === 'cancelled' ? undefined : { ...base, state: { kind: 'failed', message, nextStep } },
      );
    } finally {
      if (this.#running.get(key) === abort) this.#running.delete(key);
    }
  }

  /** Ends a use that still runs; what its server asked meanwhile is withdrawn. */
  stop(serverId: string, prompt: string): void {
    this.#running.get(keyOf(serverId, prompt))?.abort();
  }

  dispose(): void {
    for (const running of this.#running.values()) running.abort();
    this.#running.clear();
  }

  async #get(
    serverId: string,
    name: string,
    given: readonly PromptArgument[],
    signal: AbortSignal,
  ): Promise<PromptResult> {
    const { connections } = this.#deps;
    const connection = await connections.need(serverId, signal);
    throwIfAborted(signal);
    // Looked at once the server is connected: its definition may be another by then.
    const prompt = usablePrompt(this.#deps, serverId, name);
    return readPromptResult(await connection.getPrompt(name, argumentsOf(prompt, given), signal));
  }

  #put(key: string, use: PromptUse | undefined): void {
    const uses = new Map(this.#uses.get());
    uses.delete(key);
    if (use) uses.set(key, use);
    for (const oldest of uses.keys()) {
      if (uses.size <= maxKept) break;
      if (!this.#running.has(oldest)) uses.delete(oldest);
      else break;
    }
    this.#uses.set(uses);
  }
}

/** The arguments that a prompt has and that were given; throws `invalid-input` when one that it needs is missing. */
export function argumentsOf(
  prompt: Prompt,
  given: readonly PromptArgument[],
): Readonly<Record<string, string>> {
  const values = new Map(given.map(({ name, value }) => [name, value]));
  const missing = prompt.arguments.filter(({ name, isRequired }) => isRequired && !values.get(name));
  if (missing.length > 0) {
    throw new AppError(
      'invalid-input',
      `the prompt needs ${missing.map(({ name }) => JSON.stringify(name.slice(0, 100))).join(', ')}`,
    );
  }
  // A member named __proto__ is one like any other here.
  return Object.fromEntries(
    prompt.arguments.flatMap(({ name }): [string, string][] => {
      const value = values.get(name);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function keyOf(serverId: string, prompt: string): string {
  return JSON.stringify([serverId, prompt]);
}
