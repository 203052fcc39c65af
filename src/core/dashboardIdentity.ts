import type { CheckId, CheckResult, IdentityCheck } from './identityCheck.ts';
import type { IdentityDiff } from './identityDiff.ts';
import type { IdentityVerdict, VerdictKind } from './identityReport.ts';
import type { ServerIdentity } from './identityReports.ts';

/** A verdict as one line; visible text. */
export interface VerdictView {
  readonly kind: VerdictKind;
  readonly sentence: string;
}

/** The identity tab of a server; every text is visible text. */
export interface IdentityView {
  readonly verdict: VerdictView;
  /** When the outside was asked last, milliseconds since the epoch. */
  readonly lookedAt: number | undefined;
  /** Problems first; within a group as the checks are numbered. */
  readonly groups: readonly {
    readonly kind: IdentityGroup;
    readonly checks: readonly IdentityCheck[];
  }[];
  /** The checks that led to the verdict. */
  readonly because: readonly CheckId[];
  /** What is different from the look before. */
  readonly changes: IdentityDiff | undefined;
  /** There is something outside that could be asked. */
  readonly canAsk: boolean;
}

/** How the checks are grouped. */
export type IdentityGroup = 'problems' | 'unknown' | 'agrees' | 'none';

const groupOf: Readonly<Record<CheckResult, IdentityGroup>> = {
  fail: 'problems',
  warn: 'problems',
  unknown: 'unknown',
  pass: 'agrees',
  'n/a': 'none',
};

/** A verdict as one line. */
export function verdictView({ kind, sentence }: IdentityVerdict): VerdictView {
  return { kind, sentence };
}

/** A report for the identity tab. */
export function identityView({ report, changes, lookedAt }: ServerIdentity): IdentityView {
  const { verdict, checks } = report;
  const kinds: readonly IdentityGroup[] = ['problems', 'unknown', 'agrees', 'none'];
  const gravity = (check: IdentityCheck) => (check.result === 'fail' ? 0 : 1);
  return {
    verdict: verdictView(verdict),
    lookedAt,
    groups: kinds
      .map((kind) => ({
        kind,
        checks: checks
          .filter(({ result }) => groupOf[result] === kind)
          .sort((a, b) => gravity(a) - gravity(b)),
      }))
      .filter((group) => group.checks.length > 0),
    because: verdict.because,
    changes,
    canAsk: checks.some(({ id, result }) => asking.includes(id) && result !== 'n/a'),
  };
}

/** Checks whose evidence comes from outside. */
const asking: readonly CheckId[] = [
  'npm',
  'readme',
  'image',
  'bundle',
  'domain-key',
  'connection',
  'card',
  'resource',
];
