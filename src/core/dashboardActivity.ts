import type {
  ActivityGroup,
  ActivityOutcome,
  ActivityRetention,
  ActivityRows,
  StoredLine,
} from './activity.ts';
import type { VerifyState } from './activityKeeper.ts';
import { bodyOf, factsOf, groupOf, knownKinds, textOf } from './activityRead.ts';
import { callTimeline, isCallLine, type CallStep } from './activityTimeline.ts';
import type { ShownText } from './dashboard.ts';
import type { Job } from './jobs.ts';
import { isFinal } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { shown } from './shown.ts';
import { oneLine } from './util/text.ts';

/** A line of the log as a row; every text is visible text. */
export interface ActivityRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  /** `unknown`: written by a newer version. */
  readonly state: 'known' | 'unknown' | 'damaged';
  readonly group: ActivityGroup;
  readonly serverId: string | undefined;
  readonly serverName: string | undefined;
  readonly tool: string | undefined;
  readonly caller: string | undefined;
  readonly outcome: ActivityOutcome | undefined;
  readonly ms: number | undefined;
  readonly summary: string | undefined;
}

/** One line in full. */
export interface ActivityDetail extends ActivityRow {
  readonly isCall: boolean;
  readonly callerKind: string | undefined;
  /** The tool's name as the server knows it. */
  readonly toolName: string | undefined;
  readonly rule: string | undefined;
  readonly launchHash: string | undefined;
  readonly definitionHash: string | undefined;
  readonly argumentsHash: string | undefined;
  readonly preview: ShownText | undefined;
  readonly timeline: readonly CallStep[];
  /** The job behind it, while that is kept. */
  readonly job: { readonly id: string; readonly isOver: boolean; readonly hasResult: boolean } | undefined;
  /** The call of the same tool before this one. */
  readonly before: number | undefined;
  readonly hash: string;
  readonly previous: string;
  readonly raw: ShownText;
}

/** The activity page. */
export interface ActivityView {
  /** The newest line of all windows. */
  readonly head: number;
  readonly lines: number;
  readonly bytes: number;
  readonly retention: ActivityRetention;
  readonly verify: VerifyState;
  readonly servers: readonly { readonly id: string; readonly name: string }[];
  readonly callers: readonly string[];
  /** The chosen line; `gone` when there is none of that number. */
  readonly open: ActivityDetail | 'gone' | undefined;
}

export interface ActivitySources {
  readonly rows: ActivityRows;
  readonly head: number;
  readonly verify: VerifyState;
  readonly retention: ActivityRetention;
  /** The name of a configured server. */
  readonly serverName: (id: string) => string | undefined;
  readonly job: (id: string) => Job | undefined;
}

/** The page with its chosen line. */
export function activityView(sources: ActivitySources, seq: number | undefined): ActivityView {
  const { rows, serverName } = sources;
  const { servers, callers } = rows.facets();
  const line = seq === undefined ? undefined : rows.get(seq);
  return {
    head: sources.head,
    ...rows.size(),
    retention: sources.retention,
    verify: sources.verify,
    servers: servers.map((id) => ({ id, name: oneLine(serverName(id) ?? id, 200) })),
    callers: [...callers],
    open: seq === undefined ? undefined : line ? activityDetail(line, sources) : 'gone',
  };
}

/** A line as a row. */
export function activityRow(line: StoredLine, serverName: (id: string) => string | undefined): ActivityRow {
  const body = bodyOf(line.body);
  const facts = factsOf(line);
  const isKnown = body?.['kind'] === line.kind && knownKinds.includes(line.kind);
  const { serverId } = facts;
  const name = facts.serverName ?? (serverId === undefined ? undefined : (serverName(serverId) ?? serverId));
  return {
    seq: line.seq,
    at: line.at,
    kind: oneLine(line.kind, 100),
    state: !body ? 'damaged' : isKnown ? 'known' : 'unknown',
    group: groupOf(line.kind),
    serverId,
    serverName: visible(name, 200),
    tool: visible(facts.tool, 200),
    caller: visible(facts.caller, 100),
    outcome: facts.outcome,
    ms: facts.ms,
    summary: visible(body ? summaryOf(line.kind, body) : line.body, 300),
  };
}

function activityDetail(line: StoredLine, sources: ActivitySources): ActivityDetail {
  const { rows } = sources;
  const facts = factsOf(line);
  const body = bodyOf(line.body);
  const text = (key: string) => visible(body && textOf(body, key), 500);
  const preview = body && textOf(body, 'preview');
  const job = facts.jobId === undefined ? undefined : sources.job(facts.jobId);
  return {
    ...activityRow(line, sources.serverName),
    isCall: isCallLine(line) || line.kind === 'call-ended',
    callerKind: visible(facts.callerKind, 50),
    toolName: facts.tool,
    rule: visible(facts.rule, 500),
    launchHash: text('launchHash'),
    definitionHash: text('definitionHash'),
    argumentsHash: text('argumentsHash'),
    preview: preview === undefined ? undefined : shown(preview, 2000),
    timeline: callTimeline(facts.jobId === undefined ? [line] : rows.ofJob(facts.jobId), job),
    job: job && { id: job.id, isOver: isFinal(job.status), hasResult: job.hasResult },
    before: callBefore(line, rows),
    hash: oneLine(line.hash, 100),
    previous: oneLine(line.previous, 100),
    raw: shown(body ? JSON.stringify(body, null, 2) : line.body, 20_000),
  };
}

const looksBack = 5_000;

/** The call of the same tool that was sent before a call, if it is not long ago. */
function callBefore(line: StoredLine, rows: ActivityRows): number | undefined {
  const { serverId, tool } = factsOf(line);
  if (!isCallLine(line) || serverId === undefined || tool === undefined) return undefined;
  const filter = { serverId, tool, outcome: 'sent' } as const;
  return rows.find(filter, Math.max(1, line.seq - looksBack), line.seq - 1, 1)[0]?.seq;
}

/** What a row adds to its kind. */
function summaryOf(kind: string, body: JsonObject): string | undefined {
  const text = (...keys: readonly string[]) =>
    keys
      .flatMap((key) => {
        const value = body[key];
        if (Array.isArray(value)) return value.length > 0 ? [value.join(', ')] : [];
        return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
      })
      .join(' · ') || undefined;
  switch (kind) {
    case 'call':
      return text('preview');
    case 'call-denied':
    case 'call-refused':
    case 'call-withdrawn':
      return text('rule', 'preview');
    case 'call-ended':
      return text('code');
    case 'decision-remembered':
      return text('scope');
    case 'model-answered':
      return text('model');
    case 'definition-changed':
      return text('items');
    case 'definition-reviewed':
      return text('decision', 'items');
    case 'installed':
    case 'updated':
    case 'rolled-back':
    case 'uninstalled':
    case 'install-undone':
      return text('entry', 'version', 'file');
    case 'pruned':
      return text('through', 'reason');
    case 'signed-in':
    case 'signed-out':
      return text('issuer');
    case 'caller-renamed':
      return text('before', 'name');
    default:
      return text('name', 'file', 'path', 'reason');
  }
}

function visible(text: string | undefined, max: number): string | undefined {
  return text === undefined ? undefined : oneLine(text, max);
}
