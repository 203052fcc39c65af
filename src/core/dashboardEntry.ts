import { isSecretName } from './configSecrets.ts';
import type { Page, ShownText } from './dashboard.ts';
import { verdictView, type VerdictView } from './dashboardIdentity.ts';
import { entryEvidence } from './identityEntry.ts';
import type { KnownServer, SiteOf } from './identityEvidence.ts';
import { identityReport } from './identityReport.ts';
import { compareView, type CompareView } from './dashboardCompare.ts';
import { entryInstalled, type EntryInstalled, type RegistrySourceView } from './dashboardRegistry.ts';
import { installCandidates } from './installChoice.ts';
import type { InstallChoice, InstallPlan } from './installPlan.ts';
import { addressOf, commandLineOf } from './launchText.ts';
import type { KnownVersions } from './registryCatalog.ts';
import { latestOf } from './registryLatest.ts';
import type { SchemaAdvice } from './registrySchema.ts';
import type { InstalledState } from './registryService.ts';
import type { EntryInput, EntryStatus, RegistryEntry } from './registry.ts';
import { shown, shownIfAny } from './shown.ts';
import { urlView } from './urlView.ts';

/** Something that is asked for before a server can run, or could be set. */
export interface EntryInputView {
  readonly name: ShownText;
  readonly origin: 'environment' | 'argument' | 'runtime' | 'header' | 'url' | 'text' | 'bundle';
  readonly description: ShownText | undefined;
  readonly isRequired: boolean;
  /** Declared a secret, or named like one. */
  readonly isSecret: boolean;
  readonly isDeclaredSecret: boolean;
  readonly format: string;
  readonly default: ShownText | undefined;
  readonly choices: readonly ShownText[];
}

/** One way to run a server: a package or a remote. */
export interface EntryPartView {
  readonly key: string;
  readonly kind: 'package' | 'remote';
  /** npm, pypi, … or streamable-http, sse. */
  readonly type: ShownText;
  /** The package's name, or the address. */
  readonly subject: ShownText;
  readonly version: ShownText | undefined;
  readonly transport: string;
  /** The registry of the package, where it is not the usual one; its hash. */
  readonly baseUrl: ShownText | undefined;
  readonly sha256: ShownText | undefined;
  readonly runtimeHint: ShownText | undefined;
  readonly plan: InstallPlan['kind'];
  /** Why it cannot be installed, or what is missing before it can. */
  readonly reasons: readonly ShownText[];
  /** What would run or be connected to, with placeholders for what is asked. */
  readonly launch: ShownText | undefined;
  readonly program: string | undefined;
  readonly inputs: readonly EntryInputView[];
  /** Values that the publisher fixed, `NAME=value`. */
  readonly fixed: readonly ShownText[];
  readonly notes: readonly ShownText[];
}

/** An address of an entry that can be opened. */
export interface EntryLinkView {
  readonly text: ShownText;
  /** Undefined when it cannot be opened. */
  readonly url: string | undefined;
}

/** One version in the list of versions. */
export interface EntryVersionView {
  readonly version: string;
  readonly shown: ShownText;
  readonly status: EntryStatus;
  readonly publishedAt: number | undefined;
  readonly isLatest: boolean;
}

/** The page of an entry; every text is visible text. */
export type EntryView =
  | { readonly kind: 'loading' | 'missing'; readonly name: ShownText }
  | (EntryFacts & { readonly kind: 'entry' });

/** What is known of one version of a server. */
export interface EntryFacts {
  readonly registryId: string;
  readonly registryLabel: string;
  readonly registryHost: string;
  readonly name: string;
  readonly shownName: ShownText;
  readonly title: ShownText | undefined;
  readonly description: ShownText;
  readonly publisher: ShownText;
  /** Who the namespace belongs to, by its grammar: nothing was checked. */
  readonly owner:
    | { readonly kind: 'github'; readonly name: ShownText }
    | { readonly kind: 'domain'; readonly name: ShownText }
    | { readonly kind: 'unknown' };
  readonly version: string;
  readonly shownVersion: ShownText;
  readonly isLatest: boolean;
  readonly status: EntryStatus;
  readonly unknownStatus: ShownText | undefined;
  readonly statusMessage: ShownText | undefined;
  readonly statusChangedAt: number | undefined;
  readonly publishedAt: number | undefined;
  readonly updatedAt: number | undefined;
  readonly repository: EntryLinkView | undefined;
  readonly subfolder: ShownText | undefined;
  readonly website: EntryLinkView | undefined;
  readonly parts: readonly EntryPartView[];
  readonly versions: readonly EntryVersionView[];
  readonly versionsState: KnownVersions['state'];
  /** How many versions are not listed. */
  readonly versionsOmitted: number;
  readonly schema: {
    readonly kind: SchemaAdvice['kind'];
    readonly schema: ShownText | undefined;
    readonly findings: readonly ShownText[];
  };
  /** What of the entry could not be read and was left out. */
  readonly problems: readonly ShownText[];
  readonly raw: ShownText;
  readonly installed: EntryInstalled | undefined;
  readonly compare: CompareView | undefined;
  /** By the entry alone: nothing was asked. */
  readonly verdict: VerdictView;
}

type OpenEntry = NonNullable<Extract<Page, { readonly kind: 'registry' }>['entry']>;

interface EntrySources {
  readonly revision: number;
  known(registryId: string, name: string): KnownVersions;
  installed(registryId: string, name: string): InstalledState | undefined;
}

const maxVersions = 300;
const maxParts = 100;

/** Makes the page of the open entry; the last one is remembered, because a dashboard is drawn far more often than it changes. */
export class RegistryEntryViews {
  readonly #deps: EntryViewDeps;
  #last: { readonly key: string; readonly view: EntryView } | undefined;

  constructor(deps: EntryViewDeps) {
    this.#deps = deps;
  }

  view(open: OpenEntry, service: EntrySources, registries: readonly RegistrySourceView[]): EntryView {
    const registry = registries.find(({ id }) => id === open.registryId);
    const isLoaded = this.#deps.siteOf('example.com') !== undefined;
    const key = JSON.stringify([open, service.revision, registry?.label, registry?.isEnabled, isLoaded]);
    if (this.#last?.key !== key) this.#last = { key, view: this.#make(open, service, registry) };
    return this.#last.view;
  }

  #make(open: OpenEntry, service: EntrySources, registry: RegistrySourceView | undefined): EntryView {
    const { entries, state } = service.known(open.registryId, open.name);
    const latest = latestOf(entries) ?? entries[0];
    const entry =
      open.version === undefined ? latest : entries.find(({ version }) => version === open.version);
    if (!entry || !registry)
      return { kind: state === 'loading' ? 'loading' : 'missing', name: shown(open.name, 250) };
    const other = entries.find(({ version }) => version === open.compare);
    return {
      kind: 'entry',
      ...entryFacts(entry, this.#deps.advise(entry)),
      registryId: registry.id,
      registryLabel: registry.label,
      registryHost: registry.host,
      isLatest: entry === latest,
      versions: entries.slice(0, maxVersions).map((one) => versionView(one, one === latest)),
      versionsState: state,
      versionsOmitted: Math.max(0, entries.length - maxVersions),
      installed: optional(service.installed(registry.id, entry.name), entryInstalled),
      compare: other && other !== entry ? compareView(entry, other) : undefined,
      verdict: this.#verdict(entry, registry),
    };
  }

  #verdict(entry: RegistryEntry, { id, label, isPolicy }: RegistrySourceView): VerdictView {
    const { siteOf, known } = this.#deps;
    const others = known().filter(({ name }) => name !== entry.name);
    const evidence = entryEvidence(entry, { label, url: id, isPolicy }, { now: 0, siteOf, known: others });
    return verdictView(identityReport(evidence).verdict);
  }
}

/** What the page of an entry is made with. */
export interface EntryViewDeps {
  readonly advise: (entry: RegistryEntry) => SchemaAdvice;
  readonly siteOf: SiteOf;
  readonly known: () => readonly KnownServer[];
}

type Facts = Omit<
  EntryFacts,
  | 'registryId'
  | 'registryLabel'
  | 'registryHost'
  | 'isLatest'
  | 'versions'
  | 'versionsState'
  | 'versionsOmitted'
  | 'installed'
  | 'compare'
  | 'verdict'
>;

/** What an entry says about itself. */
export function entryFacts(entry: RegistryEntry, advice: SchemaAdvice): Facts {
  const { repository, websiteUrl } = entry;
  return {
    name: entry.name,
    shownName: shown(entry.name, 250),
    title: shownIfAny(entry.title, 200),
    description: shown(entry.description, 4000),
    publisher: shown(entry.publisher, 250),
    owner: ownerOf(entry.publisher),
    version: entry.version,
    shownVersion: shown(entry.version, 260),
    status: entry.status,
    unknownStatus: shownIfAny(entry.unknownStatus, 100),
    statusMessage: shownIfAny(entry.statusMessage, 1000),
    statusChangedAt: timeOf(entry.statusChangedAt),
    publishedAt: timeOf(entry.publishedAt),
    updatedAt: timeOf(entry.updatedAt),
    repository: repository && linkView(repository.url),
    subfolder: shownIfAny(repository?.subfolder, 300),
    website: optional(websiteUrl, linkView),
    parts: installCandidates(entry)
      .slice(0, maxParts)
      .map(({ choice, plan }) => partView(entry, choice, plan)),
    schema: {
      kind: advice.kind,
      schema: shownIfAny(advice.schema, 200),
      findings:
        advice.kind === 'invalid'
          ? advice.findings
              .slice(0, 20)
              .map(({ path, message }) => shown(`${path === '' ? '' : `${path}: `}${message}`, 300))
          : [],
    },
    problems: entry.problems.slice(0, 50).map((problem) => shown(problem, 300)),
    raw: shown(JSON.stringify(entry.raw, null, 2), 100_000),
  };
}

/** Who may publish under a namespace, by the rules of the official registry; a claim until somebody checks it. */
export function ownerOf(publisher: string): EntryFacts['owner'] {
  const github = /^io\.github\.([a-zA-Z0-9-]+)$/.exec(publisher)?.[1];
  if (github !== undefined) return { kind: 'github', name: shown(github, 100) };
  const labels = publisher.split('.');
  if (labels.length < 2 || !labels.every((label) => /^[a-zA-Z0-9-]+$/.test(label)))
    return { kind: 'unknown' };
  return { kind: 'domain', name: shown(labels.reverse().join('.'), 250) };
}

function versionView(entry: RegistryEntry, isLatest: boolean): EntryVersionView {
  const { version, status } = entry;
  return {
    version,
    shown: shown(version, 120),
    status,
    isLatest,
    publishedAt: timeOf(entry.publishedAt),
  };
}

function partView(entry: RegistryEntry, choice: InstallChoice, plan: InstallPlan): EntryPartView {
  const item = choice.kind === 'package' ? entry.packages[choice.index] : undefined;
  const remote = choice.kind === 'remote' ? entry.remotes[choice.index] : undefined;
  const launch = plan.kind === 'refused' ? undefined : plan.launch;
  const transport = item?.transport ?? remote;
  const values = launch?.kind === 'stdio' ? launch.env : (launch?.headers ?? {});
  return {
    key: `${choice.kind}:${choice.index}`,
    kind: choice.kind,
    type: shown(item?.registryType ?? remote?.kind ?? '', 60),
    subject: shown(item?.identifier ?? remote?.url ?? '', 1000),
    version: shownIfAny(item?.version, 120),
    transport:
      transport === undefined
        ? ''
        : transport.kind === 'unknown'
          ? shown(transport.type, 60).text
          : transport.kind,
    baseUrl: shownIfAny(item?.registryBaseUrl, 300),
    sha256: shownIfAny(item?.fileSha256, 100),
    runtimeHint: shownIfAny(item?.runtimeHint, 60),
    plan: plan.kind,
    reasons: plan.reasons.map((reason) => shown(reason, 500)),
    launch: launch && shown(launch.kind === 'stdio' ? commandLineOf(launch) : addressOf(launch), 8000),
    program: plan.runtime?.command,
    inputs: plan.kind === 'refused' ? declared(item, remote) : plannedInputs(plan),
    // What is asked for stands with the inputs.
    fixed: Object.entries(values)
      .filter(([, value]) => !value.includes('${input:'))
      .map(([name, value]) => shown(`${name}=${value}`, 500)),
    notes: plan.notes.map(({ description, command }) =>
      shown(command === undefined ? description : `${description}: ${command}`, 1000),
    ),
  };
}

function plannedInputs(plan: Exclude<InstallPlan, { kind: 'refused' }>): readonly EntryInputView[] {
  return (plan.inputs ?? []).map((input) => ({
    name: shown(input.label, 200),
    origin: input.origin,
    description: input.description === input.label ? undefined : shownIfAny(input.description, 1000),
    isRequired: input.isRequired,
    isSecret: input.isPassword,
    isDeclaredSecret: input.isSecret,
    format: input.format,
    default: input.isPassword ? undefined : shownIfAny(input.default, 300),
    choices: input.options.slice(0, 50).map((option) => shown(option, 100)),
  }));
}

/** What a refused package or remote declares, so that it can still be judged. */
function declared(
  item: RegistryEntry['packages'][number] | undefined,
  remote: RegistryEntry['remotes'][number] | undefined,
): readonly EntryInputView[] {
  const view = (name: string, origin: EntryInputView['origin'], input: EntryInput): EntryInputView => ({
    name: shown(name, 200),
    origin,
    description: shownIfAny(input.description, 1000),
    isRequired: input.isRequired,
    isSecret: input.isSecret || isSecretName(name),
    isDeclaredSecret: input.isSecret,
    format: input.format,
    default: input.isSecret || isSecretName(name) ? undefined : shownIfAny(input.default, 300),
    choices: input.choices.slice(0, 50).map((option) => shown(option, 100)),
  });
  const isAsked = (input: EntryInput) => input.value === undefined;
  return [
    ...(item?.environmentVariables ?? [])
      .filter(isAsked)
      .map((input) => view(input.name, 'environment', input)),
    ...(item?.packageArguments ?? [])
      .filter(isAsked)
      .map((input) => view(input.name ?? input.valueHint ?? '', 'argument', input)),
    ...(remote?.headers ?? []).filter(isAsked).map((input) => view(input.name, 'header', input)),
    ...Object.entries(remote?.variables ?? {}).map(([name, input]) => view(name, 'url', input)),
  ];
}

function linkView(url: string): EntryLinkView {
  return { text: shown(url, 1000), url: url.length <= 2000 && urlView(url).canOpen ? url : undefined };
}

function timeOf(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function optional<T, R>(value: T | undefined, make: (value: T) => R): R | undefined {
  return value === undefined ? undefined : make(value);
}
