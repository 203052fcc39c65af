import type { Logger } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import { intents, toHost, type Handlers, type Intent, type ToWebview } from '../shared/protocol.ts';
import type { Actions } from './runAction.ts';

type Reply = Extract<ToWebview, { kind: 'reply' }>;

/** One life of a webview's script: its call ids start anew with each. */
interface Session {
  readonly running: Map<number, AbortController>;
}

/** Answers a webview's calls: each exactly once, unknown and invalid ones with an error. A call goes on when the webview goes away; only its `cancel` aborts it. */
export class DashboardCalls {
  readonly #handlers: Handlers;
  readonly #actions: Pick<Actions, 'attempt'>;
  readonly #logger: Logger;
  readonly #post: (reply: Reply) => void;
  #session: Session = { running: new Map() };

  constructor(
    handlers: Handlers,
    actions: Pick<Actions, 'attempt'>,
    logger: Logger,
    post: (reply: Reply) => void,
  ) {
    this.#handlers = handlers;
    this.#actions = actions;
    this.#logger = logger;
    this.#post = post;
  }

  /** Takes a message in; true when it was `ready`. */
  receive(message: unknown): boolean {
    const parsed = toHost.safeParse(message);
    if (!parsed.success) {
      this.#logger.warn(
        `dashboard: a message of unknown shape was ignored: ${parsed.error.issues[0]?.message ?? ''}`,
      );
      this.#refuse(message);
      return false;
    }
    switch (parsed.data.kind) {
      case 'ready':
        this.#session = { running: new Map() };
        return true;
      case 'cancel':
        this.#session.running.get(parsed.data.id)?.abort();
        return false;
      case 'call':
        void this.#call(this.#session, parsed.data.id, parsed.data.method, parsed.data.params);
        return false;
    }
  }

  /** The webview's script is gone: what still runs is answered to nobody. */
  forget(): void {
    this.#session = { running: new Map() };
  }

  async #call(session: Session, id: number, method: string, params: unknown): Promise<void> {
    if (session.running.has(id)) {
      this.#logger.warn(`dashboard: call id ${id} is in use and was ignored`);
      return;
    }
    const abort = new AbortController();
    session.running.set(id, abort);
    const ended = await this.#actions.attempt(`dashboard ${isIntent(method) ? method : 'call'}`, () =>
      this.#run(method, params, abort.signal),
    );
    session.running.delete(id);
    if (session !== this.#session) return;
    this.#post(
      ended.kind === 'done'
        ? { kind: 'reply', id, ok: true, value: ended.value }
        : { kind: 'reply', id, ok: false, code: ended.error.code, message: textOf(ended.error) },
    );
  }

  async #run(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isIntent(method))
      throw new AppError(
        'unsupported',
        `the dashboard cannot ask for ${JSON.stringify(method.slice(0, 64))}`,
      );
    const parsed = intents[method].safeParse(params);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new AppError(
        'invalid-input',
        `${method}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      );
    }
    // The schema of this very method has just accepted the parameters; TypeScript does not follow that over a union.
    const handler = this.#handlers[method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    return handler(parsed.data, signal);
  }

  /** A call whose shape is wrong is still answered when it says its id. */
  #refuse(message: unknown): void {
    const id =
      typeof message === 'object' &&
      message !== null &&
      'kind' in message &&
      message.kind === 'call' &&
      'id' in message
        ? message.id
        : undefined;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || this.#session.running.has(id)) return;
    this.#post({
      kind: 'reply',
      id,
      ok: false,
      code: 'invalid-input',
      message: 'the message has an unknown shape',
    });
  }
}

function isIntent(method: string): method is Intent {
  return Object.hasOwn(intents, method);
}

function textOf(error: AppError): string {
  return error.nextStep === undefined
    ? error.message
    : `${error.message.replace(/\.?$/, '.')} ${error.nextStep}`;
}
