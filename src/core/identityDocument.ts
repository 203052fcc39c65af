import type { JsonObject } from './json.ts';
import type { IdentityDiff } from './identityDiff.ts';
import type { IdentityReport } from './identityReport.ts';

/** A report as a JSON document for people and tools: visible text, times as ISO 8601. */
export function identityDocument(report: IdentityReport, changes?: IdentityDiff): JsonObject {
  const time = (at: number) => new Date(at).toISOString();
  const { subject, verdict, checks } = report;
  return {
    at: time(report.at),
    server: subject.name,
    ...(subject.version === undefined ? {} : { version: subject.version }),
    ...(subject.registry === undefined ? {} : { registry: subject.registry }),
    verdict: verdict.kind,
    sentence: verdict.sentence,
    because: verdict.because,
    checks: checks.map(({ id, number, title, result, evidence, at, proves }) => ({
      ...{ id, number, title, result, evidence, proves },
      at: time(at),
    })),
    ...(changes === undefined
      ? {}
      : {
          changes: {
            since: time(changes.since),
            ...(changes.verdict === undefined ? {} : { verdict: { ...changes.verdict } }),
            ...(changes.version === undefined
              ? {}
              : { version: { from: changes.version.from ?? null, to: changes.version.to ?? null } }),
            checks: changes.checks.map(({ id, kind, from, to }) => ({
              id,
              kind,
              from: { ...from },
              to: { ...to },
            })),
          },
        }),
  };
}
