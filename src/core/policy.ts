import type { Caller } from './caller.ts';
import type { PolicyPlace } from './policyFile.ts';

/** What a call is judged by. */
export interface CallFacts {
  readonly serverId: string;
  readonly launchHash: string;
  readonly tool: string;
  readonly definitionHash: string;
  /** Nobody has looked at the definition yet: only a decision about this very definition may allow the call, no rule. */
  readonly isNew?: boolean;
  readonly caller: Caller;
}

/** A decision of the user that outlives its call, bound to who the server is and what the tool was. */
export interface RememberedDecision {
  readonly id: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly tool: string;
  readonly launchHash: string;
  readonly definitionHash: string;
  /** The caller's name it holds for. */
  readonly caller: string;
  readonly effect: 'allow';
  readonly scope: 'session' | 'always';
  readonly createdAt: number;
}

/** What to do with a call and which rule said so; `place` is where that rule stands, for one of a policy file. */
export type Decision =
  | {
      readonly effect: 'allow';
      readonly rule: string;
      readonly decisionId?: string;
      readonly place?: PolicyPlace;
    }
  | {
      readonly effect: 'ask';
      readonly rule: string;
      readonly cause: 'no-rule' | 'launch-changed' | 'definition-changed' | 'rule';
      readonly place?: PolicyPlace;
    }
  | {
      readonly effect: 'deny';
      readonly rule: string;
      readonly place?: PolicyPlace;
      /** For a call over a limit: when it would not be, in milliseconds since the epoch. */
      readonly retryAt?: number;
    };

/** Judges one call; a remembered decision counts only while launch and definition are what they were. */
export function decide(call: CallFacts, remembered: readonly RememberedDecision[]): Decision {
  const ours = remembered.filter(
    (d) => d.serverId === call.serverId && d.tool === call.tool && d.caller === call.caller.name,
  );
  const match = ours.find(
    (d) => d.launchHash === call.launchHash && d.definitionHash === call.definitionHash,
  );
  if (match) {
    return {
      effect: 'allow',
      rule: match.scope === 'always' ? 'always allowed by you' : 'allowed for this session',
      decisionId: match.id,
    };
  }
  if (ours.some((d) => d.launchHash === call.launchHash)) {
    return { effect: 'ask', rule: 'the tool changed since you allowed it', cause: 'definition-changed' };
  }
  if (ours.length > 0)
    return { effect: 'ask', rule: 'the server changed since you allowed it', cause: 'launch-changed' };
  return { effect: 'ask', rule: 'no rule allows it', cause: 'no-rule' };
}

/** Persistence of remembered decisions; session decisions live in memory only. */
export interface DecisionRows {
  insert(decision: RememberedDecision): void;
  delete(id: string): void;
  all(): readonly RememberedDecision[];
}
