import type { Ask, AskAnswer, AskOrigin } from './connection.ts';
import type { Job } from './jobs.ts';
import type { Clock, NewId } from './ports.ts';
import type { HumanAnswer, Requests } from './requests.ts';
import { isAppError } from './util/errors.ts';

export interface AskDeps {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly newId: NewId;
  serverName(serverId: string): string;
  /** The job that a question belongs to, where that is known. */
  jobOf(serverId: string, origin: AskOrigin): Job | undefined;
  onWaiting(jobId: string, isWaiting: boolean): void;
  /** Called before an answer leaves, so that no key is answered twice. */
  onAnswered(jobId: string, key: string): void;
}

/** Answers a server's question. */
export type Answering = (
  serverId: string,
  ask: Ask,
  origin: AskOrigin,
  signal: AbortSignal,
) => Promise<AskAnswer>;

/** Puts what servers ask into the inbox, with the job and caller it belongs to; a question whose asker goes away is cancelled. */
export function answerAsks(deps: AskDeps): Answering {
  const waiting = new Map<string, number>();
  const wait = (jobId: string, change: 1 | -1) => {
    const count = (waiting.get(jobId) ?? 0) + change;
    if (count === 0) waiting.delete(jobId);
    else waiting.set(jobId, count);
    if (count === 0 || (count === 1 && change === 1)) deps.onWaiting(jobId, count > 0);
  };
  return async (serverId, ask, origin, signal) => {
    const job = deps.jobOf(serverId, origin);
    if (job) wait(job.id, 1);
    try {
      const answer = await question(deps, serverId, ask, job, signal);
      if (job?.task) deps.onAnswered(job.id, origin.key);
      return answer;
    } catch (error) {
      if (isAppError(error, 'cancelled')) return { kind: 'cancel' };
      throw error;
    } finally {
      if (job) wait(job.id, -1);
    }
  };
}

function question(
  deps: AskDeps,
  serverId: string,
  ask: Ask,
  job: Job | undefined,
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
