import { checkIds, checkNumber, type CheckId, type Finding, type IdentityCheck } from './identityCheck.ts';
import type { IdentityEvidence } from './identityEvidence.ts';
import { checkHost, checkRepository, checkWebsite, namespaceOf } from './identityHosts.ts';
import { checkCard, checkConnection, checkDomainKey, checkLive, checkResource } from './identityLive.ts';
import {
  checkBundle,
  checkImage,
  checkNpm,
  checkPinned,
  checkReadme,
  judgedPackages,
} from './identityPackages.ts';
import {
  checkChange,
  checkLookalike,
  checkName,
  checkPolicy,
  checkSource,
  checkStatus,
  checkText,
  isTrustedSource,
} from './identityStanding.ts';
import { checkTexts } from './identityTexts.ts';
import { judgedUrls } from './identityHosts.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** What is to be made of a server's identity; never "safe". */
export const verdictKinds = ['blocked', 'conflict', 'verified source', 'consistent', 'unverified'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** The one verdict of a report. */
export interface IdentityVerdict {
  readonly kind: VerdictKind;
  /** One sentence; foreign names in it are visible text. */
  readonly sentence: string;
  /** The checks that led to it. */
  readonly because: readonly CheckId[];
}

/** Who a server is, as far as could be found out. */
export interface IdentityReport {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly subject: {
    /** Visible text. */
    readonly name: string;
    readonly version: string | undefined;
    readonly registry: string | undefined;
  };
  readonly verdict: IdentityVerdict;
  readonly checks: readonly IdentityCheck[];
}

const checks: Readonly<Record<CheckId, (evidence: IdentityEvidence) => Finding>> = {
  source: checkSource,
  status: checkStatus,
  name: checkName,
  host: checkHost,
  repository: checkRepository,
  website: checkWebsite,
  npm: checkNpm,
  readme: checkReadme,
  image: checkImage,
  bundle: checkBundle,
  pinned: checkPinned,
  'domain-key': checkDomainKey,
  connection: checkConnection,
  card: checkCard,
  live: checkLive,
  resource: checkResource,
  lookalike: checkLookalike,
  change: checkChange,
  policy: checkPolicy,
  text: checkText,
};

/** Judges evidence: twenty checks and one verdict. Pure; asks nobody. */
export function identityReport(evidence: IdentityEvidence): IdentityReport {
  const made = checkIds.map((id): IdentityCheck => {
    const { result, evidence: text, at = evidence.now } = checks[id](evidence);
    return { id, number: checkNumber(id), ...checkTexts()[id], result, evidence: text, at };
  });
  const { entry, registry, server } = evidence;
  return {
    at: evidence.now,
    subject: {
      name: oneLine(entry?.name ?? server?.name ?? '', 250),
      version: entry && oneLine(entry.version, 100),
      registry: registry && oneLine(registry.url, 300),
    },
    verdict: identityVerdict(made, evidence),
    checks: made,
  };
}

const packageChecks: Readonly<Record<string, CheckId>> = {
  npm: 'npm',
  pypi: 'readme',
  nuget: 'readme',
  cargo: 'readme',
  go: 'readme',
  oci: 'image',
  mcpb: 'bundle',
};

/** The verdict by section 4.4 of the design: the first rule that applies. */
function identityVerdict(made: readonly IdentityCheck[], evidence: IdentityEvidence): IdentityVerdict {
  const results = new Map(made.map((check) => [check.id, check]));
  const is = (id: CheckId, ...wanted: readonly string[]) => wanted.includes(results.get(id)?.result ?? '');
  const titles = (ids: readonly CheckId[]) => ids.map((id) => results.get(id)?.title ?? id).join('; ');

  const blocked = (['policy', 'bundle', 'connection', 'status'] as const).filter((id) => is(id, 'fail'));
  if (blocked.length > 0)
    return {
      kind: 'blocked',
      because: blocked,
      sentence: say`Must not be used: ${results.get(blocked[0] ?? 'policy')?.evidence ?? ''}`,
    };

  const conflicts = checkIds.filter((id) => is(id, 'fail'));
  if (conflicts.length > 0)
    return {
      kind: 'conflict',
      because: conflicts,
      sentence: say`What is said about it does not agree (${titles(conflicts)}).`,
    };

  // Every way to run it that is judged has to be proven, and there has to be one.
  const ways: readonly CheckId[] = [
    ...judgedUrls(evidence).map(() => 'host' as const),
    ...judgedPackages(evidence).map(({ item }) => packageChecks[item.registryType] ?? 'source'),
  ];
  const proofs = [...new Set(ways)];
  const isProven = proofs.length > 0 && !proofs.includes('source') && proofs.every((id) => is(id, 'pass'));
  const isQuiet = (['status', 'lookalike', 'text'] as const).every((id) => !is(id, 'warn'));
  if (isTrustedSource(evidence.registry) && isProven && isQuiet && is('pinned', 'pass', 'n/a'))
    return { kind: 'verified source', because: proofs, sentence: ownerSentence(evidence) };

  const agreeing = (['host', 'repository', 'npm', 'readme', 'image', 'card'] as const).filter((id) =>
    is(id, 'pass'),
  );
  if (agreeing.length > 0)
    return {
      kind: 'consistent',
      because: agreeing,
      sentence: say`What could be checked agrees (${titles(agreeing)}); who is behind it was not confirmed.`,
    };
  return {
    kind: 'unverified',
    because: [],
    sentence: say`Nothing that could be checked says who is behind it.`,
  };
}

function ownerSentence({ entry, registry }: IdentityEvidence): string {
  const namespace = entry ? namespaceOf(entry.name) : { kind: 'none' as const };
  const when =
    registry?.isPolicy === true ? say`listed by your organisation’s registry` : say`checked at publication`;
  if (namespace.kind === 'domain') return say`Published by the owner of ${namespace.domain}, ${when}.`;
  if (namespace.kind === 'github')
    return say`Published by the GitHub account ${namespace.login}, or a member of it, ${when}.`;
  return say`Published by ${oneLine(entry?.publisher ?? '', 200)}, ${when}.`;
}
