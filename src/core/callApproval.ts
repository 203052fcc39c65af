import type { CallLines } from './callLines.ts';
import type { CallPins, Pinned } from './callPins.ts';
import type { JobRows } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { decide } from './policy.ts';
import type { Clock, NewId } from './ports.ts';
import type { RememberedDecisions } from './rememberedDecisions.ts';
import type { ApprovalAnswer, Requests } from './requests.ts';
import type { CallIntent, CallOutcome } from './toolCalls.ts';

/** A call that may be sent. */
export interface Approved {
  readonly kind: 'approved';
  readonly rule: string;
  readonly arguments: JsonObject;
  readonly pinned: Pinned;
  /** When the user decided; undefined where a rule did. */
  readonly decidedAt: number | undefined;
}

export interface CallApprovalDeps {
  readonly pins: CallPins;
  readonly remembered: RememberedDecisions;
  readonly lines: CallLines;
  readonly requests: Requests;
  readonly jobRows: Pick<JobRows, 'lastArguments'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Pins a call and decides about it, by the rules or by asking. */
export class CallApproval {
  readonly #deps: CallApprovalDeps;

  constructor(deps: CallApprovalDeps) {
    this.#deps = deps;
  }

  /** Asks until the definition that was approved is the one in force. */
  async approve(
    intent: CallIntent,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<Extract<CallOutcome, { kind: 'denied' }> | Approved> {
    let args = intent.arguments;
    let rule: string | undefined;
    let approvedHash: string | undefined;
    let decidedAt: number | undefined;
    for (;;) {
      const pinned = await this.#deps.pins.pin(intent, signal);
      const key = `${pinned.facts.launchHash} ${pinned.facts.definitionHash}`;
      if (rule !== undefined && approvedHash === key)
        return { kind: 'approved', rule, arguments: args, pinned, decidedAt };
      const decision = decide(pinned.facts, this.#deps.remembered.inForce());
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
        this.#deps.lines.notSent('call-denied', intent, askedAt, reason, pinned, args);
        return { kind: 'denied', reason, decision };
      }
      args = answer.arguments;
      decidedAt = this.#deps.clock.now();
      approvedHash = key;
      rule = ruleOf(answer.scope);
      if (answer.scope !== 'once') this.#deps.remembered.remember(pinned, answer.scope);
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
