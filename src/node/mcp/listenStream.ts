import type { Json, JsonObject } from '../../core/json.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import { AppError, isAppError, toAppError } from '../../core/util/errors.ts';
import type { Wire } from './wire.ts';
import { rpcErrorOf, statusOf } from './wireErrors.ts';

export interface ListenDeps {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly ackTimeoutMs: number;
  /** Aborted when the connection ends. */
  readonly closed: AbortSignal;
  /** The stream was down for a while: what changed meanwhile was not heard. */
  readonly onGap: () => void;
  readonly onProblem: (text: string) => void;
}

interface Run {
  readonly filter: JsonObject;
  readonly abort: AbortController;
  /** Resolves with true at the first acknowledgement, with false when there will be none. */
  readonly heard: PromiseWithResolvers<boolean>;
  requestId: number | undefined;
  onAck: () => void;
}

const firstDelayMs = 500;
const maxDelayMs = 15_000;
const maxTries = 8;
const finalStatuses = [400, 403, 404, 405];

/** One `subscriptions/listen` (2026-07-28) that is opened again when it ends, until it is told to stop or the server refuses. */
export class ListenStream {
  readonly #deps: ListenDeps;
  #run: Run | undefined;

  constructor(deps: ListenDeps) {
    this.#deps = deps;
  }

  /**
   * Listens for this from now on, for nothing when undefined; the old stream stays until the new one is acknowledged.
   * Resolves with true once it (or what replaces it) is, with false when the server refuses.
   */
  set(filter: JsonObject | undefined): Promise<boolean> {
    const old = this.#run;
    if (!filter) {
      this.#run = undefined;
      old?.abort.abort();
      old?.heard.resolve(true);
      return Promise.resolve(true);
    }
    const run: Run = {
      filter,
      abort: new AbortController(),
      heard: Promise.withResolvers(),
      requestId: undefined,
      onAck: () => {},
    };
    this.#run = run;
    old?.heard.resolve(run.heard.promise);
    void run.heard.promise.then(() => old?.abort.abort());
    void this.#keep(run).finally(() => run.heard.resolve(false));
    return run.heard.promise;
  }

  /** True when the acknowledgement was for this stream. */
  acknowledged(subscriptionId: Json | undefined): boolean {
    const run = this.#run;
    const id = run?.requestId;
    if (!run || id === undefined || (subscriptionId !== id && subscriptionId !== String(id))) return false;
    run.onAck();
    return true;
  }

  async #keep(run: Run): Promise<void> {
    const { closed, clock, random, logger } = this.#deps;
    const signal = AbortSignal.any([run.abort.signal, closed]);
    for (let failures = 0, isFirst = true; !signal.aborted; isFirst = false) {
      const hadStream = !isFirst;
      const end = await this.#listen(run, signal, () => {
        failures = 0;
        if (hadStream) this.#deps.onGap();
      });
      if (signal.aborted || end === 'refused') return;
      if (++failures > maxTries) {
        this.#deps.onProblem(
          'the server keeps ending its stream of changes: lists are refreshed by hand only',
        );
        return;
      }
      const delay = Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1)) * (0.75 + random() * 0.5);
      logger.debug(`subscriptions/listen ended; again in ${Math.round(delay)} ms`);
      await new Promise<void>((resolve) => {
        const timer = clock.setTimer(delay, resolve);
        signal.addEventListener('abort', () => {
          timer.dispose();
          resolve();
        });
      });
    }
  }

  async #listen(run: Run, signal: AbortSignal, onAck: () => void): Promise<'ended' | 'refused'> {
    const { wire, clock, ackTimeoutMs, onProblem } = this.#deps;
    const unheard = new AbortController();
    const timer = clock.setTimer(ackTimeoutMs, () => {
      unheard.abort(
        new AppError('timeout', `the server did not acknowledge within ${ackTimeoutMs / 1000} s`),
      );
    });
    run.onAck = () => {
      timer.dispose();
      run.heard.resolve(true);
      onAck();
    };
    try {
      await wire.request({
        method: 'subscriptions/listen',
        params: { notifications: run.filter },
        signal: AbortSignal.any([signal, unheard.signal]),
        timeoutMs: 0,
        onId: (id) => {
          run.requestId = id;
        },
      });
    } catch (error) {
      if (signal.aborted) return 'ended';
      const status = statusOf(error);
      const isFinal =
        (status !== undefined && finalStatuses.includes(status)) || rpcErrorOf(error) !== undefined;
      if (isFinal || isAppError(error, 'unsupported') || isAppError(error, 'needs-sign-in')) {
        onProblem(`the server refuses to push changes: ${toAppError(error).message}`);
        return 'refused';
      }
    } finally {
      timer.dispose();
    }
    return 'ended';
  }
}
