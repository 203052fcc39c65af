import { installCandidates } from './installChoice.ts';
import { planInstall, type InstallChoice, type InstallPlan, type InstallSubject } from './installPlan.ts';
import type { PlanOptions } from './installDraft.ts';
import { normalPypiName } from './installNames.ts';
import type { RegistryEntry } from './registry.ts';
import type { Launch } from './server.ts';

/** One word or line of two versions laid side by side. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** One member of two versions. */
export interface ChangedMember {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What changes for a server when another version of its entry is installed. */
export interface VersionDiff {
  readonly before: InstallPlan;
  /** Undefined when the other version has no package or remote of this kind any more. */
  readonly after: InstallPlan | undefined;
  readonly command: ChangedMember | undefined;
  readonly args: readonly DiffLine[];
  readonly env: readonly ChangedMember[];
  readonly url: ChangedMember | undefined;
  readonly headers: readonly ChangedMember[];
  /** What is asked for: added, removed, or asked differently. */
  readonly inputs: readonly ChangedMember[];
  readonly dangers: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** All packages and remotes of the entry, also those that are not installed. */
  readonly packages: readonly DiffLine[];
  readonly remotes: readonly DiffLine[];
  /** True when anything that runs, is sent or is asked for differs. */
  readonly isChanged: boolean;
}

/** Compares what installing `choice` of `before` and its counterpart in `after` would run. */
export function compareEntries(
  before: RegistryEntry,
  after: RegistryEntry,
  choice: InstallChoice,
  options: PlanOptions = {},
): VersionDiff {
  const old = planInstall(before, choice, options);
  const counterpart = counterpartOf(before, after, choice);
  const next = counterpart && planInstall(after, counterpart, options);
  const [oldLaunch, newLaunch] = [launchOf(old), next && launchOf(next)];
  const diff = {
    command: changed('command', commandOf(oldLaunch), commandOf(newLaunch)),
    args: diffLines(argsOf(oldLaunch), argsOf(newLaunch)),
    env: changedMembers(envOf(oldLaunch), envOf(newLaunch)),
    url: changed('url', urlOf(oldLaunch), urlOf(newLaunch)),
    headers: changedMembers(headersOf(oldLaunch), headersOf(newLaunch)),
    inputs: changedMembers(inputsOf(old), next === undefined ? {} : inputsOf(next)),
    dangers: {
      added: dangerTexts(next).filter((text) => !dangerTexts(old).includes(text)),
      removed: dangerTexts(old).filter((text) => !dangerTexts(next).includes(text)),
    },
    packages: diffLines(before.packages.map(packageLine), after.packages.map(packageLine)),
    remotes: diffLines(before.remotes.map(remoteLine), after.remotes.map(remoteLine)),
  };
  const isChanged =
    next === undefined ||
    old.kind !== next.kind ||
    diff.command !== undefined ||
    diff.url !== undefined ||
    diff.args.some((line) => line.kind !== 'same') ||
    diff.env.length + diff.headers.length + diff.inputs.length + diff.dangers.added.length > 0;
  return { before: old, after: next, ...diff, isChanged };
}

/** The package or remote of another version that takes the place of `choice`; undefined when there is none. */
export function counterpartOf(
  before: RegistryEntry,
  after: RegistryEntry,
  choice: InstallChoice,
): InstallChoice | undefined {
  const plans = installCandidates(after).map((candidate) => candidate.plan.subject);
  const wanted = planInstall(before, choice).subject;
  // The same package, then the same kind of thing at the same place, then the same kind of thing.
  const rules: ((subject: InstallSubject) => boolean)[] = [
    (subject) => identity(subject) === identity(wanted) && subject.index === wanted.index,
    (subject) => identity(subject) === identity(wanted),
    (subject) => kindOf(subject) === kindOf(wanted) && subject.index === wanted.index,
    (subject) => kindOf(subject) === kindOf(wanted),
  ];
  for (const rule of rules) {
    const found = plans.find(rule);
    if (found) return { kind: found.kind, index: found.index };
  }
  return undefined;
}

function dangerTexts(plan: InstallPlan | undefined): readonly string[] {
  return (plan?.dangers ?? []).map((danger) => `${danger.subject}: ${danger.message}`);
}

function kindOf(subject: InstallSubject): string {
  return subject.kind === 'remote' ? `remote ${subject.transport}` : `package ${subject.registryType}`;
}

function identity(subject: InstallSubject): string {
  if (subject.kind === 'remote') return `remote ${subject.transport} ${subject.url}`;
  const { registryType, identifier } = subject;
  if (registryType === 'oci' || registryType === 'docker')
    return `oci ${identifier.replace(/@.*$/, '').replace(/:[^/:]*$/, '')}`;
  if (registryType === 'mcpb') return `mcpb ${identifier.replaceAll(/\d+(?:\.\d+)+/g, '*')}`;
  return `${registryType} ${registryType === 'pypi' ? normalPypiName(identifier) : identifier.toLowerCase()}`;
}

function launchOf(plan: InstallPlan): Launch | undefined {
  return plan.kind === 'refused' ? undefined : plan.launch;
}

const commandOf = (launch: Launch | undefined) => (launch?.kind === 'stdio' ? launch.command : undefined);
const argsOf = (launch: Launch | undefined) => (launch?.kind === 'stdio' ? launch.args : []);
const envOf = (launch: Launch | undefined) => (launch?.kind === 'stdio' ? launch.env : {});
const urlOf = (launch: Launch | undefined) => (launch?.kind === 'http' ? launch.url : undefined);
const headersOf = (launch: Launch | undefined) => (launch?.kind === 'http' ? launch.headers : {});

function inputsOf(plan: InstallPlan): Readonly<Record<string, string>> {
  const inputs = plan.kind === 'refused' ? [] : (plan.inputs ?? []);
  return Object.fromEntries(
    inputs
      .filter((input) => input.isUsed)
      .map((input) => {
        const traits = [
          input.format,
          input.isRequired ? 'required' : 'optional',
          input.isPassword ? 'secret' : '',
          input.default === undefined ? '' : `default ${input.default}`,
        ];
        return [
          input.label,
          [...traits, input.options.length === 0 ? '' : `one of ${input.options.join(', ')}`]
            .filter((text) => text !== '')
            .join(', '),
        ];
      }),
  );
}

function packageLine(entryPackage: RegistryEntry['packages'][number]): string {
  const { registryType, identifier, version, transport } = entryPackage;
  return `${registryType} ${identifier}${version === undefined ? '' : ` ${version}`} (${transport.kind === 'unknown' ? transport.type : transport.kind})`;
}

function remoteLine(remote: RegistryEntry['remotes'][number]): string {
  return `${remote.kind} ${remote.url}`;
}

function changed(
  name: string,
  before: string | undefined,
  after: string | undefined,
): ChangedMember | undefined {
  return before === after ? undefined : { name, before, after };
}

function changedMembers(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly ChangedMember[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const read = (members: Readonly<Record<string, string>>) =>
      Object.hasOwn(members, name) ? members[name] : undefined;
    return changed(name, read(before), read(after)) ?? [];
  });
}

/** Two lists laid side by side by their longest common subsequence. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [left, right] = [before[i], after[j]];
    if (left !== undefined && left === right) {
      lines.push({ kind: 'same', text: left });
      i++;
      j++;
    } else if (
      left !== undefined &&
      (right === undefined || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      lines.push({ kind: 'removed', text: left });
      i++;
    } else if (right !== undefined) {
      lines.push({ kind: 'added', text: right });
      j++;
    }
  }
  return lines;
}
