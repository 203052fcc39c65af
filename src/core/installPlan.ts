import { distinct, launchDangers, type Danger } from './installDangers.ts';
import { PlanDraft, type InstallCheck, type PlanOptions, type Review } from './installDraft.ts';
import { checkEntry } from './installEntry.ts';
import { idPart, type InstallInput } from './installInputs.ts';
import { planPackage, type Made } from './installPackage.ts';
import { planRemote } from './installRemote.ts';
import { literalOf, withPlaceholders, type LaunchTemplate, type Template } from './installTemplate.ts';
import { keepVariablesAsText, refuseVariables } from './installVariables.ts';
import { shortNameOf, type EntryRemote, type PostInstallNote, type RegistryEntry } from './registry.ts';
import type { HttpLaunch, Launch } from './server.ts';

/** Which part of an entry is to be installed. */
export type InstallChoice = { readonly kind: 'package' | 'remote'; readonly index: number };

/** What a plan is about. */
export type InstallSubject =
  | {
      readonly kind: 'package';
      readonly index: number;
      readonly registryType: string;
      readonly identifier: string;
      readonly version: string | undefined;
    }
  | {
      readonly kind: 'remote';
      readonly index: number;
      readonly transport: EntryRemote['kind'];
      readonly url: string;
    };

/** What has to happen before a plan can be used. */
export type Need =
  | 'input' // a required input has neither value nor default
  | 'version' // the entry names no version: find the current one and pin it
  | 'download' // the bundle has to be fetched and its manifest read
  | 'prepare' // the user runs the shown command once
  | 'confirm'; // the package names another machine: the user says whether that is meant

interface PlanBase {
  readonly server: { readonly name: string; readonly title: string | undefined; readonly version: string };
  /** The name in the configuration. */
  readonly serverName: string;
  readonly subject: InstallSubject;
  readonly review: readonly Review[];
  readonly dangers: readonly Danger[];
  readonly checks: readonly InstallCheck[];
  /** Shown as text, never run. */
  readonly notes: readonly PostInstallNote[];
  /** The program that must be on this machine; undefined for remotes and bundles. */
  readonly runtime:
    { readonly command: string; readonly isFound: boolean | undefined; readonly hint: string } | undefined;
  /** A bundle to fetch. */
  readonly download: { readonly url: string; readonly sha256: string } | undefined;
  readonly reasons: readonly string[];
}

/** A configuration that can be installed, before the answers to its inputs. */
export interface PlannedLaunch {
  /** Every input as `${input:id}`, optional ones too; `completePlan` leaves out what has no answer. */
  readonly launch: Launch;
  /** Where a package with an HTTP transport answers once its process runs. */
  readonly connectTo: HttpLaunch | undefined;
  readonly template: LaunchTemplate;
  readonly connectTemplate: Extract<LaunchTemplate, { kind: 'http' }> | undefined;
  readonly inputs: readonly InstallInput[];
}

/** How one package or remote of an entry becomes a server of this machine, or why not. */
export type InstallPlan =
  | (PlanBase & PlannedLaunch & { readonly kind: 'runnable' })
  | (PlanBase &
      Partial<PlannedLaunch> & {
        readonly kind: 'needs-input';
        readonly needs: readonly Need[];
        readonly prepare: readonly string[] | undefined;
      })
  | (PlanBase & { readonly kind: 'refused' });

/** Plans one package or remote; throws nothing for whatever an entry holds. */
export function planInstall(
  entry: RegistryEntry,
  choice: InstallChoice,
  options: PlanOptions = {},
): InstallPlan {
  const serverName = options.serverName ?? serverNameOf(entry.name);
  const draft = new PlanDraft(serverName, options);
  checkEntry(draft, entry);
  if (choice.kind === 'remote') {
    const remote = entry.remotes[choice.index];
    if (remote === undefined)
      return refusal(
        entry,
        serverName,
        { kind: 'remote', index: choice.index, transport: 'streamable-http', url: '' },
        draft,
        'the entry has no such remote',
      );
    const subject = { kind: 'remote', index: choice.index, transport: remote.kind, url: remote.url } as const;
    return finish(entry, serverName, subject, draft, { launch: planRemote(draft, remote), needs: [] });
  }
  const entryPackage = entry.packages[choice.index];
  if (entryPackage === undefined) {
    return refusal(
      entry,
      serverName,
      { kind: 'package', index: choice.index, registryType: '', identifier: '', version: undefined },
      draft,
      'the entry has no such package',
    );
  }
  const { registryType, identifier, version } = entryPackage;
  const subject = { kind: 'package', index: choice.index, registryType, identifier, version } as const;
  return finish(
    entry,
    serverName,
    subject,
    draft,
    planPackage(draft, entry, entryPackage),
    entryPackage.postInstall,
  );
}

/** The name that a server gets in the configuration: the last part of the entry's name. */
export function serverNameOf(entryName: string): string {
  return idPart(shortNameOf(entryName)) || 'server';
}

function finish(
  entry: RegistryEntry,
  serverName: string,
  subject: InstallSubject,
  draft: PlanDraft,
  made: Made,
  notes: readonly PostInstallNote[] = [],
): InstallPlan {
  refuseVariables(
    draft,
    subject.kind === 'remote' ? entry.remotes[subject.index] : entry.packages[subject.index],
  );
  const { launch: program, connect } = made;
  const launch = program && keepVariablesAsText(draft, program);
  const address = connect && keepVariablesAsText(draft, connect);
  const inputs = draft.book.inputs;
  if (launch?.kind === 'stdio') {
    const argv = launch.args.flatMap((part) =>
      part.words.map((word) => ({ text: withPlaceholders(word), reader: part.reader })),
    );
    for (const { text } of argv)
      draft.refuseIf(text.includes('\0') ? 'an argument holds a NUL character' : undefined);
    const [first, ...words] = made.prepare ?? [];
    const prepare = {
      kind: 'stdio',
      command: first ?? '',
      args: words,
      env: {},
      envFile: undefined,
      cwd: undefined,
    } as const;
    if (first !== undefined) launchDangers(prepare, [], []).forEach((danger) => draft.danger(danger));
    launchDangers(launchOf(launch), inputs, argv).forEach((danger) => draft.danger(danger));
  } else if (launch !== undefined) {
    launchDangers(launchOf(launch), inputs, []).forEach((danger) => draft.danger(danger));
  }
  const base = baseOf(entry, serverName, subject, draft, launch, notes, made.download);
  if (draft.refusals.length > 0) return { kind: 'refused', ...base, reasons: draft.refusals };
  const missing = inputs.filter((input) => input.isUsed && input.isRequired && input.default === undefined);
  const needs: Need[] = [...made.needs, ...(missing.length > 0 ? (['input'] as const) : [])];
  const planned: PlannedLaunch | undefined = launch && {
    launch: launchOf(launch),
    connectTo: address && (launchOf(address) as HttpLaunch),
    template: launch,
    connectTemplate: address,
    inputs,
  };
  if (needs.length > 0 || planned === undefined) {
    const reasons = needs.map((need) => needText(need, missing, made));
    return {
      kind: 'needs-input',
      ...base,
      ...(planned ?? { inputs }),
      needs,
      prepare: made.prepare,
      reasons,
    };
  }
  return { kind: 'runnable', ...base, ...planned };
}

function needText(need: Need, missing: readonly InstallInput[], made: Made): string {
  switch (need) {
    case 'input':
      return `asks for ${missing.map((input) => input.label).join(', ')}`;
    case 'version':
      return 'the entry names no version: the current one has to be found and pinned';
    case 'download':
      return 'the bundle has to be downloaded and checked before its command is known';
    case 'prepare':
      return `run this once yourself: ${(made.prepare ?? []).join(' ')}`;
    case 'confirm':
      return 'the package names another machine: confirm that this remote server is meant';
  }
}

function refusal(
  entry: RegistryEntry,
  serverName: string,
  subject: InstallSubject,
  draft: PlanDraft,
  reason: string,
): InstallPlan {
  draft.refuseIf(reason);
  return {
    kind: 'refused',
    ...baseOf(entry, serverName, subject, draft, undefined, [], undefined),
    reasons: draft.refusals,
  };
}

const hints: Readonly<Record<string, string>> = {
  npx: 'Install Node.js: npx comes with it.',
  bunx: 'Install Bun: bunx comes with it.',
  uvx: 'Install uv: uvx comes with it.',
  dnx: 'Install the .NET 10 SDK: dnx comes with it.',
  docker: 'Install Docker or Podman.',
  podman: 'Install Podman.',
  go: 'Install Go.',
};

function baseOf(
  entry: RegistryEntry,
  serverName: string,
  subject: InstallSubject,
  draft: PlanDraft,
  launch: LaunchTemplate | undefined,
  notes: readonly PostInstallNote[],
  download: PlanBase['download'],
): PlanBase {
  const command = launch?.kind === 'stdio' ? (literalOf(launch.command) ?? '') : undefined;
  const isFound = command === undefined ? undefined : draft.options.runtimes?.has(command);
  if (command !== undefined && isFound === false)
    draft.check('runtime', 'fail', `${command} was not found on this machine`);
  return {
    server: { name: entry.name, title: entry.title, version: entry.version },
    serverName,
    subject,
    review: draft.reviews,
    dangers: distinct(draft.dangers),
    checks: draft.checks,
    notes,
    runtime:
      command === undefined ? undefined : { command, isFound, hint: hints[command] ?? `Install ${command}.` },
    download,
    reasons: [],
  };
}

/** A launch with `${input:id}` for each input: the form of the configuration files. */
export function launchOf(plan: LaunchTemplate): Launch {
  const named = (parts: readonly { readonly name: string; readonly value: Template }[]) =>
    Object.fromEntries(parts.map((part) => [part.name, withPlaceholders(part.value)]));
  if (plan.kind === 'http') {
    return {
      kind: 'http',
      transport: plan.transport,
      url: withPlaceholders(plan.url),
      headers: named(plan.headers),
    };
  }
  return {
    kind: 'stdio',
    command: withPlaceholders(plan.command),
    args: plan.args.flatMap((part) =>
      part.flag === undefined ? part.words.map(withPlaceholders) : [`\${input:${part.flag}}`],
    ),
    env: named(plan.env),
    envFile: undefined,
    cwd: plan.cwd,
  };
}
