import type { PlanOptions } from './installDraft.ts';
import { planInstall, type InstallChoice, type InstallPlan } from './installPlan.ts';
import type { RegistryEntry } from './registry.ts';

/** One way to install an entry. */
export interface InstallCandidate {
  readonly choice: InstallChoice;
  readonly plan: InstallPlan;
}

/** Every package and remote of an entry with its plan, the sensible one first; `preferLocal` puts packages before remotes. */
export function installCandidates(
  entry: RegistryEntry,
  options: PlanOptions & { readonly preferLocal?: boolean } = {},
): readonly InstallCandidate[] {
  const choices: InstallChoice[] = [
    ...entry.remotes.map((_, index) => ({ kind: 'remote', index }) as const),
    ...entry.packages.map((_, index) => ({ kind: 'package', index }) as const),
  ];
  return choices
    .map((choice) => ({ choice, plan: planInstall(entry, choice, options) }))
    .map((candidate, order) => ({
      candidate,
      order,
      rank: rankOf(candidate.plan, options.preferLocal ?? false),
    }))
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map(({ candidate }) => candidate);
}

/** The first of `installCandidates` that is not refused, else the first; undefined when the entry has none. */
export function defaultCandidate(
  entry: RegistryEntry,
  options: PlanOptions & { readonly preferLocal?: boolean } = {},
): InstallCandidate | undefined {
  const candidates = installCandidates(entry, options);
  return candidates.find((candidate) => candidate.plan.kind !== 'refused') ?? candidates[0];
}

function rankOf(plan: InstallPlan, preferLocal: boolean): number {
  const isRemote = plan.subject.kind === 'remote';
  let rank = isRemote ? (preferLocal ? 100 : 0) : 50;
  if (plan.subject.kind === 'remote') rank += plan.subject.transport === 'sse' ? 1 : 0;
  else rank += packageRank(plan.subject.registryType, plan) * 2;
  if (plan.kind !== 'refused' && plan.connectTo !== undefined) rank += 1;
  if (plan.kind === 'needs-input' && plan.needs.includes('confirm')) rank += 200;
  if (plan.runtime?.isFound === false) rank += 400;
  if (plan.kind === 'refused') rank += 1000;
  return rank;
}

function packageRank(registryType: string, plan: InstallPlan): number {
  const pin = plan.checks.find((check) => check.id === 'pin');
  const isUnpinned = plan.dangers.some((danger) => danger.kind === 'unpinned');
  switch (registryType) {
    case 'oci':
    case 'docker':
      return pin?.verdict === 'pass' ? 0 : isUnpinned ? 7 : 2;
    case 'npm':
    case 'pypi':
    case 'nuget':
      return isUnpinned ? 6 : 1;
    case 'mcpb':
      return 3;
    default:
      return isUnpinned ? 8 : 4;
  }
}
