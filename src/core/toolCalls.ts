import type { ActivityRows } from './activity.ts';
import type { Caller } from './caller.ts';
import type { CallResult, Connection, Progress, Tool } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { DefinitionGate } from './definitionGate.ts';
import type { JobRunner } from './jobRunner.ts';
import type { Ran } from './jobRunnerDeps.ts';
import type { Job, JobRows, Transaction } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { definitionHash } from './pins.ts';
import {
  decide,
  type CallFacts,
  type Decision,
  type DecisionRows,
  type RememberedDecision,
} from './policy.ts';
import type { Clock, NewId, Sha256 } from './ports.ts';
import { previewOf } from './redact.ts';
import type { ApprovalAnswer, Requests } from './requests.ts';
import { canonicalJson } from './util/canonicalJson.ts';
import { AppError, isAppError, throwIfAborted } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

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
  readonly transaction: Transaction;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly newId: NewId;
  /** This window. */
  readonly owner: string;
  /** Milliseconds without answer or progress until a call fails; 0 = none. */
  readonly requestTimeoutMs: (serverId: string) => number;
}

interface Pinned {
  readonly server: ServerSnapshot;
  readonly tool: Tool;
  readonly facts: CallFacts;
}

/** Approves, logs, records and sends, in this order: pin check → policy → approval → activity line → job row → send. */
export class OneDoor implements ToolCalls {
  readonly #deps: OneDoorDeps;
  readonly #remembered: Store<readonly RememberedDecision[]>;
  readonly #hashes = new WeakMap<Tool, string>();
  #version: number;

  constructor(deps: OneDoorDeps) {
    this.#deps = deps;
    this.#remembered = new Store(deps.decisions.all());
    this.#version = deps.jobRows.version();
  }

  get remembered(): Readable<readonly RememberedDecision[]> {
    return this.#remembered;
  }

  async call(intent: CallIntent, signal: AbortSignal): Promise<CallOutcome> {
    const askedAt = this.#deps.clock.now();
    try {
      const approved = await this.#approve(intent, askedAt, signal);
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
      this.#noteUnsent(error, intent, askedAt);
      if (isAppError(error, 'cancelled')) return { kind: 'cancelled', job: undefined };
      throw error;
    }
  }

  #noteUnsent(error: unknown, intent: CallIntent, askedAt: number): void {
    const isRefused = isAppError(error, 'blocked');
    if (!isRefused && !isAppError(error, 'cancelled')) return;
    const kind = isRefused ? 'call-refused' : 'call-withdrawn';
    const why = isRefused ? error.message : 'the caller gave up';
    try {
      this.#notSent(kind, intent, askedAt, why, undefined, intent.arguments);
    } catch {
      // Nothing was sent, and the caller is told why: that must not be lost for a line.
    }
  }

  #notSent(
    kind: 'call-denied' | 'call-refused' | 'call-withdrawn',
    intent: CallIntent,
    askedAt: number,
    rule: string,
    pinned: Pinned | undefined,
    args: JsonObject,
  ): void {
    const { activity, clock, connections } = this.#deps;
    const { serverId, tool, caller } = intent;
    const name = connections.get(serverId)?.definition.name;
    const pin = pinned && {
      launchHash: pinned.facts.launchHash,
      definitionHash: pinned.facts.definitionHash,
    };
    activity.append(clock.now(), {
      ...{ kind, serverId, tool, caller, rule, askedAt },
      ...(name === undefined ? {} : { serverName: name }),
      ...pin,
      ...this.#digest(args),
    });
  }

  revoke(decisionId: string): void {
    const decision = this.#remembered.get().find((d) => d.id === decisionId);
    if (!decision) throw new AppError('not-found', `no remembered decision ${decisionId}`);
    this.#deps.transaction(() => {
      this.#deps.decisions.delete(decisionId);
      this.#deps.activity.append(this.#deps.clock.now(), {
        kind: 'decision-revoked',
        decisionId,
        serverId: decision.serverId,
        tool: decision.tool,
      });
    });
    this.#remembered.update((all) => all.filter((d) => d.id !== decisionId));
  }

  async #pin(intent: CallIntent, signal: AbortSignal): Promise<Pinned & { readonly connection: Connection }> {
    const { connections } = this.#deps;
    if (!connections.get(intent.serverId))
      throw new AppError('not-found', `no server ${intent.serverId} is configured`);
    const connection = await connections.need(intent.serverId, signal);
    const server = connections.get(intent.serverId);
    if (!server) throw new AppError('not-found', `server ${intent.serverId} was removed`);
    const tool = server.offer?.tools.items.find((item) => item.name === intent.tool);
    if (!tool)
      throw new AppError(
        'not-found',
        `${server.definition.name} has no tool named ${JSON.stringify(intent.tool)}`,
      );
    if (server.disabledTools.has(tool.name)) {
      throw new AppError('blocked', `${tool.name} of ${server.definition.name} is switched off`, {
        nextStep: 'Switch the tool on in the Servers view.',
      });
    }
    const standing = this.#deps.definitions?.standing(intent.serverId, tool);
    if (standing === 'set-aside') {
      throw new AppError(
        'blocked',
        `${tool.name} of ${server.definition.name} changed and is set aside until its change is accepted`,
        { nextStep: 'Review the change in the Inbox.' },
      );
    }
    if (intent.mode === 'plain' && tool.taskSupport === 'required') {
      throw new AppError('unsupported', `${tool.name} of ${server.definition.name} can only run as a task`);
    }
    const facts = {
      serverId: intent.serverId,
      launchHash: server.definition.launchHash,
      tool: tool.name,
      definitionHash: this.#hash(tool),
      isNew: standing === 'new',
      caller: intent.caller,
    };
    return { server, tool, facts, connection };
  }

  /** Asks until the definition that was approved is the one in force. */
  async #approve(
    intent: CallIntent,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<Extract<CallOutcome, { kind: 'denied' }> | Approved> {
    let args = intent.arguments;
    let rule: string | undefined;
    let approvedHash: string | undefined;
    let decidedAt: number | undefined;
    for (;;) {
      const pinned = await this.#pin(intent, signal);
      const key = `${pinned.facts.launchHash} ${pinned.facts.definitionHash}`;
      if (rule !== undefined && approvedHash === key)
        return { kind: 'approved', rule, arguments: args, pinned, decidedAt };
      const decision = decide(pinned.facts, this.#inForce());
      if (decision.effect === 'allow')
        return { kind: 'approved', rule: decision.rule, arguments: args, pinned, decidedAt: undefined };
      const answer: ApprovalAnswer =
        decision.effect === 'deny'
          ? { kind: 'deny', reason: decision.rule }
          : await this.#ask(
              intent,
              args,
              pinned,
              approvedHash === undefined ? decision.rule : 'the tool changed while you were deciding',
              signal,
            );
      if (answer.kind === 'deny') {
        const reason = answer.reason ?? 'denied by the user';
        this.#notSent('call-denied', intent, askedAt, reason, pinned, args);
        return { kind: 'denied', reason, decision };
      }
      args = answer.arguments;
      decidedAt = this.#deps.clock.now();
      approvedHash = key;
      rule = ruleOf(answer.scope);
      if (answer.scope !== 'once') this.#remember(pinned, answer.scope);
    }
  }

  #ask(
    intent: CallIntent,
    args: JsonObject,
    pinned: Pinned,
    reason: string,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer> {
    const { definition } = pinned.server;
    return this.#deps.requests.ask<'approval'>(
      {
        kind: 'approval',
        id: this.#deps.newId(),
        serverId: definition.id,
        serverName: definition.name,
        createdAt: this.#deps.clock.now(),
        caller: intent.caller,
        jobId: undefined,
        tool: pinned.tool.name,
        definition: pinned.tool,
        definitionHash: pinned.facts.definitionHash,
        launchHash: pinned.facts.launchHash,
        arguments: args,
        lastApproved: this.#deps.jobRows.lastArguments(definition.id, pinned.tool.name),
        reason,
        source: { file: definition.source.file, line: definition.line },
      },
      signal,
    );
  }

  #remember(pinned: Pinned, scope: 'session' | 'always'): void {
    const { clock, newId, decisions, activity, transaction } = this.#deps;
    const decision: RememberedDecision = {
      id: newId(),
      serverId: pinned.facts.serverId,
      serverName: pinned.server.definition.name,
      tool: pinned.facts.tool,
      launchHash: pinned.facts.launchHash,
      definitionHash: pinned.facts.definitionHash,
      caller: pinned.facts.caller.name,
      effect: 'allow',
      scope,
      createdAt: clock.now(),
    };
    transaction(() => {
      if (scope === 'always') decisions.insert(decision);
      activity.append(clock.now(), {
        kind: 'decision-remembered',
        decisionId: decision.id,
        serverId: decision.serverId,
        tool: decision.tool,
        scope,
      });
    });
    this.#remembered.update((all) => [...all, decision]);
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
        ...this.#digest(job.arguments),
        askedAt,
        ...(approved.decidedAt === undefined ? {} : { decidedAt: approved.decidedAt }),
        ...(job.rerunOf === undefined ? {} : { rerunOf: job.rerunOf }),
      });
      jobRows.insert(job);
      jobRows.saveLastArguments(job.serverId, job.tool, job.arguments);
    });
    return { connection, job };
  }

  #digest(args: JsonObject): { readonly argumentsHash: string; readonly preview: string } {
    return { argumentsHash: this.#deps.sha256(canonicalJson(args)), preview: previewOf(args) };
  }

  /** What is remembered now: a decision revoked in another window no longer counts here. */
  #inForce(): readonly RememberedDecision[] {
    const version = this.#deps.jobRows.version();
    if (version !== this.#version) {
      this.#version = version;
      const session = this.#remembered.get().filter((d) => d.scope === 'session');
      this.#remembered.set([...this.#deps.decisions.all(), ...session]);
    }
    return this.#remembered.get();
  }

  #hash(tool: Tool): string {
    let hash = this.#hashes.get(tool);
    if (hash === undefined) {
      hash = definitionHash(tool, this.#deps.sha256);
      this.#hashes.set(tool, hash);
    }
    return hash;
  }
}

interface Approved {
  readonly kind: 'approved';
  readonly rule: string;
  readonly arguments: JsonObject;
  readonly pinned: Pinned & { readonly connection: Connection };
  /** When the user decided; undefined where a rule did. */
  readonly decidedAt: number | undefined;
}

function ruleOf(scope: 'once' | 'session' | 'always'): string {
  switch (scope) {
    case 'once':
      return 'allowed once by the user';
    case 'session':
      return 'allowed for this session by the user';
    case 'always':
      return 'always allowed by the user';
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
