import type { ToolHints } from './connection.ts';
import type { JsonObject } from './json.ts';
import type { CallFacts } from './policy.ts';
import {
  placeText,
  type PolicyFile,
  type PolicyProblem,
  type PolicyRule,
  type PolicyWho,
} from './policyFile.ts';
import { fitsGlob } from './policyGlob.ts';
import type { PolicyVerdictName } from './policySchema.ts';

/** What rules look at. */
export interface PolicyCall extends Pick<CallFacts, 'serverId' | 'tool' | 'caller'> {
  readonly serverName: string;
  readonly arguments: JsonObject;
  /** What the server claims about the tool. */
  readonly hints: ToolHints;
  /** The user said that this server's hints count. */
  readonly areHintsTrusted: boolean;
  readonly registry: string | undefined;
  readonly verdict: PolicyVerdictName;
  /** Names and paths of the workspace's folders. */
  readonly folders: readonly string[];
}

/** What rules are checked with. */
export interface PolicyChecks {
  readonly now: number;
  /** Whether arguments fit a JSON Schema; `unknown` where that cannot be found out. */
  readonly fits: (schema: JsonObject, args: JsonObject) => 'yes' | 'no' | 'unknown';
}

/** A policy file and whether the user accepted this very text of it. */
export interface PolicyFileInForce {
  readonly file: PolicyFile;
  /** Always true for the user's own file. */
  readonly isAccepted: boolean;
}

/** Why a rule does not count for a call. */
export type PolicyMismatch =
  | 'expired'
  | 'server'
  | 'tool'
  | 'caller'
  | 'callerKind'
  | 'registry'
  | 'verdict'
  | 'folder'
  | 'hints'
  | 'hints-not-trusted'
  | 'arguments'
  | 'arguments-unchecked'
  | 'not-accepted';

/** What the rules of all files say of a call. */
export type PolicyVerdict =
  | { readonly kind: 'broken'; readonly problem: PolicyProblem }
  | { readonly kind: 'rule'; readonly rule: PolicyRule }
  | { readonly kind: 'none' };

/** One rule of a trail; without a mismatch it fits. */
export interface PolicyStep {
  readonly rule: PolicyRule;
  readonly mismatch: PolicyMismatch | undefined;
  /** This rule decided. */
  readonly hasFired: boolean;
}

/** Every rule of some files, sorted for deciding. */
export interface PolicyRules {
  readonly files: readonly PolicyFileInForce[];
  readonly problem: PolicyProblem | undefined;
  readonly deny: readonly PolicyRule[];
  readonly ask: readonly PolicyRule[];
  readonly allow: readonly PolicyRule[];
}

/** Sorts the rules of files: what a file may not loosen is left out. */
export function rulesOf(files: readonly PolicyFileInForce[]): PolicyRules {
  const all = files.flatMap(({ file, isAccepted }) =>
    file.rules.filter(({ effect }) => isAccepted || effect !== 'allow'),
  );
  return {
    files,
    problem: files.flatMap(({ file }) => file.problems)[0],
    deny: all.filter(({ effect }) => effect === 'deny'),
    ask: all.filter(({ effect }) => effect === 'ask'),
    allow: all.filter(({ effect }) => effect === 'allow'),
  };
}

/** Judges a call: a broken file denies, then deny beats ask beats allow, and of one effect the first rule that fits counts. */
export function judge(call: PolicyCall, rules: PolicyRules, checks: PolicyChecks): PolicyVerdict {
  if (rules.problem) return { kind: 'broken', problem: rules.problem };
  for (const list of [rules.deny, rules.ask, rules.allow])
    for (const rule of list) if (mismatchOf(rule, call, checks) === undefined) return { kind: 'rule', rule };
  return { kind: 'none' };
}

/** Every rule in the order of the files, with why it does not fit; what fires is what `judge` says. */
export function trailOf(call: PolicyCall, rules: PolicyRules, checks: PolicyChecks): readonly PolicyStep[] {
  const verdict = judge(call, rules, checks);
  const fired = verdict.kind === 'rule' ? verdict.rule : undefined;
  return rules.files.flatMap(({ file, isAccepted }) =>
    file.rules.map((rule) => ({
      rule,
      mismatch:
        mismatchOf(rule, call, checks) ??
        (rule.effect === 'allow' && !isAccepted ? ('not-accepted' as const) : undefined),
      hasFired: rule === fired,
    })),
  );
}

/** The words for a rule that decided: what it says, and where it is. */
export function ruleText({ effect, reason, place }: PolicyRule): string {
  const word = { allow: 'allowed by', ask: 'asked for by', deny: 'denied by' }[effect];
  return `${word} ${placeText(place)}${reason === undefined ? '' : `: ${reason}`}`;
}

/** Whether a call is one that a rule or limit is about. */
export function whoMismatch(
  { server, tool, caller, callerKind }: PolicyWho,
  call: Pick<PolicyCall, 'serverId' | 'serverName' | 'tool' | 'caller'>,
): 'server' | 'tool' | 'caller' | 'callerKind' | undefined {
  if (tool && !fitsAny(tool, call.tool)) return 'tool';
  if (server && !fitsAny(server, call.serverName) && !fitsAny(server, call.serverId)) return 'server';
  if (caller && !fitsAny(caller, call.caller.name)) return 'caller';
  if (callerKind && !callerKind.includes(call.caller.kind)) return 'callerKind';
  return undefined;
}

/** The first condition that a call does not meet; the costly one is looked at last. */
export function mismatchOf(
  rule: PolicyRule,
  call: PolicyCall,
  { now, fits }: PolicyChecks,
): PolicyMismatch | undefined {
  const who = whoMismatch(rule, call);
  if (who !== undefined) return who;
  if (rule.expiresAt !== undefined && now >= rule.expiresAt) return 'expired';
  if (rule.registry && (call.registry === undefined || !fitsAny(rule.registry, call.registry)))
    return 'registry';
  if (rule.verdict && !rule.verdict.includes(call.verdict)) return 'verdict';
  const { folder } = rule;
  if (folder && !call.folders.some((name) => fitsAny(folder, name))) return 'folder';
  const hints = rule.hints && hintMismatch(rule.hints, rule.effect, call);
  if (hints !== undefined) return hints;
  if (!rule.arguments) return undefined;
  const found = fits(rule.arguments, call.arguments);
  if (found === 'unknown') return rule.effect === 'allow' ? 'arguments-unchecked' : undefined;
  return found === 'no' ? 'arguments' : undefined;
}

// What a tool is taken for that says nothing (2025-11-25 ToolAnnotations), and the worst it could be.
const unclaimed: Required<ToolHints> = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
};

function hintMismatch(
  wanted: ToolHints,
  effect: PolicyRule['effect'],
  { hints, areHintsTrusted }: PolicyCall,
): 'hints' | 'hints-not-trusted' | undefined {
  if (!areHintsTrusted && effect === 'allow') return 'hints-not-trusted';
  const claimed = areHintsTrusted ? { ...unclaimed, ...hints } : unclaimed;
  const names = Object.keys(wanted) as (keyof ToolHints)[];
  // A tool that changes nothing destroys nothing, whatever it claims or leaves out.
  const taken = { ...claimed, destructive: claimed.destructive && !claimed.readOnly };
  return names.every((name) => wanted[name] === taken[name]) ? undefined : 'hints';
}

function fitsAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => pattern === text || fitsGlob(pattern, text));
}
