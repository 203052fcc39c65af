import type { AuthReport, AuthView } from './authView.ts';
import { secretsOf } from './configSecrets.ts';
import type { Connections } from './connections.ts';
import type { ServerDefinition } from './server.ts';
import type { Prompting, Resolution } from './serverStart.ts';
import { AppError, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** What the inspector reads sign-ins with. */
export interface AuthInspectorDeps {
  readonly connections: Pick<Connections, 'get'>;
  readonly auth: {
    view(url: string): Promise<AuthView>;
    inspect(url: string, signal: AbortSignal): Promise<AuthReport>;
    readonly changes: Readable<number>;
  };
  /** Replaces the variables of a launch. */
  resolve(definition: ServerDefinition, signal: AbortSignal, prompting: Prompting): Promise<Resolution>;
}

/** The sign-in of one server as far as it is known; no token in it. */
export interface InspectedSignIn {
  /** Undefined while it is read, and when it could not be. */
  readonly view: AuthView | undefined;
  /** The last look, and when it was. */
  readonly look: Pick<AuthReport, 'at' | 'steps'> | undefined;
  /** Why nothing is known. */
  readonly problem: string | undefined;
  /** What must not be shown of the server's own address. */
  readonly secrets: readonly string[];
}

interface Kept extends InspectedSignIn {
  readonly launchHash: string;
  readonly generation: number;
}

const unread = { view: undefined, look: undefined, problem: undefined, secrets: [] };

/** What is known of the sign-ins of remote servers. Reading asks no server; only `look` does. */
export class AuthInspector {
  readonly #deps: AuthInspectorDeps;
  readonly #changed = new Store(0);
  readonly #kept = new Map<string, Kept>();

  constructor(deps: AuthInspectorDeps) {
    this.#deps = deps;
  }

  /** Changes when more is known. */
  get changed(): Readable<number> {
    return this.#changed;
  }

  /** What is known of a remote server's sign-in, read from the secret storage at the first call; undefined for any other server. */
  of(serverId: string): InspectedSignIn | undefined {
    const definition = this.#deps.connections.get(serverId)?.definition;
    if (definition?.launch.kind !== 'http') return undefined;
    const { launchHash } = definition;
    const generation = this.#deps.auth.changes.get();
    const kept = this.#kept.get(serverId);
    const isSame = kept?.launchHash === launchHash;
    if (isSame && kept.generation === generation) return kept;
    const next: Kept = { ...(isSame ? kept : unread), launchHash, generation };
    this.#kept.set(serverId, next);
    void this.#read(definition, next);
    return next;
  }

  /** Follows the trail of the sign-in without credentials, and keeps what was found. Rejects `not-found`, `unsupported`, `blocked`, or as the entry cannot be resolved. */
  async look(serverId: string, signal: AbortSignal): Promise<void> {
    const server = this.#deps.connections.get(serverId);
    if (!server) throw new AppError('not-found', 'this server is no longer configured');
    const { definition, state } = server;
    if (definition.launch.kind !== 'http')
      throw new AppError('unsupported', `${definition.name} runs on this machine: it takes no sign-in`);
    if (state.kind === 'blocked') throw new AppError('blocked', state.reason);
    const { url, secrets } = await this.#address(definition, signal, 'may-ask');
    const { at, steps, view } = await this.#deps.auth.inspect(url, signal);
    this.#keep(definition, { view, look: { at, steps }, problem: undefined, secrets });
  }

  async #read(definition: ServerDefinition, before: Kept): Promise<void> {
    let found: InspectedSignIn;
    try {
      const { url, secrets } = await this.#address(definition, new AbortController().signal, 'never');
      found = { ...before, view: await this.#deps.auth.view(url), problem: undefined, secrets };
    } catch (error) {
      found = { ...before, view: undefined, problem: toAppError(error).message };
    }
    // A look, or another change, may have come first.
    if (this.#kept.get(definition.id) === before) this.#keep(definition, found);
  }

  #keep(definition: ServerDefinition, found: InspectedSignIn): void {
    const { id, launchHash } = definition;
    this.#kept.set(id, { ...found, launchHash, generation: this.#deps.auth.changes.get() });
    this.#changed.update((count) => count + 1);
  }

  async #address(
    definition: ServerDefinition,
    signal: AbortSignal,
    prompting: Prompting,
  ): Promise<{ readonly url: string; readonly secrets: readonly string[] }> {
    const { launch, secretValues } = await this.#deps.resolve(definition, signal, prompting);
    if (launch.kind !== 'http') throw new AppError('unsupported', `${definition.name} has no address`);
    if (!URL.canParse(launch.url))
      throw new AppError('invalid-config', `the address of ${definition.name} is no URL`);
    return { url: launch.url, secrets: [...secretValues, ...secretsOf(launch, [])] };
  }
}
