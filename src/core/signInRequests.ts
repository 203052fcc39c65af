import type { Connections, ServerSnapshot } from './connections.ts';
import type { Clock } from './ports.ts';
import type { Requests, SignInRequest } from './requests.ts';
import { isAppError } from './util/errors.ts';
import type { Disposable } from './util/disposables.ts';

export interface SignInRequestDeps {
  readonly connections: Pick<Connections, 'servers' | 'get'>;
  readonly requests: Pick<Requests, 'ask'>;
  readonly clock: Clock;
}

/** The inbox's sign-in requests: one for each server that lets nobody in, or wants more permissions than it was given. */
export class SignInRequests implements Disposable {
  readonly #deps: SignInRequestDeps;
  readonly #open = new Map<string, { readonly message: string; readonly withdraw: AbortController }>();
  /** What connected servers want beyond what was granted, in words. */
  readonly #wishes = new Map<string, string>();
  readonly #subscription: Disposable;

  constructor(deps: SignInRequestDeps) {
    this.#deps = deps;
    this.#subscription = deps.connections.servers.subscribe((servers) => this.#follow(servers));
    this.#follow(deps.connections.servers.get());
  }

  /** A connected server wants more permissions; undefined: no longer. */
  wants(serverId: string, message: string | undefined): void {
    if (message === undefined) this.#wishes.delete(serverId);
    else this.#wishes.set(serverId, message);
    this.#follow(this.#deps.connections.servers.get());
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const { withdraw } of this.#open.values()) withdraw.abort();
    this.#open.clear();
  }

  #follow(servers: readonly ServerSnapshot[]): void {
    const wanted = new Map<string, SignInRequest>();
    for (const { definition, state } of servers) {
      const wish = state.kind === 'ready' ? this.#wishes.get(definition.id) : undefined;
      const message = state.kind === 'needs-sign-in' ? state.message : wish;
      if (message === undefined) continue;
      wanted.set(definition.id, {
        kind: 'sign-in',
        id: `sign-in of ${definition.id}`,
        serverId: definition.id,
        serverName: definition.name,
        createdAt: this.#deps.clock.now(),
        ...{ caller: undefined, jobId: undefined, tool: undefined },
        message,
        isStepUp: wish !== undefined,
      });
    }
    for (const [serverId, { message, withdraw }] of this.#open) {
      if (wanted.get(serverId)?.message === message) continue;
      this.#open.delete(serverId);
      withdraw.abort();
    }
    for (const [serverId, request] of wanted) {
      if (this.#open.has(serverId)) continue;
      const withdraw = new AbortController();
      this.#open.set(serverId, { message: request.message, withdraw });
      this.#deps.requests.ask<'sign-in'>(request, withdraw.signal).catch((error: unknown) => {
        if (!isAppError(error, 'cancelled')) throw error;
      });
    }
  }
}
