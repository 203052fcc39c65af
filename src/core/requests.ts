import type { Caller } from './caller.ts';
import type { Tool } from './connection.ts';
import type { Json, JsonObject } from './json.ts';
import type { Readable } from './util/store.ts';
import { Store } from './util/store.ts';
import { AppError } from './util/errors.ts';

interface RequestBase {
  readonly id: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly createdAt: number;
  readonly caller: Caller | undefined;
  readonly jobId: string | undefined;
  readonly tool: string | undefined;
}

/** A tool call that waits for a decision. */
export interface ApprovalRequest extends RequestBase {
  readonly kind: 'approval';
  readonly definition: Tool;
  readonly definitionHash: string;
  readonly launchHash: string;
  readonly arguments: JsonObject;
  /** Arguments of the last approved call of this tool, for the diff. */
  readonly lastApproved: JsonObject | undefined;
  /** Why the call asks, in words. */
  readonly reason: string;
  /** The rule of a policy file that always asks: nothing that is remembered takes its place. */
  readonly rule?: { readonly file: string; readonly line: number };
  readonly source: { readonly file: string; readonly line: number };
}

/** A form that a server asks the human to fill in (MCP elicitation, form mode). */
export interface ElicitationFormRequest extends RequestBase {
  readonly kind: 'elicitation-form';
  readonly message: string;
  readonly schema: JsonObject;
}

/** A page that a server asks the human to visit (MCP elicitation, URL mode). */
export interface ElicitationUrlRequest extends RequestBase {
  readonly kind: 'elicitation-url';
  readonly message: string;
  readonly url: string;
}

/** A model request from a server (MCP sampling). */
export interface SamplingRequest extends RequestBase {
  readonly kind: 'sampling';
  readonly params: JsonObject;
}

/** Definitions of a server that are not what was accepted. Only their review in the editor closes it. */
export interface DefinitionChangeRequest extends RequestBase {
  readonly kind: 'definition-change';
  /** Names of what changed, of which nobody may call the tools. */
  readonly changed: readonly string[];
  /** Names of what is new. */
  readonly added: readonly string[];
}

/** A server that lets nobody in without a sign-in, or wants more permissions. Only a sign-in closes it. */
export interface SignInRequest extends RequestBase {
  readonly kind: 'sign-in';
  /** What the server said, in our words. */
  readonly message: string;
  /** The user is signed in, and the server wants more than was granted. */
  readonly isStepUp: boolean;
}

/** Something that waits for the human. */
export type PromptRequest =
  | ApprovalRequest
  | ElicitationFormRequest
  | ElicitationUrlRequest
  | SamplingRequest
  | DefinitionChangeRequest
  | SignInRequest;

/** What the human decided about a tool call. */
export type ApprovalAnswer =
  | { readonly kind: 'allow'; readonly scope: 'once' | 'session' | 'always'; readonly arguments: JsonObject }
  | { readonly kind: 'deny'; readonly reason: string | undefined };

/** What the human answered to a server's question. */
export type HumanAnswer =
  | { readonly kind: 'accept'; readonly content: JsonObject }
  | { readonly kind: 'decline'; readonly reason?: string }
  | { readonly kind: 'cancel' };

/** The answer type of each request kind. */
export interface AnswerOf {
  readonly approval: ApprovalAnswer;
  readonly 'elicitation-form': HumanAnswer;
  readonly 'elicitation-url': HumanAnswer;
  readonly sampling: HumanAnswer;
  readonly 'definition-change': never;
  readonly 'sign-in': never;
}

/** Requests that no answer closes, but what the user does about them: a review, a sign-in. */
export function isSettledElsewhere(kind: PromptRequest['kind']): boolean {
  return kind === 'definition-change' || kind === 'sign-in';
}

interface Waiting {
  readonly request: PromptRequest;
  readonly settle: (answer: Json | object) => void;
}

/** The inbox: open requests in order of arrival; each is answered once, or withdrawn when its caller goes away. */
export class Requests {
  readonly #open = new Store<readonly PromptRequest[]>([]);
  readonly #waiting = new Map<string, Waiting>();

  get open(): Readable<readonly PromptRequest[]> {
    return this.#open;
  }

  /** Waits for the human; rejects `cancelled` when the signal aborts, which closes the request. */
  ask<K extends PromptRequest['kind']>(
    request: Extract<PromptRequest, { kind: K }>,
    signal: AbortSignal,
  ): Promise<AnswerOf[K]> {
    if (signal.aborted) return Promise.reject(new AppError('cancelled', 'the caller went away'));
    if (this.#waiting.has(request.id))
      throw new AppError('conflict', `request ${request.id} is open already`);
    return new Promise((resolve, reject) => {
      const withdraw = () => {
        this.#close(request.id);
        reject(new AppError('cancelled', 'the caller went away'));
      };
      signal.addEventListener('abort', withdraw, { once: true });
      this.#waiting.set(request.id, {
        request,
        settle: (answer) => {
          signal.removeEventListener('abort', withdraw);
          this.#close(request.id);
          resolve(answer as AnswerOf[K]);
        },
      });
      this.#open.update((open) => [...open, request]);
    });
  }

  get(id: string): PromptRequest | undefined {
    return this.#waiting.get(id)?.request;
  }

  /** Settles a tool-call approval; false when it is no longer open. Throws `conflict` for another kind of request. */
  decide(id: string, answer: ApprovalAnswer): boolean {
    return this.#settle(id, answer, (kind) => kind === 'approval');
  }

  /** Settles a server's question; false when it is no longer open. Throws `conflict` for a tool-call approval and for what is settled elsewhere. */
  answer(id: string, answer: HumanAnswer): boolean {
    return this.#settle(id, answer, (kind) => kind !== 'approval' && !isSettledElsewhere(kind));
  }

  #settle(id: string, answer: object, isRightKind: (kind: PromptRequest['kind']) => boolean): boolean {
    const waiting = this.#waiting.get(id);
    if (!waiting) return false;
    if (!isRightKind(waiting.request.kind)) {
      throw new AppError(
        'conflict',
        `request ${id} is a ${waiting.request.kind} request and takes another kind of answer`,
      );
    }
    waiting.settle(answer);
    return true;
  }

  #close(id: string): void {
    this.#waiting.delete(id);
    this.#open.update((open) => open.filter((request) => request.id !== id));
  }
}
