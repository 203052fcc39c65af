import type { ActivityRows } from './activity.ts';
import type { Pinned } from './callPins.ts';
import type { JobRows, Transaction } from './jobs.ts';
import type { DecisionRows, RememberedDecision } from './policy.ts';
import type { Clock, NewId } from './ports.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

export interface RememberedDecisionsDeps {
  readonly decisions: DecisionRows;
  readonly jobRows: Pick<JobRows, 'version'>;
  readonly activity: ActivityRows;
  readonly transaction: Transaction;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** The decisions of the user that outlive their calls; those for a session live in memory only. */
export class RememberedDecisions {
  readonly #deps: RememberedDecisionsDeps;
  readonly #all: Store<readonly RememberedDecision[]>;
  #version: number;

  constructor(deps: RememberedDecisionsDeps) {
    this.#deps = deps;
    this.#all = new Store(deps.decisions.all());
    this.#version = deps.jobRows.version();
  }

  get all(): Readable<readonly RememberedDecision[]> {
    return this.#all;
  }

  /** What is remembered now: a decision revoked in another window no longer counts here. */
  inForce(): readonly RememberedDecision[] {
    const version = this.#deps.jobRows.version();
    if (version !== this.#version) {
      this.#version = version;
      const session = this.#all.get().filter((d) => d.scope === 'session');
      this.#all.set([...this.#deps.decisions.all(), ...session]);
    }
    return this.#all.get();
  }

  /** Remembers that a tool is allowed to a caller, for as long as both hashes stay. */
  remember({ facts, server }: Pick<Pinned, 'facts' | 'server'>, scope: 'session' | 'always'): void {
    const { clock, newId, decisions, activity, transaction } = this.#deps;
    const decision: RememberedDecision = {
      id: newId(),
      serverId: facts.serverId,
      serverName: server.definition.name,
      tool: facts.tool,
      launchHash: facts.launchHash,
      definitionHash: facts.definitionHash,
      caller: facts.caller.name,
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
    this.#all.update((all) => [...all, decision]);
  }

  /** Throws `not-found` for one that is not remembered. */
  revoke(decisionId: string): void {
    const decision = this.#all.get().find((d) => d.id === decisionId);
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
    this.#all.update((all) => all.filter((d) => d.id !== decisionId));
  }
}
