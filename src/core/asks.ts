import type { Ask, AskAnswer, AskOrigin } from './connection.ts';
import type { Job } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { Clock, NewId } from './ports.ts';
import type { HumanAnswer, Requests } from './requests.ts';
import { throwIfAborted } from './util/errors.ts';
import { abortError, SharedWork } from './util/sharedWork.ts';

/** What a question shows of the job it belongs to. */
export type AskingJob = Pick<Job, 'id' | 'tool' | 'caller'>;

export interface AskDeps {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly newId: NewId;
  serverName(serverId: string): string;
  /** The job that a question belongs to, where that is known. */
  jobOf(serverId: string, origin: AskOrigin): AskingJob | undefined;
  /** Whether a job waits for the human; told once when it begins and once when its last question is over. */
  onWaiting(jobId: string, isWaiting: boolean): void;
  /** Called before an answer leaves, so that no key is answered twice; when it throws, the answer stays here. */
  onAnswered(jobId: string, origin: AskOrigin, answer: HumanAnswer): void;
  /** The answer that a question got earlier, when its server may not have it yet. */
  givenAnswer(jobId: string, origin: AskOrigin): HumanAnswer | undefined;
  /** Aborted when a job ends, or goes to another window (`conflict`): its questions are closed. */
  overOf(jobId: string): AbortSignal | undefined;
  /** Takes a question of a job to the caller that started it, where that caller answers questions; undefined for the inbox. */
  toCaller?(
    jobId: string,
    ask: Ask,
    origin: AskOrigin,
    signal: AbortSignal,
  ): Promise<HumanAnswer | undefined> | undefined;
  /** Why a model request is declined without being shown (a limit, or nothing that could be asked); undefined to show it. */
  refuseSampling?(serverId: string, params: JsonObject): string | undefined;
}

/** Answers a server's question; rejects `cancelled` when `signal` ends it before the human does. */
export type Answering = (
  serverId: string,
  ask: Ask,
  origin: AskOrigin,
  signal: AbortSignal,
) => Promise<AskAnswer>;

/** Puts what servers ask into the inbox, with the job and caller it belongs to; a question that comes twice while it is open is one. */
export function answerAsks(deps: AskDeps): Answering {
  const open = new Map<string, SharedWork<HumanAnswer>>();
  const waiting = new Waiting((jobId, isWaiting) => deps.onWaiting(jobId, isWaiting));

  const askHuman = async (
    serverId: string,
    ask: Ask,
    origin: AskOrigin,
    signal: AbortSignal,
  ): Promise<HumanAnswer> => {
    const job = deps.jobOf(serverId, origin);
    const given = job && deps.givenAnswer(job.id, origin);
    if (given) return given;
    const over = job && deps.overOf(job.id);
    const until = over ? AbortSignal.any([signal, over]) : signal;
    const refused = () => refusalOf(deps, serverId, ask);
    const atCaller = job && deps.toCaller?.(job.id, ask, origin, until);
    const refusal = atCaller ? undefined : refused();
    if (refusal) return refusal;
    const leave = job && waiting.enter(job.id);
    try {
      const answer =
        (await atCaller) ?? (atCaller && refused()) ?? (await putIntoInbox(deps, serverId, ask, job, until));
      if (job) deps.onAnswered(job.id, origin, answer);
      return answer;
    } catch (error) {
      throw over?.aborted ? abortError(over) : error;
    } finally {
      leave?.();
    }
  };

  return async (serverId, ask, origin, signal) => {
    throwIfAborted(signal);
    const begin = () => new SharedWork((until) => askHuman(serverId, ask, origin, until));
    const scope = origin.callId ?? origin.taskId;
    if (scope === undefined) return begin().join(signal); // its key says nothing outside of a call or task
    const id = JSON.stringify([serverId, origin.callId, origin.taskId, origin.key]);
    const same = open.get(id);
    if (same && !same.signal.aborted) return same.join(signal);
    const work = begin();
    open.set(id, work);
    void work.ended.then(() => {
      if (open.get(id) === work) open.delete(id);
    });
    return work.join(signal);
  };
}

/** How many questions of each job are open. */
class Waiting {
  readonly #counts = new Map<string, number>();
  readonly #onChange: (jobId: string, isWaiting: boolean) => void;

  constructor(onChange: (jobId: string, isWaiting: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Returns the end. */
  enter(jobId: string): () => void {
    const count = this.#counts.get(jobId) ?? 0;
    this.#counts.set(jobId, count + 1);
    if (count === 0) this.#onChange(jobId, true);
    return () => this.#leave(jobId);
  }

  #leave(jobId: string): void {
    const count = (this.#counts.get(jobId) ?? 1) - 1;
    if (count > 0) {
      this.#counts.set(jobId, count);
      return;
    }
    this.#counts.delete(jobId);
    this.#onChange(jobId, false);
  }
}

function refusalOf(deps: AskDeps, serverId: string, ask: Ask): HumanAnswer | undefined {
  const reason = ask.kind === 'sampling' ? deps.refuseSampling?.(serverId, ask.params) : undefined;
  return reason === undefined ? undefined : { kind: 'decline', reason };
}

function putIntoInbox(
  deps: AskDeps,
  serverId: string,
  ask: Ask,
  job: AskingJob | undefined,
  signal: AbortSignal,
): Promise<HumanAnswer> {
  const base = {
    id: deps.newId(),
    serverId,
    serverName: deps.serverName(serverId),
    createdAt: deps.clock.now(),
    caller: job?.caller,
    jobId: job?.id,
    tool: job?.tool,
  };
  switch (ask.kind) {
    case 'elicit-form':
      return deps.requests.ask<'elicitation-form'>(
        { ...base, kind: 'elicitation-form', message: ask.message, schema: ask.schema },
        signal,
      );
    case 'elicit-url':
      return deps.requests.ask<'elicitation-url'>(
        { ...base, kind: 'elicitation-url', message: ask.message, url: ask.url },
        signal,
      );
    case 'sampling':
      return deps.requests.ask<'sampling'>({ ...base, kind: 'sampling', params: ask.params }, signal);
  }
}
