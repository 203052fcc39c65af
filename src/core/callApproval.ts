import type { CallLines } from './callLines.ts';
import type { CallPins, Pinned } from './callPins.ts';
import type { JobRows } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { decide, type Decision } from './policy.ts';
import type { PolicyGate } from './policyGate.ts';
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
  /** The policy files; without them only what the user had remembered counts. */
  readonly policy?: PolicyGate;
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
    const { pins, lines, remembered, clock } = this.#deps;
    let args = intent.arguments;
    let rule: string | undefined;
    let approvedHash: string | undefined;
    let decidedAt: number | undefined;
    let isCounted = false;
    const denied = (pinned: Pinned, decision: Decision, reason: string) => {
      lines.notSent('call-denied', intent, askedAt, reason, pinned, args);
      return { kind: 'denied', reason, decision } as const;
    };
    for (;;) {
      const pinned = await pins.pin(intent, signal);
      await this.#deps.policy?.ready();
      const key = `${pinned.facts.launchHash} ${pinned.facts.definitionHash}`;
      const decision = this.#decide(pinned, args, isCounted);
      isCounted = true;
      // Also after the user said yes: what they made of the arguments may be what a rule denies.
      if (decision.effect === 'deny') return denied(pinned, decision, decision.rule);
      if (rule !== undefined && approvedHash === key)
        return { kind: 'approved', rule, arguments: args, pinned, decidedAt };
      if (decision.effect === 'allow')
        return { kind: 'approved', rule: decision.rule, arguments: args, pinned, decidedAt: undefined };
      const why = approvedHash === undefined ? decision.rule : 'the tool changed while you were deciding';
      const answer = await this.#ask(intent, args, pinned, why, decision, signal);
      if (answer.kind === 'deny') return denied(pinned, decision, answer.reason ?? 'denied by the user');
      args = answer.arguments;
      decidedAt = clock.now();
      approvedHash = key;
      rule = ruleOf(answer.scope);
      if (answer.scope !== 'once') remembered.remember(pinned, answer.scope);
    }
  }

  #decide({ facts, server, tool }: Pinned, args: JsonObject, isCounted: boolean): Decision {
    const { policy, remembered } = this.#deps;
    if (!policy) return decide(facts, remembered.inForce());
    const call = {
      facts,
      serverName: server.definition.name,
      hints: tool.annotations,
      arguments: args,
    };
    const decision = policy.decide(call, remembered.inForce());
    return decision.effect === 'deny' || isCounted ? decision : (policy.count(call) ?? decision);
  }

  #ask(
    intent: CallIntent,
    args: JsonObject,
    pinned: Pinned,
    reason: string,
    decision: Extract<Decision, { effect: 'ask' }>,
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
        ...(decision.cause === 'rule' && decision.place
          ? { rule: { file: decision.place.source.file, line: decision.place.line } }
          : {}),
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
