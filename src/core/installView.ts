import type { VerdictView } from './dashboardIdentity.ts';
import { consentFacts, renderCommandLine } from './consent.ts';
import { compareEntries, type VersionDiff } from './installDiff.ts';
import { distinct, type Danger } from './installDangers.ts';
import type { Review } from './installDraft.ts';
import { fileDiff } from './installFileDiff.ts';
import {
  currentOption,
  currentPlan,
  currentTarget,
  nameProblem,
  openNeeds,
  optionKey,
  planOptions,
  plannedOf,
  type InstallFlow,
  type InstallReview,
} from './installFlow.ts';
import { answerKeys, askedInputs, formStart, inputSchema } from './installForm.ts';
import type {
  InstallOptionView,
  InstallTargetView,
  InstallNoteView,
  InstallReviewView,
  VersionDiffView,
  InstallView,
  InstallLaunchView,
} from './installPage.ts';
import { planInstall, type InstallPlan } from './installPlan.ts';
import { knowsInputs, type InstallTarget } from './installTarget.ts';
import type { RegistryEntry } from './registry.ts';
import type { Launch } from './server.ts';
import { shown, shownIfAny } from './shown.ts';
import { visibleText } from './util/text.ts';

const maxText = 2000;
const maxVersions = 300;
const text = (value: string) => shown(value, maxText);
const whole = (value: string) => shown(value, 1_000_000);

/** The page of a flow. */
export function installView(flow: InstallFlow, verdict?: VerdictView): InstallView {
  const { thing, purpose, choices, step } = flow;
  const entry = thing.kind === 'entry' ? thing.entry : undefined;
  const plan = currentPlan(flow);
  const planned = plan && plannedOf(plan);
  const keyOf = answerKeys(choices.name);
  const asked = planned ? askedInputs(planned.inputs) : [];
  const needs = plan?.kind === 'needs-input' ? plan.needs.filter((need) => need !== 'input') : [];
  return {
    id: flow.id,
    purpose: purpose.kind,
    isEdited: purpose.kind !== 'install' && purpose.isEdited,
    step: step.kind,
    busy: flow.busy,
    error: shownIfAny(flow.error, maxText),
    name: text(entry?.name ?? choices.name),
    title: shownIfAny(entry?.title, 200),
    description: shownIfAny(entry?.description, maxText),
    publisher: shownIfAny(entry?.publisher, 300),
    status: entry?.status ?? 'active',
    statusMessage: shownIfAny(entry?.statusMessage, maxText),
    origin: originView(flow),
    version: entry?.version ?? '',
    versions: thing.kind === 'entry' ? versionViews(flow, thing.versions) : [],
    options: optionViews(flow),
    option: choices.option,
    ...runnerView(flow, plan),
    targets: flow.targets.map(targetView),
    target: choices.target,
    serverName: choices.name,
    nameProblem: nameProblem(flow),
    canMove: purpose.kind === 'install',
    needs,
    pin: choices.pin,
    prepare:
      plan?.kind === 'needs-input' && plan.prepare !== undefined
        ? whole(renderCommandLine(plan.prepare))
        : undefined,
    download: plan?.download && { url: whole(plan.download.url), sha256: plan.download.sha256 },
    startYourself: startView(planned?.connectTo?.url, planned?.launch),
    missing:
      plan?.runtime?.isFound === false
        ? { command: text(plan.runtime.command), hint: text(plan.runtime.hint) }
        : undefined,
    refusals: plan?.kind === 'refused' ? plan.reasons.map(text) : [],
    reviews: (plan?.review ?? []).map((review) => noteView(review)),
    checks: (plan?.checks ?? []).map((check) => ({ verdict: check.verdict, text: text(check.text) })),
    dangers: (plan?.dangers ?? []).map(dangerView),
    notes: (plan?.notes ?? []).slice(0, 20).map((note) => ({
      description: text(note.description),
      command: shownIfAny(note.command, maxText),
      isOptional: note.isOptional,
    })),
    gaps: { isOffered: choices.askForGaps || hasGaps(plan), isOn: choices.askForGaps },
    privateAddresses: {
      isOffered: choices.allowPrivate || isPrivateOnly(flow, plan),
      isOn: choices.allowPrivate,
    },
    schema: inputSchema(planned?.inputs ?? [], flow.known.kept, keyOf),
    start: formStart(planned?.inputs ?? [], flow.known, keyOf),
    formKey: JSON.stringify([
      flow.id,
      entry?.version,
      choices.option,
      asked.map((input) => keyOf(input.id)),
      [...flow.known.kept],
    ]),
    inputCount: asked.length,
    versionDiff: versionDiffOf(flow),
    review: step.kind === 'review' ? reviewView(step.review, verdict) : undefined,
    done:
      step.kind === 'done'
        ? {
            serverId: step.outcome.serverId,
            file: text(step.outcome.file),
            canUndo: step.outcome.canUndo,
          }
        : undefined,
  };
}

function originView({ origin }: InstallFlow): InstallView['origin'] {
  switch (origin.kind) {
    case 'registry':
      return { kind: 'registry', text: text(`${origin.label} (${origin.url})`) };
    case 'file':
      return { kind: 'file', text: text(origin.file) };
    case 'url':
      return { kind: 'url', text: whole(origin.url) };
    case 'link':
    case 'typed':
      return { kind: origin.kind, text: text('') };
    case 'program':
      return { kind: 'program', text: text(origin.file) };
  }
}

function versionViews(flow: InstallFlow, versions: readonly RegistryEntry[]): InstallView['versions'] {
  const installed = flow.purpose.kind === 'install' ? undefined : flow.purpose.record.version;
  return versions.slice(0, maxVersions).map((entry) => ({
    version: entry.version,
    shown: shown(entry.version, 100),
    status: entry.status,
    isLatest: entry.isLatest === true,
    isInstalled: entry.version === installed,
    publishedAt: entry.publishedAt === undefined ? undefined : Date.parse(entry.publishedAt),
  }));
}

function optionViews(flow: InstallFlow): readonly InstallOptionView[] {
  const best = flow.candidates.find((candidate) => candidate.plan.kind !== 'refused');
  return flow.candidates.map((candidate) => {
    const { plan } = candidate;
    const { subject } = plan;
    const isRemote = subject.kind === 'remote';
    return {
      key: optionKey(candidate),
      place: isRemote ? 'remote' : 'local',
      kind: isRemote
        ? subject.transport === 'sse'
          ? 'sse'
          : 'http'
        : visibleText(subject.registryType, { maxLength: 40 }).text,
      name: text(isRemote ? subject.url : subject.identifier),
      version: isRemote || subject.registryType === 'oci' ? undefined : shownIfAny(subject.version, 100),
      isRefused: plan.kind === 'refused',
      isRecommended: candidate === best && flow.candidates.length > 1,
      reasons: plan.kind === 'refused' ? plan.reasons.map(text) : [],
      missing: plan.runtime?.isFound === false ? text(plan.runtime.command) : undefined,
    };
  });
}

function runnerView(
  flow: InstallFlow,
  plan: InstallPlan | undefined,
): Pick<InstallView, 'runners' | 'runner'> {
  const kind = plan?.subject.kind === 'package' ? plan.subject.registryType : undefined;
  const ids =
    kind === 'npm'
      ? (['npx', 'bunx'] as const)
      : kind === 'oci' || kind === 'docker'
        ? (['docker', 'podman'] as const)
        : [];
  const { runtimes } = flow.machine;
  const runners = ids.map((id) => ({ id, isFound: runtimes.has(id) }));
  const runner = flow.choices.runner ?? ids.find((id) => id === plan?.runtime?.command) ?? ids[0] ?? '';
  // One that is not there is no choice.
  return { runners: runners.filter((one) => one.isFound || one.id === runner), runner };
}

function targetView({ source, exists, refusal }: InstallTarget): InstallTargetView {
  return {
    id: source.id,
    kind: source.kind,
    file: text(source.file),
    exists,
    isWorkspace: source.folder !== undefined,
    knowsInputs: knowsInputs(source.kind),
    refusal: shownIfAny(refusal, maxText),
  };
}

function noteView(review: Review): InstallNoteView {
  return { kind: review.kind, text: text(review.text) };
}

function dangerView(danger: Danger): InstallNoteView {
  return { kind: danger.kind, text: whole(`${danger.subject}: ${danger.message}`) };
}

function hasGaps(plan: InstallPlan | undefined): boolean {
  return plan?.review.some((review) => review.kind === 'undeclared' || review.kind === 'example') === true;
}

/** True when only an address on this machine or network keeps the option from being installed. */
function isPrivateOnly(flow: InstallFlow, plan: InstallPlan | undefined): boolean {
  const option = currentOption(flow);
  if (plan?.kind !== 'refused' || option === undefined || flow.thing.kind !== 'entry') return false;
  const options = { ...planOptions(flow), allowPrivate: true };
  return planInstall(flow.thing.entry, option.choice, options).kind !== 'refused';
}

function startView(url: string | undefined, launch: Launch | undefined): InstallView['startYourself'] {
  if (url === undefined || launch?.kind !== 'stdio') return undefined;
  return { commandLine: whole(renderCommandLine([launch.command, ...launch.args])), url: whole(url) };
}

/** Everything that runs, with answers in place and secrets as dots. */
export function launchView(launch: Launch, cwd: string): InstallLaunchView {
  if (launch.kind === 'http')
    return { kind: 'http', url: whole(launch.url), headers: Object.keys(launch.headers).map(text) };
  const argv = [launch.command, ...launch.args];
  return {
    kind: 'stdio',
    commandLine: whole(renderCommandLine(argv)),
    argv: argv.map(whole),
    cwd: text(launch.cwd ?? cwd),
    env: Object.keys(launch.env).map(text),
  };
}

/** The dangers of what is to be installed: those of the plan and those of the entry as the file will have it. */
export function reviewDangers({ completed, definition }: InstallReview): readonly Danger[] {
  return distinct([...completed.dangers, ...consentFacts(definition).dangers]);
}

function reviewView(review: InstallReview, verdict: VerdictView | undefined): InstallReviewView {
  const keyOf = answerKeys(review.definition.name);
  const { completed, definition, before, after, access, target } = review;
  const runs = completed.connectTo ?? completed.shown;
  const facts = consentFacts(definition);
  return {
    id: review.id,
    launch: launchView(runs, facts.kind === 'stdio' ? facts.cwd : ''),
    dangers: reviewDangers(review).map(dangerView),
    secrets: completed.inputs.filter((input) => input.isPassword).map((input) => text(keyOf(input.id))),
    file: text(target.source.file),
    isNewFile: before === undefined,
    diff: fileDiff(before ?? '', after),
    blocked: access.kind === 'blocked' ? text(access.reason) : undefined,
    isUnchanged: before === after,
    verdict,
  };
}

function versionDiffOf(flow: InstallFlow): VersionDiffView | undefined {
  const { purpose, thing } = flow;
  if (purpose.kind === 'install' || purpose.installed === undefined || thing.kind !== 'entry')
    return undefined;
  if (purpose.installed.version === thing.entry.version) return undefined;
  const { subject } = purpose.record;
  return versionDiffView(
    purpose.installed,
    thing.entry,
    compareEntries(
      purpose.installed,
      thing.entry,
      { kind: subject.kind, index: subject.index },
      planOptions(flow),
    ),
  );
}

function versionDiffView(from: RegistryEntry, to: RegistryEntry, diff: VersionDiff): VersionDiffView {
  const member =
    (kind: VersionDiffView['members'][number]['kind']) =>
    ({
      name,
      before,
      after,
    }: {
      readonly name: string;
      readonly before: string | undefined;
      readonly after: string | undefined;
    }) => ({
      kind,
      name: text(name),
      before: before === undefined ? undefined : text(before),
      after: after === undefined ? undefined : text(after),
    });
  return {
    from: shown(from.version, 100),
    to: shown(to.version, 100),
    isChanged: diff.isChanged,
    lines: diff.args.map((line) => ({ kind: line.kind, text: text(line.text) })),
    members: [
      ...(diff.command ? [member('command')(diff.command)] : []),
      ...(diff.url ? [member('url')(diff.url)] : []),
      ...diff.env.map(member('environment')),
      ...diff.headers.map(member('header')),
      ...diff.inputs.map(member('input')),
    ],
    dangersAdded: diff.dangers.added.map(text),
    dangersRemoved: diff.dangers.removed.map(text),
    isGone: diff.after === undefined,
  };
}

/** What stands between a flow and its review, for the page's button. */
export function isReadyForReview(flow: InstallFlow): boolean {
  const plan = currentPlan(flow);
  return (
    plan !== undefined &&
    plan.kind !== 'refused' &&
    openNeeds(flow).length === 0 &&
    nameProblem(flow) === undefined &&
    currentTarget(flow)?.refusal === undefined
  );
}
