import { nameFault } from './config.ts';
import { installCandidates, type InstallCandidate } from './installChoice.ts';
import { completePlan, type Answers, type CompletedPlan } from './installComplete.ts';
import { counterpartOf } from './installDiff.ts';
import type { PlanOptions, Platform } from './installDraft.ts';
import { serverNameOf, type InstallPlan, type Need, type PlannedLaunch } from './installPlan.ts';
import type { InstallRecord } from './installRecord.ts';
import { answerKeys, answersOf, type KnownAnswers } from './installForm.ts';
import type { JsonObject } from './json.ts';
import type { RegistryEntry } from './registry.ts';
import type { ServerDefinition, Source, SourceKind } from './server.ts';
import type { AccessVerdict } from './accessPolicy.ts';
import type { ConfigChange } from './configEdit.ts';

/** Where the description of a server came from. */
export type InstallOrigin =
  | { readonly kind: 'registry'; readonly registryId: string; readonly url: string; readonly label: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'link' }
  | { readonly kind: 'typed' }
  /** The file of another program. */
  | { readonly kind: 'program'; readonly file: string };

/** What a flow is for; an update or roll-back is about a server that was installed before. */
export type InstallPurpose =
  | { readonly kind: 'install' }
  | {
      readonly kind: 'update' | 'roll-back';
      readonly record: InstallRecord;
      /** The entry that is installed now; undefined when nobody has it any more. */
      readonly installed: RegistryEntry | undefined;
      /** Somebody changed the server in its file since. */
      readonly isEdited: boolean;
    };

/** A server of a registry with the versions to choose from, or what a link says. */
export type InstallThing =
  | { readonly kind: 'entry'; readonly entry: RegistryEntry; readonly versions: readonly RegistryEntry[] }
  | { readonly kind: 'config'; readonly candidate: InstallCandidate };

/** A configuration file that a server can be written to. */
export interface InstallTarget {
  readonly source: Source;
  readonly exists: boolean;
  /** The servers that the file has now. */
  readonly names: readonly string[];
  /** Why nothing can be written there. */
  readonly refusal: string | undefined;
}

/** What this machine has. */
export interface InstallMachine {
  /** Commands that were found on the PATH. */
  readonly runtimes: ReadonlySet<string>;
  readonly platform: Platform | undefined;
  readonly cargoBin: string | undefined;
}

/** What the user chose. */
export interface InstallChoices {
  /** `remote:0` or `package:1`. */
  readonly option: string;
  /** The id of the target's source. */
  readonly target: string;
  readonly name: string;
  readonly runner: PlanOptions['runner'];
  /** A version for a package that names none. */
  readonly pin: string;
  readonly askForGaps: boolean;
  readonly allowPrivate: boolean;
}

/** The moment before the user's consent: exactly what will be written and run. */
export interface InstallReview {
  readonly id: string;
  readonly target: InstallTarget;
  readonly change: ConfigChange;
  readonly before: string | undefined;
  readonly after: string;
  /** The server as the file will define it. */
  readonly definition: ServerDefinition;
  readonly completed: Extract<CompletedPlan, { kind: 'complete' }>;
  readonly access: AccessVerdict;
}

/** What was done. */
export interface InstallOutcome {
  readonly serverId: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly canUndo: boolean;
}

/** One installation from the choice to the end; replaced whole. Holds answers that may be secrets: never shown or stored as it is. */
export interface InstallFlow {
  readonly id: string;
  readonly origin: InstallOrigin;
  readonly purpose: InstallPurpose;
  readonly thing: InstallThing;
  readonly machine: InstallMachine;
  readonly targets: readonly InstallTarget[];
  readonly choices: InstallChoices;
  readonly candidates: readonly InstallCandidate[];
  /** The bundle of the chosen option, once it was fetched: its plan takes the place of the option's. */
  readonly bundle:
    { readonly sha256: string; readonly plan: InstallPlan; readonly folder: string } | undefined;
  readonly known: KnownAnswers;
  readonly step:
    | { readonly kind: 'choose' }
    | { readonly kind: 'review'; readonly review: InstallReview }
    | { readonly kind: 'done'; readonly outcome: InstallOutcome };
  /** What the host is busy with. */
  readonly busy: 'version' | 'bundle' | 'review' | 'write' | undefined;
  /** Why the last step failed. */
  readonly error: string | undefined;
}

/** Everything that a flow begins with. */
export interface FlowStart {
  readonly id: string;
  readonly origin: InstallOrigin;
  readonly purpose: InstallPurpose;
  readonly thing: InstallThing;
  readonly machine: InstallMachine;
  readonly targets: readonly InstallTarget[];
  readonly known: KnownAnswers;
}

/** A flow with sensible choices: the best option that can be installed, the user's own file, a free name. */
export function openFlow(start: FlowStart): InstallFlow {
  const record = start.purpose.kind === 'install' ? undefined : start.purpose.record;
  const own = record && splitServerId(record.serverId, start.targets);
  const target =
    own?.target ??
    start.targets.find((one) => one.source.kind === 'user' && one.refusal === undefined) ??
    start.targets.find((one) => one.refusal === undefined) ??
    start.targets[0];
  const proposed =
    start.thing.kind === 'entry'
      ? serverNameOf(start.thing.entry.name)
      : start.thing.candidate.plan.serverName;
  const flow: InstallFlow = {
    ...start,
    choices: {
      option: '',
      target: target?.source.id ?? '',
      name: own?.name ?? freeName(proposed, target?.names ?? []),
      runner: undefined,
      pin: '',
      askForGaps: false,
      allowPrivate: false,
    },
    candidates: [],
    bundle: undefined,
    step: { kind: 'choose' },
    busy: undefined,
    error: undefined,
  };
  return replanned(flow, preferredOption(start));
}

/** A change of the choices; whatever was reviewed is out of date with it. */
export function chosen(flow: InstallFlow, change: Partial<InstallChoices>): InstallFlow {
  if (flow.busy !== undefined || flow.step.kind === 'done') return flow;
  // An update stays where it is and what it is called.
  const { name: newName, target: newTarget, ...rest } = change;
  const isMovable = flow.purpose.kind === 'install';
  const moved = isMovable
    ? {
        ...(newName === undefined ? {} : { name: newName }),
        ...(newTarget === undefined ? {} : { target: newTarget }),
      }
    : {};
  const choices: InstallChoices = { ...flow.choices, ...rest, ...moved };
  if (!flow.targets.some((target) => target.source.id === choices.target)) return flow;
  if (change.option !== undefined && !flow.candidates.some((one) => optionKey(one) === change.option))
    return flow;
  const isOther = change.option !== undefined && change.option !== flow.choices.option;
  const runner = isOther && change.runner === undefined ? undefined : choices.runner;
  const pin = isOther && change.pin === undefined ? '' : choices.pin;
  const next = {
    ...flow,
    choices: { ...choices, runner, pin },
    error: undefined,
    step: { kind: 'choose' } as const,
  };
  return replanned(next, choices.option);
}

/** The flow over another version of the same server. */
export function withVersion(flow: InstallFlow, entry: RegistryEntry): InstallFlow {
  if (flow.thing.kind !== 'entry') return flow;
  const before = currentOption(flow);
  const counterpart = before && counterpartOf(flow.thing.entry, entry, before.choice);
  const next: InstallFlow = {
    ...flow,
    thing: { ...flow.thing, entry },
    choices: { ...flow.choices, pin: '' },
    bundle: undefined,
    step: { kind: 'choose' },
    busy: undefined,
    error: undefined,
  };
  return replanned(next, counterpart && `${counterpart.kind}:${counterpart.index}`);
}

/** The flow with the plan that a fetched bundle gave. */
export function withBundle(flow: InstallFlow, bundle: NonNullable<InstallFlow['bundle']>): InstallFlow {
  return { ...flow, bundle, busy: undefined, error: undefined };
}

/** The flow with what the user filled in, and the plan with these answers. */
export function answered(
  flow: InstallFlow,
  content: JsonObject,
): { readonly flow: InstallFlow; readonly completed: CompletedPlan } {
  const { flow: next, planned } = withAnswers(flow, content);
  return { flow: next, completed: completed(next, planned) };
}

/** The problems of what is filled in so far; nothing is remembered. */
export function problemsOf(
  flow: InstallFlow,
  content: JsonObject,
): Extract<CompletedPlan, { kind: 'problems' }>['problems'] {
  const { flow: next, planned } = withAnswers(flow, content);
  const done = completed(next, planned);
  return done.kind === 'problems' ? done.problems : [];
}

function withAnswers(
  flow: InstallFlow,
  content: JsonObject,
): { readonly flow: InstallFlow; readonly planned: PlannedLaunch | undefined } {
  const plan = currentPlan(flow);
  const planned = plan === undefined ? undefined : plannedOf(plan);
  if (planned === undefined) return { flow, planned };
  const keyOf = answerKeys(flow.choices.name);
  const answers = answersOf(planned.inputs, content, flow.known, keyOf);
  const kept = new Set(flow.known.kept);
  for (const input of planned.inputs) {
    const key = keyOf(input.id);
    if (input.isPassword && isGiven(answers[key])) kept.add(key);
    else if (isGiven(answers[key])) kept.delete(key);
  }
  return { flow: { ...flow, known: { answers: { ...flow.known.answers, ...answers }, kept } }, planned };
}

function completed(flow: InstallFlow, planned: PlannedLaunch | undefined): CompletedPlan {
  const problem = (message: string): CompletedPlan => ({
    kind: 'problems',
    problems: [{ inputId: undefined, message }],
  });
  const target = currentTarget(flow);
  const plan = currentPlan(flow);
  if (target === undefined) return problem('There is no file to write to.');
  if (plan === undefined || planned === undefined)
    return problem(plan === undefined ? 'Nothing is chosen.' : plan.reasons.join('; '));
  const fault = nameProblem(flow);
  if (fault !== undefined) return problem(`The name ${fault}.`);
  const { kind } = target.source;
  const answers = answersFor(planned, flow);
  const hasInputs = knowsInputs(kind);
  const done = completePlan(planned, answers, {
    allowPrivate: flow.choices.allowPrivate,
    style: hasInputs ? 'inputs' : 'literal',
    reads: readsOf(kind),
  });
  if (done.kind === 'problems' || hasInputs) return done;
  const secrets = planned.inputs.filter(
    (input) => input.isPassword && isGiven(answers[input.id] ?? input.default),
  );
  if (secrets.length === 0) return done;
  return {
    kind: 'problems',
    problems: secrets.map((input) => ({
      inputId: input.id,
      message: `${input.label} is a secret, and this file can hold secrets only as plain text: choose an mcp.json of VS Code`,
    })),
  };
}

/** Answers that concern this plan. A secret stays one: it does not answer what another version asks for in the open. */
function answersFor(planned: PlannedLaunch, { known, choices }: InstallFlow): Answers {
  const keyOf = answerKeys(choices.name);
  return Object.fromEntries(
    planned.inputs.flatMap((input) => {
      const answer = known.answers[keyOf(input.id)];
      const isHidden = known.kept.has(keyOf(input.id)) && !input.isPassword;
      return answer === undefined || isHidden ? [] : [[input.id, answer] as const];
    }),
  );
}

function isGiven(answer: string | readonly string[] | undefined): boolean {
  return answer !== undefined && [answer].flat().some((value) => value !== '');
}

/** True for files whose inputs keep secrets out of them. */
export function knowsInputs(kind: SourceKind): boolean {
  return kind === 'workspace' || kind === 'user' || kind === 'given';
}

function readsOf(kind: SourceKind): 'none' | 'braces' | 'bare' {
  if (kind === 'claudeDesktop') return 'none';
  return kind === 'copilot' ? 'bare' : 'braces';
}

/** The key of an option. */
export function optionKey({ choice }: Pick<InstallCandidate, 'choice'>): string {
  return `${choice.kind}:${choice.index}`;
}

/** The option that is chosen. */
export function currentOption(flow: InstallFlow): InstallCandidate | undefined {
  return flow.candidates.find((candidate) => optionKey(candidate) === flow.choices.option);
}

/** The plan of the chosen option, of its bundle where that was fetched. */
export function currentPlan(flow: InstallFlow): InstallPlan | undefined {
  const plan = currentOption(flow)?.plan;
  return flow.bundle !== undefined && plan?.download?.sha256 === flow.bundle.sha256 ? flow.bundle.plan : plan;
}

/** The chosen file. */
export function currentTarget(flow: InstallFlow): InstallTarget | undefined {
  return flow.targets.find((target) => target.source.id === flow.choices.target);
}

/** A plan that has a launch, whatever it still needs. */
export function plannedOf(plan: InstallPlan): PlannedLaunch | undefined {
  if (plan.kind === 'refused' || plan.launch === undefined || plan.template === undefined) return undefined;
  const { launch, connectTo, template, connectTemplate, inputs = [] } = plan;
  return { launch, connectTo, template, connectTemplate, inputs };
}

/** What keeps the flow from its review besides answers: the version of a package, the content of a bundle. */
export function openNeeds(flow: InstallFlow): readonly Need[] {
  const plan = currentPlan(flow);
  if (plan?.kind !== 'needs-input') return [];
  return plan.needs.filter((need) => need === 'download' || need === 'version');
}

/** What is wrong with the chosen name, as the end of a sentence. */
export function nameProblem(flow: InstallFlow): string | undefined {
  const { name } = flow.choices;
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (flow.purpose.kind !== 'install') return undefined;
  return currentTarget(flow)?.names.includes(name) === true ? 'is taken in this file' : undefined;
}

/** The first of `name`, `name-2`, … that is free. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let count = 2; taken.includes(free); count++) free = `${name}-${count}`;
  return free;
}

/** The file and the name behind a server's id; undefined when the file is no longer in use. */
export function splitServerId(
  serverId: string,
  targets: readonly InstallTarget[],
): { readonly target: InstallTarget; readonly name: string } | undefined {
  for (const target of targets) {
    const name = serverId.slice(target.source.id.length + 1);
    if (serverId === `${target.source.id}/${name}` && name !== '') return { target, name };
  }
  return undefined;
}

function preferredOption({ purpose, thing }: FlowStart): string | undefined {
  if (purpose.kind === 'install' || thing.kind !== 'entry' || purpose.installed === undefined)
    return undefined;
  const { subject } = purpose.record;
  const choice = counterpartOf(purpose.installed, thing.entry, { kind: subject.kind, index: subject.index });
  return choice && `${choice.kind}:${choice.index}`;
}

/** Plans every option anew; stays with the wanted one where it is still there. */
function replanned(flow: InstallFlow, wanted: string | undefined): InstallFlow {
  const { thing, choices, machine } = flow;
  const candidates =
    thing.kind === 'config'
      ? [linkOption(thing.candidate, machine)]
      : installCandidates(thing.entry, planOptions(flow));
  const isThere = candidates.some((candidate) => optionKey(candidate) === wanted);
  const best = candidates.find((candidate) => candidate.plan.kind !== 'refused') ?? candidates[0];
  const option = isThere && wanted !== undefined ? wanted : best === undefined ? '' : optionKey(best);
  return { ...flow, candidates, choices: { ...choices, option } };
}

/** How the planner is to read the entry of a flow. */
export function planOptions({ machine, choices }: InstallFlow): PlanOptions {
  const { platform, cargoBin, runtimes } = machine;
  return {
    serverName: choices.name,
    runtimes,
    askForGaps: choices.askForGaps,
    allowPrivate: choices.allowPrivate,
    ...(platform === undefined ? {} : { platform }),
    ...(cargoBin === undefined ? {} : { cargoBin }),
    ...(choices.runner === undefined ? {} : { runner: choices.runner }),
    ...(choices.pin.trim() === '' ? {} : { version: choices.pin.trim() }),
  };
}

function linkOption(candidate: InstallCandidate, { runtimes }: InstallMachine): InstallCandidate {
  const { runtime } = candidate.plan;
  if (runtime === undefined || /[\\/]/.test(runtime.command)) return candidate;
  return {
    ...candidate,
    plan: { ...candidate.plan, runtime: { ...runtime, isFound: runtimes.has(runtime.command) } },
  };
}
