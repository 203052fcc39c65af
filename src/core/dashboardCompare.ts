import type { ShownText } from './dashboard.ts';
import { compareEntries, type ChangedMember, type DiffLine } from './installDiff.ts';
import { installCandidates } from './installChoice.ts';
import type { InstallPlan } from './installPlan.ts';
import { compareVersions } from './registryLatest.ts';
import type { RegistryEntry } from './registry.ts';
import { shown } from './shown.ts';

/** A line that was kept, added or removed. */
export interface DiffLineView {
  readonly kind: DiffLine['kind'];
  readonly text: ShownText;
}

/** A member that has another value. */
export interface ChangedView {
  readonly kind: 'command' | 'environment' | 'url' | 'header' | 'input';
  readonly name: ShownText;
  readonly before: ShownText | undefined;
  readonly after: ShownText | undefined;
}

/** What changes for one package or remote. */
export interface ComparePartView {
  readonly subject: ShownText;
  readonly kind: 'package' | 'remote';
  /** The newer version has nothing in its place. */
  readonly isGone: boolean;
  readonly isChanged: boolean;
  readonly before: InstallPlan['kind'];
  readonly after: InstallPlan['kind'] | undefined;
  /** The arguments, in order. */
  readonly args: readonly DiffLineView[];
  readonly members: readonly ChangedView[];
  readonly dangersAdded: readonly ShownText[];
  readonly dangersRemoved: readonly ShownText[];
}

/** Two versions of an entry, the older one first. */
export interface CompareView {
  readonly from: ShownText;
  readonly to: ShownText;
  readonly parts: readonly ComparePartView[];
  /** All packages and remotes of both. */
  readonly packages: readonly DiffLineView[];
  readonly remotes: readonly DiffLineView[];
}

const maxParts = 12;

/** Compares what two versions would run, for everything that the older one offers. */
export function compareView(one: RegistryEntry, other: RegistryEntry): CompareView {
  const [from, to] = compareVersions(one, other) <= 0 ? [one, other] : [other, one];
  const diffs = installCandidates(from)
    .slice(0, maxParts)
    .map(({ choice, plan }) => ({ plan, diff: compareEntries(from, to, choice) }));
  const nothing = { packages: [], remotes: [] };
  const { packages, remotes } = diffs[0]?.diff ?? nothing;
  return {
    from: shown(from.version, 120),
    to: shown(to.version, 120),
    parts: diffs.map(({ plan, diff }) => ({
      subject: shown(plan.subject.kind === 'remote' ? plan.subject.url : plan.subject.identifier, 500),
      kind: plan.subject.kind,
      isGone: diff.after === undefined,
      isChanged: diff.isChanged,
      before: diff.before.kind,
      after: diff.after?.kind,
      args: diff.args.map(lineView),
      members: [
        ...members('command', diff.command ? [diff.command] : []),
        ...members('environment', diff.env),
        ...members('url', diff.url ? [diff.url] : []),
        ...members('header', diff.headers),
        ...members('input', diff.inputs),
      ],
      dangersAdded: diff.dangers.added.map((text) => shown(text, 500)),
      dangersRemoved: diff.dangers.removed.map((text) => shown(text, 500)),
    })),
    packages: packages.map(lineView),
    remotes: remotes.map(lineView),
  };
}

function lineView({ kind, text }: DiffLine): DiffLineView {
  return { kind, text: shown(text, 1000) };
}

function members(kind: ChangedView['kind'], changes: readonly ChangedMember[]): readonly ChangedView[] {
  const value = (text: string | undefined) => (text === undefined ? undefined : shown(text, 1000));
  return changes.map(({ name, before, after }) => ({
    kind,
    name: shown(name, 200),
    before: value(before),
    after: value(after),
  }));
}
