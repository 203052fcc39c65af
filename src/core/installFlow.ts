import type { AccessVerdict } from './accessPolicy.ts';
import { nameFault } from './config.ts';
import type { ConfigChange } from './configEdit.ts';
import type { InstallCandidate } from './installChoice.ts';
import type { CompletedPlan } from './installComplete.ts';
import type { PlanOptions, Platform } from './installDraft.ts';
import type { KnownAnswers } from './installForm.ts';
import type { InstallPlan, Need, PlannedLaunch } from './installPlan.ts';
import type { InstallRecord } from './installRecord.ts';
import type { InstallTarget } from './installTarget.ts';
import type { RegistryEntry } from './registry.ts';
import type { ServerDefinition } from './server.ts';

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
