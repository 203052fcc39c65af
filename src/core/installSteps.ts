import { installCandidates, type InstallCandidate } from './installChoice.ts';
import { counterpartOf } from './installDiff.ts';
import {
  currentOption,
  optionKey,
  planOptions,
  type InstallChoices,
  type InstallFlow,
  type InstallMachine,
} from './installFlow.ts';
import { serverNameOf } from './installPlan.ts';
import { freeName, splitServerId } from './installTarget.ts';
import type { RegistryEntry } from './registry.ts';

/** Everything that a flow begins with. */
export type FlowStart = Pick<
  InstallFlow,
  'id' | 'origin' | 'purpose' | 'thing' | 'machine' | 'targets' | 'known'
>;

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

function linkOption(candidate: InstallCandidate, { runtimes }: InstallMachine): InstallCandidate {
  const { runtime } = candidate.plan;
  if (runtime === undefined || /[\\/]/.test(runtime.command)) return candidate;
  return {
    ...candidate,
    plan: { ...candidate.plan, runtime: { ...runtime, isFound: runtimes.has(runtime.command) } },
  };
}
