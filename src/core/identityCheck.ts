/** The checks of a report, in the order of the design (I1 to I20). */
export const checkIds = [
  'source',
  'status',
  'name',
  'host',
  'repository',
  'website',
  'npm',
  'readme',
  'image',
  'bundle',
  'pinned',
  'domain-key',
  'connection',
  'card',
  'live',
  'resource',
  'lookalike',
  'change',
  'policy',
  'text',
] as const;
export type CheckId = (typeof checkIds)[number];

/** `unknown`: it could not be found out, and the evidence says why. `n/a`: there is nothing to check here. */
export type CheckResult = 'pass' | 'warn' | 'fail' | 'unknown' | 'n/a';

/** What one check found. Foreign texts in the evidence are visible text. */
export interface Finding {
  readonly result: CheckResult;
  readonly evidence: string;
  /** When the evidence was gathered, milliseconds since the epoch; undefined: now. */
  readonly at?: number;
}

/** A check with its words. */
export interface IdentityCheck {
  readonly id: CheckId;
  /** I1 to I20. */
  readonly number: string;
  readonly title: string;
  readonly result: CheckResult;
  readonly evidence: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What it does and does not prove. */
  readonly proves: string;
}

/** The number of a check as the design names it. */
export function checkNumber(id: CheckId): string {
  return `I${checkIds.indexOf(id) + 1}`;
}

const gravity: Readonly<Record<CheckResult, number>> = { fail: 0, warn: 1, unknown: 2, pass: 3, 'n/a': 4 };

/** Several findings as one: the gravest result; all evidence of that result. */
export function worst(findings: readonly Finding[], none: string): Finding {
  const result = findings
    .map((finding) => finding.result)
    .sort((a, b) => gravity[a] - gravity[b])
    .find((one) => one !== 'n/a');
  if (result === undefined) return { result: 'n/a', evidence: findings[0]?.evidence ?? none };
  const said = findings.filter((finding) => finding.result === result);
  const at = said.find((finding) => finding.at !== undefined)?.at;
  return {
    result,
    evidence: [...new Set(said.map(({ evidence }) => evidence))].slice(0, 5).join(' '),
    ...(at === undefined ? {} : { at }),
  };
}
