import type { AuthView } from './authView.ts';
import type { ServerSnapshot } from './connections.ts';
import type { DefinitionEvent } from './definitionPins.ts';
import { definitionRules } from './qualityDefinitions.ts';
import { overlaps } from './qualityOverlap.ts';
import { qualityTexts } from './qualityTexts.ts';
import { parseSemver } from './semver.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** What is looked at. */
export type QualityRule =
  | 'no-version'
  | 'version-not-semver'
  | 'changed-same-version' // names or schemas changed, the version did not
  | 'bad-name'
  | 'no-description'
  | 'open-input-schema' // says nothing about what a tool takes
  | 'undescribed-parameter'
  | 'no-output-schema'
  | 'no-hints'
  | 'contradictory-hints'
  | 'flagged-text'
  | 'overlap' // reads like a tool of another configured server
  | 'scopes-not-described'
  | 'no-card'
  | 'stale-card';

/** Where a rule found something; foreign texts are visible text. */
export interface QualityEvidence {
  readonly subject: string;
  readonly detail: string;
}

/** Something that the author of a server can make better, with what it was seen in. */
export interface QualityFinding {
  readonly rule: QualityRule;
  readonly title: string;
  readonly advice: string;
  /** Bounded; `more` says how many are left out. */
  readonly evidence: readonly QualityEvidence[];
  readonly more: number;
}

/** How a server does as its metadata goes: findings, never a mark. */
export interface QualityReport {
  readonly serverId: string;
  readonly server: string;
  readonly version: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly findings: readonly QualityFinding[];
  /** What was looked at and found in order. */
  readonly inOrder: readonly { readonly rule: QualityRule; readonly title: string }[];
  /** What could not be looked at, and why. */
  readonly notLooked: readonly { readonly rule: QualityRule; readonly title: string; readonly why: string }[];
}

/** The server card, where somebody looked for it. */
export type CardFacts =
  | { readonly kind: 'absent' }
  | { readonly kind: 'found'; readonly version: string | undefined; readonly url: string };

/** What a report is made from. */
export interface QualityFacts {
  /** Connected: what it offers is known. */
  readonly server: ServerSnapshot;
  readonly others: readonly ServerSnapshot[];
  /** Newest first. */
  readonly history: readonly DefinitionEvent[];
  /** Of a remote server whose sign-in is known. */
  readonly auth?: Pick<AuthView, 'lastChallenge' | 'granted' | 'documentation'> | undefined;
  readonly card?: CardFacts | undefined;
  readonly now: number;
}

/** What one rule says: its evidence, or why it could not look. */
export type Looked = readonly QualityEvidence[] | { readonly why: string };

const maxEvidence = 25;

/** Looks at a server's metadata by every rule. */
export function qualityReport(facts: QualityFacts): QualityReport {
  const { server, now } = facts;
  const info = server.state.kind === 'ready' ? server.state.info.serverInfo : undefined;
  const looked: Readonly<Record<QualityRule, Looked>> = {
    ...versionRules(facts),
    'changed-same-version': changedSameVersion(facts),
    ...definitionRules(facts),
    overlap: overlaps(facts),
    'scopes-not-described': scopesNotDescribed(facts),
    ...cardRules(facts),
  };
  const texts = qualityTexts();
  const rules = Object.keys(texts) as QualityRule[];
  const isEvidence = (one: Looked): one is readonly QualityEvidence[] => Array.isArray(one);
  return {
    serverId: server.definition.id,
    server: oneLine(server.definition.name, 200),
    version: info && oneLine(info.version, 100),
    at: now,
    findings: rules.flatMap((rule) => {
      const evidence = looked[rule];
      if (!isEvidence(evidence) || evidence.length === 0) return [];
      const shown = evidence.slice(0, maxEvidence);
      return [{ rule, ...texts[rule], evidence: shown, more: evidence.length - shown.length }];
    }),
    inOrder: rules.flatMap((rule) => {
      const evidence = looked[rule];
      return isEvidence(evidence) && evidence.length === 0 ? [{ rule, title: texts[rule].title }] : [];
    }),
    notLooked: rules.flatMap((rule) => {
      const one = looked[rule];
      return isEvidence(one) ? [] : [{ rule, title: texts[rule].title, why: one.why }];
    }),
  };
}

function versionRules({ server: { state, definition } }: QualityFacts) {
  if (state.kind !== 'ready') {
    const why = { why: say`the server is not connected` };
    return { 'no-version': why, 'version-not-semver': why };
  }
  const subject = oneLine(definition.name, 200);
  const version = state.info.serverInfo?.version.trim() ?? '';
  const isThere = version !== '';
  return {
    'no-version': isThere ? [] : [{ subject, detail: say`it says no version of its own` }],
    'version-not-semver':
      isThere && !parseSemver(version)
        ? [{ subject, detail: say`version ${JSON.stringify(oneLine(version, 100))}` }]
        : [],
  };
}

const firstLookMs = 60_000;

function changedSameVersion({ history, now }: QualityFacts): Looked {
  const isFirstLook = history.every(({ kind, at }) => kind === 'first-sight' && now - at < firstLookMs);
  if (isFirstLook) return { why: say`nothing is known yet of earlier definitions` };
  return history
    .filter(({ kind, version }) => kind === 'changed' && version !== undefined)
    .flatMap(({ at, version = '', items }) =>
      items
        .filter(
          ({ classes, versionBefore }) => versionBefore === version && classes.some((one) => one !== 'order'),
        )
        .map(({ kind, name, classes }) => ({
          subject: kind === 'instructions' ? kind : `${kind} ${oneLine(name, 120)}`,
          detail: say`${classes.join(', ')} on ${new Date(at).toISOString().slice(0, 10)}, version ${oneLine(version, 60)} before and after`,
        })),
    );
}

function scopesNotDescribed({ server, auth }: QualityFacts): Looked {
  if (server.definition.launch.kind !== 'http') return { why: say`a local server has no scopes` };
  if (!auth?.lastChallenge) return { why: say`the server has not asked for a sign-in` };
  const subject = oneLine(server.definition.name, 200);
  return [
    ...(auth.lastChallenge.scopes.length === 0
      ? [{ subject, detail: say`its challenge names no scope, so a client has to ask for everything` }]
      : []),
    ...(auth.documentation === undefined && (auth.granted.length > 0 || auth.lastChallenge.scopes.length > 0)
      ? [
          {
            subject,
            detail: say`no resource_documentation says what ${oneLine([...new Set([...auth.granted, ...auth.lastChallenge.scopes])].join(', '), 200)} allow`,
          },
        ]
      : []),
  ];
}

function cardRules({ server, card }: QualityFacts) {
  if (server.definition.launch.kind !== 'http') {
    const why = { why: say`only remote servers have a card` };
    return { 'no-card': why, 'stale-card': why };
  }
  if (!card) {
    const why = { why: say`nobody looked for it: it is looked for only when you ask` };
    return { 'no-card': why, 'stale-card': why };
  }
  const subject = oneLine(server.definition.name, 200);
  if (card.kind === 'absent')
    return {
      'no-card': [{ subject, detail: say`there is no server card` }],
      'stale-card': { why: say`there is no card` },
    };
  const version = server.state.kind === 'ready' ? server.state.info.serverInfo?.version : undefined;
  const isStale = version !== undefined && card.version !== undefined && card.version !== version;
  return {
    'no-card': [],
    'stale-card': isStale
      ? [
          {
            subject,
            detail: say`the card says ${oneLine(card.version ?? '', 60)}, the server ${oneLine(version, 60)}`,
          },
        ]
      : [],
  };
}
