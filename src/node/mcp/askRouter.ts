import { ProtocolError, RELATED_TASK_META_KEY, type Client } from '@modelcontextprotocol/client';
import type { Ask, AskAnswer, AskOrigin, ClientFeatures, ConnectionHooks } from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { AppError, isAppError } from '../../core/util/errors.ts';
import { abortReason } from './abortReason.ts';

export interface AskRouterDeps {
  readonly features: ClientFeatures;
  readonly ask: ConnectionHooks['ask'];
  readonly roots: ConnectionHooks['roots'];
  /** Aborted when the connection ends. */
  readonly closed: AbortSignal;
  readonly onProblem: (text: string) => void;
  /** Our request on whose answer stream a request of the server came, when the transport can tell. */
  readonly takeOrigin: (serverRequestId: string) => number | undefined;
  /** Stops the time-out of our request (of all, without an id) while a human is asked; returns the end. */
  readonly pause: (requestId: number | undefined) => () => void;
}

/** What one of our requests belongs to while it is under way. */
export interface Scope {
  readonly callId: string | undefined;
  readonly taskId: string | undefined;
  /** Aborted when it ends: what was asked for it is moot then. */
  readonly ended: AbortSignal;
}

type Method = 'elicitation/create' | 'sampling/createMessage' | 'roots/list';

const maxOpenAsks = 16;
const userRejected = -1; // the code in the specification's example of a rejected sampling request

/** Brings what a server asks for to the human or the editor, with the call or task it is asked for. */
export class AskRouter {
  readonly #deps: AskRouterDeps;
  readonly #scopes = new Map<number, Scope>();
  #open = 0;

  constructor(deps: AskRouterDeps) {
    this.#deps = deps;
  }

  /** Answers the requests that a 2025-11-25 server sends; only for what is declared. */
  install(client: Client): void {
    const { features } = this.#deps;
    type Context = { readonly mcpReq: { readonly id: string | number; readonly signal: AbortSignal } };
    const handle = (method: Method) => (request: { params?: unknown }, context: Context) =>
      this.serve(
        method,
        isJsonObject(request.params) ? request.params : {},
        String(context.mcpReq.id),
        context.mcpReq.signal,
      );
    if (features.elicitation)
      client.setRequestHandler('elicitation/create', handle('elicitation/create') as never);
    if (features.sampling)
      client.setRequestHandler('sampling/createMessage', handle('sampling/createMessage') as never);
    if (features.roots) client.setRequestHandler('roots/list', handle('roots/list') as never);
  }

  /** Notes what a request of ours belongs to, for requests that the server sends meanwhile; returns the end. */
  enter(requestId: number, scope: Scope): () => void {
    this.#scopes.set(requestId, scope);
    return () => this.#scopes.delete(requestId);
  }

  /** Answers embedded input requests (2026-07-28), all at once; rejects when one was refused in a way the protocol cannot say. */
  async answerInputs(
    inputs: JsonObject,
    origin: Omit<AskOrigin, 'key'>,
    keyPrefix: string,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const answers = Object.entries(inputs).map(async ([key, input]) => {
      if (!isJsonObject(input)) throw malformed(key);
      const { method, params } = input;
      const answer = await this.#answer(
        method,
        isJsonObject(params) ? params : {},
        { ...origin, key: keyPrefix + key },
        signal,
      );
      return [key, answer] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  }

  /** Asks the user to open a URL that a call needs first; true when they did. */
  async askUrl(
    ask: Extract<Ask, { kind: 'elicit-url' }>,
    origin: AskOrigin,
    signal: AbortSignal,
  ): Promise<boolean> {
    return (await this.#ask(ask, origin, signal)).kind === 'accept';
  }

  /** Asks what a 2025-11-25 server asks with its request `id`; rejects with the SDK's error where the protocol has one. */
  async serve(method: Method, params: JsonObject, id: string, cancelled: AbortSignal): Promise<JsonObject> {
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const related = meta[RELATED_TASK_META_KEY];
    const taskId =
      isJsonObject(related) && typeof related['taskId'] === 'string' ? related['taskId'] : undefined;
    const requestId = this.#deps.takeOrigin(id);
    const scope = requestId === undefined ? this.#onlyScope() : this.#scopes.get(requestId);
    const origin: AskOrigin = {
      callId: taskId === undefined ? scope?.callId : undefined,
      taskId: taskId ?? scope?.taskId,
      key: `request:${id}`,
    };
    const ended = taskId === undefined ? scope?.ended : undefined;
    const signal = AbortSignal.any(ended ? [cancelled, ended] : [cancelled]);
    const resume = this.#deps.pause(requestId);
    try {
      return await this.#answer(method, params, origin, signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'denied')
        throw new ProtocolError(userRejected, error.message);
      throw error;
    } finally {
      resume();
    }
  }

  /** Without a hint on the wire, a question belongs to the only thing under way. */
  #onlyScope(): Scope | undefined {
    const [only, ...others] = this.#scopes.values();
    return others.length === 0 ? only : undefined;
  }

  async #answer(
    method: unknown,
    params: JsonObject,
    origin: AskOrigin,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    if (method === 'roots/list') return { roots: this.#deps.roots().map(({ uri, name }) => ({ uri, name })) };
    const ask = parseAsk(method, params, origin.key);
    const answer = await this.#ask(ask, origin, signal);
    if (ask.kind === 'sampling') {
      if (answer.kind === 'accept') return answer.content;
      throw new AppError(
        'denied',
        (answer.kind === 'decline' && answer.reason) || 'User rejected sampling request',
      );
    }
    if (answer.kind !== 'accept') return { action: answer.kind };
    return ask.kind === 'elicit-form' ? { action: 'accept', content: answer.content } : { action: 'accept' };
  }

  async #ask(ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<AskAnswer> {
    const { features } = this.#deps;
    if (ask.kind === 'sampling' ? !features.sampling : !features.elicitation) return { kind: 'cancel' };
    if (this.#open >= maxOpenAsks) {
      this.#deps.onProblem(`the server asked for more than ${maxOpenAsks} things at once; one was cancelled`);
      return { kind: 'cancel' };
    }
    this.#open++;
    const until = AbortSignal.any([signal, this.#deps.closed]);
    try {
      if (until.aborted) throw abortReason(until);
      return await this.#deps.ask(ask, origin, until);
    } catch (error) {
      // The question belongs to another window by now: nothing is answered here, not even that.
      if (isAppError(error, 'conflict')) await ended(until);
      if (until.aborted) throw abortReason(until);
      return { kind: 'cancel' };
    } finally {
      this.#open--;
    }
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function parseAsk(method: unknown, params: JsonObject, key: string): Ask {
  if (method === 'sampling/createMessage') return { kind: 'sampling', params };
  if (method !== 'elicitation/create') {
    throw new AppError(
      'unsupported',
      `the server asked for ${JSON.stringify(method)?.slice(0, 80) ?? 'nothing'}, which we do not know`,
    );
  }
  const { mode = 'form', message, requestedSchema, url, elicitationId } = params;
  if (typeof message !== 'string') throw malformed(key);
  if (mode === 'form' && isJsonObject(requestedSchema))
    return { kind: 'elicit-form', message, schema: requestedSchema };
  if (mode !== 'url' || typeof url !== 'string' || !URL.canParse(url)) throw malformed(key);
  return {
    kind: 'elicit-url',
    message,
    url,
    elicitationId: typeof elicitationId === 'string' ? elicitationId : undefined,
  };
}

function malformed(key: string): AppError {
  return new AppError('server-error', `the server sent a malformed input request (${key.slice(0, 80)})`);
}
