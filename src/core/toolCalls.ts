import type { ActivityRows } from './activity.ts';
import { CallApproval, type Approved } from './callApproval.ts';
import type { Caller } from './caller.ts';
import { CallLines, digestOf } from './callLines.ts';
import { CallPins } from './callPins.ts';
import type { CallResult, Connection, Progress } from './connection.ts';
import type { Connections } from './connections.ts';
import type { DefinitionGate } from './definitionGate.ts';
import type { JobRunner } from './jobRunner.ts';
import type { Ran } from './jobRunnerDeps.ts';
import type { Job, JobRows, Transaction } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { Decision, DecisionRows, RememberedDecision } from './policy.ts';
import type { PolicyGate } from './policyGate.ts';
import type { Clock, NewId, Sha256 } from './ports.ts';
import { RememberedDecisions } from './rememberedDecisions.ts';
import type { Requests } from './requests.ts';
import { AppError, isAppError, throwIfAborted } from './util/errors.ts';
import type { Readable } from './util/store.ts';

/** A call as a caller wants it. */
export interface CallIntent {
  readonly serverId: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly caller: Caller;
  /** `auto`: a task where the tool offers or requires one; `plain` is refused where the tool requires a task. */
  readonly mode: 'auto' | 'plain' | 'task';
  readonly rerunOf?: string;
  /** Id of the job to be, for a caller that hands it out before the call is approved; must be new. */
  readonly jobId?: string;
  /** Passed on as request metadata, e.g. trace context. */
  readonly meta?: JsonObject;
  /** The server must not make a task of it, and may refuse for that (2026-07-28). */
  readonly refusesTask?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Called once when the job is on disk and about to be sent. */
  readonly onJob?: (job: Job) => void;
}

/** How a call ended for its caller. */
export type CallOutcome =
  | {
      readonly kind: 'done';
      readonly job: Job;
      readonly result: CallResult;
      readonly schemaProblems: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly job: Job;
      readonly message: string;
      readonly result: CallResult | undefined;
      /** What the protocol or the connection said, where that ended it. */
      readonly error?: AppError;
    }
  | { readonly kind: 'denied'; readonly reason: string; readonly decision: Decision }
  | { readonly kind: 'cancelled'; readonly job: Job | undefined };

/** The one door to servers' tools. */
export interface ToolCalls {
  /** Aborting before the send withdraws the approval request; after it, sends the protocol's cancel. Rejects `not-found`, `blocked`, `not-connected`, `storage`, … when nothing was sent. */
  call(intent: CallIntent, signal: AbortSignal): Promise<CallOutcome>;
  /** Remembered decisions, session ones included. */
  readonly remembered: Readable<readonly RememberedDecision[]>;
  revoke(decisionId: string): void;
}

export interface OneDoorDeps {
  readonly connections: Connections;
  readonly requests: Requests;
  readonly runner: JobRunner;
  readonly jobRows: JobRows;
  readonly activity: ActivityRows;
  readonly decisions: DecisionRows;
  /** Keeps back tools that changed since they were accepted; without it none is. */
  readonly definitions?: DefinitionGate;
  /** The policy files; without them only what the user had remembered counts. */
  readonly policy?: PolicyGate;
  readonly transaction: Transaction;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly newId: NewId;
  /** This window. */
  readonly owner: string;
  /** Milliseconds without answer or progress until a call fails; 0 = none. */
  readonly requestTimeoutMs: (serverId: string) => number;
}

/** Approves, logs, records and sends, in this order: pin check → policy → approval → activity line → job row → send. */
export class OneDoor implements ToolCalls {
  readonly #deps: OneDoorDeps;
  readonly #remembered: RememberedDecisions;
  readonly #lines: CallLines;
  readonly #approval: CallApproval;

  constructor(deps: OneDoorDeps) {
    this.#deps = deps;
    this.#remembered = new RememberedDecisions(deps);
    this.#lines = new CallLines(deps);
    this.#approval = new CallApproval({
      ...deps,
      pins: new CallPins(deps),
      remembered: this.#remembered,
      lines: this.#lines,
    });
  }

  get remembered(): Readable<readonly RememberedDecision[]> {
    return this.#remembered.all;
  }

  async call(intent: CallIntent, signal: AbortSignal): Promise<CallOutcome> {
    const askedAt = this.#deps.clock.now();
    try {
      const approved = await this.#approval.approve(intent, askedAt, signal);
      if (approved.kind === 'denied') return approved;
      const { connection, job } = await this.#record(intent, approved, askedAt, signal);
      intent.onJob?.(job);
      const request = {
        tool: job.tool,
        arguments: job.arguments,
        mode: job.mode,
        timeoutMs: this.#deps.requestTimeoutMs(job.serverId),
        ...(intent.meta ? { meta: intent.meta } : {}),
        ...(intent.refusesTask ? { refusesTask: true } : {}),
      };
      const ran = await this.#deps.runner.run(job, connection, request, intent.onProgress, signal);
      return outcomeOf(ran);
    } catch (error) {
      this.#lines.unsent(error, intent, askedAt);
      if (isAppError(error, 'cancelled')) return { kind: 'cancelled', job: undefined };
      throw error;
    }
  }

  revoke(decisionId: string): void {
    this.#remembered.revoke(decisionId);
  }

  /** One commit holds the activity line and the job row; only then is anything sent. */
  async #record(
    intent: CallIntent,
    approved: Approved,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<{ readonly connection: Connection; readonly job: Job }> {
    const { clock, newId, transaction, activity, jobRows, owner } = this.#deps;
    const { server, tool, facts, connection } = approved.pinned;
    throwIfAborted(signal);
    const now = clock.now();
    const job: Job = {
      id: intent.jobId ?? newId(),
      serverId: facts.serverId,
      serverName: server.definition.name,
      launchHash: facts.launchHash,
      tool: tool.name,
      toolTitle: tool.title,
      definitionHash: facts.definitionHash,
      arguments: approved.arguments,
      caller: intent.caller,
      approval: approved.rule,
      mode: intent.mode === 'plain' || tool.taskSupport === 'forbidden' ? 'plain' : 'task',
      createdAt: now,
      endedAt: undefined,
      status: { kind: 'running' },
      statusMessage: undefined,
      progress: undefined,
      history: [],
      timeline: [{ at: now, status: 'running', message: undefined }],
      task: undefined,
      hasResult: false,
      rerunOf: intent.rerunOf,
      owner,
    };
    transaction(() => {
      activity.append(now, {
        kind: 'call',
        jobId: job.id,
        serverId: job.serverId,
        serverName: job.serverName,
        tool: job.tool,
        caller: job.caller,
        rule: job.approval,
        launchHash: job.launchHash,
        definitionHash: job.definitionHash,
        ...digestOf(job.arguments, this.#deps.sha256),
        askedAt,
        ...(approved.decidedAt === undefined ? {} : { decidedAt: approved.decidedAt }),
        ...(job.rerunOf === undefined ? {} : { rerunOf: job.rerunOf }),
      });
      jobRows.insert(job);
      jobRows.saveLastArguments(job.serverId, job.tool, job.arguments);
    });
    return { connection, job };
  }
}

function outcomeOf({ job, result, error }: Ran): CallOutcome {
  switch (job.status.kind) {
    case 'completed':
      if (!result) throw new AppError('internal', `job ${job.id} completed without a result`);
      return { kind: 'done', job, ...result };
    case 'cancelled':
      return { kind: 'cancelled', job };
    default:
      return {
        kind: 'failed',
        job,
        message: 'message' in job.status ? job.status.message : job.status.kind,
        result: result?.result,
        ...(error ? { error } : {}),
      };
  }
}
