import type { ToolHints } from './connection.ts';
import type { JsonObject } from './json.ts';
import { decide, type CallFacts, type Decision, type RememberedDecision } from './policy.ts';
import type { PolicyAcceptance } from './policyAcceptance.ts';
import { placeText, type PolicyFile, type PolicyRule } from './policyFile.ts';
import { fitsGlob } from './policyGlob.ts';
import { PolicyLimits } from './policyLimits.ts';
import {
  judge,
  mismatchOf,
  ruleText,
  rulesOf,
  trailOf,
  type PolicyCall,
  type PolicyRules,
  type PolicyStep,
} from './policyRules.ts';
import type { PolicyVerdictName } from './policySchema.ts';
import type { Clock } from './ports.ts';
import type { SchemaValidator } from './schemaValidator.ts';
import { DisposableStore, type Disposable } from './util/disposables.ts';
import { Store, type Readable } from './util/store.ts';

/** A call together with what rules look at besides its pin. */
export interface GatedCall {
  readonly facts: CallFacts;
  readonly serverName: string;
  readonly hints: ToolHints;
  readonly arguments: JsonObject;
}

/** What is known of where a server comes from. */
export interface PolicyIdentity {
  readonly registry?: string;
  readonly verdict?: PolicyVerdictName;
}

export interface PolicyGateDeps {
  /** The policy files as read; undefined until they were read once. */
  readonly files: Readable<readonly PolicyFile[] | undefined>;
  /** Resolves when what is on disk now has been read. */
  ready(): Promise<void>;
  readonly acceptance: PolicyAcceptance;
  readonly isWorkspaceTrusted: Readable<boolean>;
  readonly validator: SchemaValidator;
  readonly clock: Clock;
  /** Undefined while nothing is known. */
  readonly identityOf: (serverId: string) => PolicyIdentity | undefined;
  readonly areHintsTrusted: (serverId: string, launchHash: string) => boolean;
  /** Names and paths of the workspace's folders. */
  readonly folders: () => readonly string[];
}

/** How a call would be decided, and every rule with why it fits or not. */
export interface PolicyExplanation {
  readonly decision: Decision;
  readonly steps: readonly PolicyStep[];
}

/** The policy files in force: decides about calls together with what the user had remembered. */
export class PolicyGate implements Disposable {
  readonly #deps: PolicyGateDeps;
  readonly #rules: Store<PolicyRules>;
  readonly #limits = new PolicyLimits();
  readonly #disposables = new DisposableStore();

  constructor(deps: PolicyGateDeps) {
    this.#deps = deps;
    this.#rules = new Store(this.#read());
    const again = () => this.refresh();
    this.#disposables.add(deps.files.subscribe(again));
    this.#disposables.add(deps.isWorkspaceTrusted.subscribe(again));
  }

  /** The rules in force. */
  get rules(): Readable<PolicyRules> {
    return this.#rules;
  }

  /** Resolves when what is on disk now is in force. */
  ready(): Promise<void> {
    return this.#deps.ready();
  }

  /** Applies what the user accepted or withdrew. */
  refresh(): void {
    this.#rules.set(this.#read());
  }

  /** Decides about a call; takes nothing off a limit. */
  decide(call: GatedCall, remembered: readonly RememberedDecision[]): Decision {
    const known = decide(call.facts, remembered);
    if (this.#deps.files.get() === undefined)
      return { effect: 'deny', rule: 'the policy files have not been read' };
    const verdict = judge(this.callOf(call), this.#rules.get(), this.#checks());
    if (verdict.kind === 'broken') {
      const { problem } = verdict;
      return {
        effect: 'deny',
        rule: `the policy file cannot be used: ${placeText(problem)}: ${problem.message}`,
        place: problem,
      };
    }
    if (verdict.kind === 'none') return known;
    const { rule } = verdict;
    const fired = { rule: ruleText(rule), place: rule.place };
    if (rule.effect === 'deny') return { effect: 'deny', ...fired };
    if (rule.effect === 'ask') return { effect: 'ask', cause: 'rule', ...fired };
    if (known.effect === 'allow') return known;
    if (call.facts.isNew)
      return {
        effect: 'ask',
        rule: 'the tool is new, and nobody has looked at it yet',
        cause: 'definition-changed',
      };
    return { effect: 'allow', ...fired };
  }

  /** Counts a call that is not denied; what refuses it when it is one too many. */
  count(call: GatedCall): Extract<Decision, { effect: 'deny' }> | undefined {
    const now = this.#deps.clock.now();
    const limits = this.#rules.get().files.flatMap(({ file }) => file.limits);
    const reached = this.#limits.take(this.callOf(call), limits, now);
    if (!reached) return undefined;
    const { limit, retryAt } = reached;
    const seconds = Math.max(1, Math.ceil((retryAt - now) / 1000));
    const why = limit.reason === undefined ? '' : `: ${limit.reason}`;
    return {
      effect: 'deny',
      rule: `the limit of ${limit.calls} calls at ${placeText(limit.place)} is reached; try again in ${seconds} s${why}`,
      place: limit.place,
      retryAt,
    };
  }

  /** What would be decided, with the whole trail; nothing is sent or counted. */
  explain(call: GatedCall, remembered: readonly RememberedDecision[]): PolicyExplanation {
    return {
      decision: this.decide(call, remembered),
      steps: trailOf(this.callOf(call), this.#rules.get(), this.#checks()),
    };
  }

  /** Whether a rule alone would count for a call, had its file been accepted. */
  fits(rule: PolicyRule, call: PolicyCall): boolean {
    return mismatchOf(rule, call, this.#checks()) === undefined;
  }

  /** Names of the presets in force, sorted. */
  presetNames(): readonly string[] {
    return [...new Set(this.#presets().map(({ name }) => name))].toSorted();
  }

  /** Whether a preset holds a tool; without a tool, whether it holds any of the server. */
  isInPreset(
    name: string,
    server: { readonly id: string; readonly name: string },
    tool: string | undefined,
  ): boolean {
    // The user's own preset of a name counts, not one that a workspace brings.
    const preset = this.#presets().find((one) => one.name === name);
    const tools = (preset?.servers ?? [])
      .filter((one) => fitsGlob(one.server, server.name) || fitsGlob(one.server, server.id))
      .flatMap((one) => one.tools);
    return tool === undefined ? tools.length > 0 : tools.some((pattern) => fitsGlob(pattern, tool));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #presets() {
    const files = this.#rules.get().files.filter(({ isAccepted }) => isAccepted);
    const own = files.filter(({ file }) => file.source.kind === 'user');
    const others = files.filter(({ file }) => file.source.kind !== 'user');
    return [...own, ...others].flatMap(({ file }) => file.presets);
  }

  #read(): PolicyRules {
    const { files, acceptance, isWorkspaceTrusted } = this.#deps;
    const isTrusted = isWorkspaceTrusted.get();
    return rulesOf(
      (files.get() ?? []).map((file) => ({
        file,
        isAccepted: acceptance.isAccepted(file) && (file.source.kind === 'user' || isTrusted),
      })),
    );
  }

  /** A call with all that rules look at. */
  callOf({ facts, serverName, hints, arguments: args }: GatedCall): PolicyCall {
    const { identityOf, areHintsTrusted, folders } = this.#deps;
    const { serverId, tool, caller, launchHash } = facts;
    const identity = identityOf(serverId);
    return {
      ...{ serverId, serverName, tool, caller, hints },
      arguments: args,
      areHintsTrusted: areHintsTrusted(serverId, launchHash),
      registry: identity?.registry,
      verdict: identity?.verdict ?? 'unknown',
      folders: folders(),
    };
  }

  #checks() {
    const { validator, clock } = this.#deps;
    return {
      now: clock.now(),
      fits: (schema: JsonObject, args: JsonObject) => {
        const findings = validator.validate(schema, args);
        if (findings.some(({ kind }) => kind === 'value')) return 'no' as const;
        return findings.length > 0 ? ('unknown' as const) : ('yes' as const);
      },
    };
  }
}
