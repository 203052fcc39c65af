import type { CheckId, CheckResult } from './identityCheck.ts';
import type { IdentityReport, VerdictKind } from './identityReport.ts';

/** What two reports on one server say differently. */
export interface IdentityDiff {
  /** When the earlier one was made, milliseconds since the epoch. */
  readonly since: number;
  readonly verdict: { readonly from: VerdictKind; readonly to: VerdictKind } | undefined;
  readonly version: { readonly from: string | undefined; readonly to: string | undefined } | undefined;
  /** Worse ones first. */
  readonly checks: readonly CheckChange[];
}

/** One check that gave another result, or the same one for another reason. */
export interface CheckChange {
  readonly id: CheckId;
  readonly title: string;
  readonly kind: 'worse' | 'better' | 'other';
  readonly from: { readonly result: CheckResult; readonly evidence: string };
  readonly to: { readonly result: CheckResult; readonly evidence: string };
}

const rank: Readonly<Record<CheckResult, number>> = { pass: 0, 'n/a': 1, unknown: 2, warn: 3, fail: 4 };
const order: Readonly<Record<CheckChange['kind'], number>> = { worse: 0, other: 1, better: 2 };

/** What changed from one report to a later one; times alone are no change. */
export function diffReports(before: IdentityReport, after: IdentityReport): IdentityDiff {
  const earlier = new Map(before.checks.map((check) => [check.id, check]));
  const checks = after.checks.flatMap((check): readonly CheckChange[] => {
    const old = earlier.get(check.id);
    if (!old || (old.result === check.result && old.evidence === check.evidence)) return [];
    const step = rank[check.result] - rank[old.result];
    const kind = step > 0 ? 'worse' : step < 0 ? 'better' : 'other';
    const side = ({ result, evidence }: typeof check) => ({ result, evidence });
    return [{ id: check.id, title: check.title, kind, from: side(old), to: side(check) }];
  });
  const [from, to] = [before.verdict.kind, after.verdict.kind];
  const [old, now] = [before.subject.version, after.subject.version];
  return {
    since: before.at,
    verdict: from === to ? undefined : { from, to },
    version: old === now ? undefined : { from: old, to: now },
    checks: checks.sort((a, b) => order[a.kind] - order[b.kind]),
  };
}

/** True when nothing changed. */
export function isSameReport(diff: IdentityDiff): boolean {
  return diff.verdict === undefined && diff.version === undefined && diff.checks.length === 0;
}
