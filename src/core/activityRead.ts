import type { ActivityEvent, ActivityGroup, ActivityLine, ActivityOutcome, StoredLine } from './activity.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** A line that cannot be taken for one of our events: written by a newer version, or damaged. */
export type UnreadEvent =
  | { readonly kind: 'unknown'; readonly name: string; readonly body: JsonObject }
  | { readonly kind: 'damaged'; readonly text: string };

const groups = {
  call: 'calls',
  'call-denied': 'calls',
  'call-refused': 'calls',
  'call-withdrawn': 'calls',
  'call-ended': 'calls',
  'decision-remembered': 'decisions',
  'decision-revoked': 'decisions',
  'model-answered': 'calls',
  consent: 'servers',
  'app-allowed': 'servers',
  installed: 'servers',
  updated: 'servers',
  'rolled-back': 'servers',
  uninstalled: 'servers',
  'install-undone': 'servers',
  'definition-changed': 'definitions',
  'definition-reviewed': 'definitions',
  'caller-issued': 'callers',
  'caller-renewed': 'callers',
  'caller-configured': 'callers',
  'caller-revoked': 'callers',
  'caller-renamed': 'callers',
  'signed-in': 'sign-ins',
  'signed-out': 'sign-ins',
  'policy-changed': 'policy',
  'policy-accepted': 'policy',
  'hints-trusted': 'policy',
  pruned: 'log',
  'log-accepted': 'log',
} as const satisfies Readonly<Record<string, ActivityGroup>>;

/** The kinds of a group; those of `other` are the ones that no group has. */
export function kindsOf(group: ActivityGroup): readonly string[] {
  return Object.entries(groups).flatMap(([kind, one]) => (one === group ? [kind] : []));
}

/** Every kind that this version writes. */
export const knownKinds: readonly string[] = Object.keys(groups);

/** The group of a kind. */
export function groupOf(kind: string): ActivityGroup {
  return isKnown(kind) ? groups[kind] : 'other';
}

/** A kind of event that has no group fails the build where this is used. */
function isKnown(kind: string): kind is ActivityEvent['kind'] {
  return Object.hasOwn(groups, kind);
}

/** The event of a stored line; never throws. */
export function readEvent({ kind, body }: Pick<StoredLine, 'kind' | 'body'>): ActivityEvent | UnreadEvent {
  const parsed = bodyOf(body);
  if (!parsed) return { kind: 'damaged', text: body };
  if (!isKnown(kind) || parsed['kind'] !== kind) return { kind: 'unknown', name: kind, body: parsed };
  return parsed as unknown as ActivityEvent;
}

/** A stored line as the rest of the program reads it. */
export function readLine(line: StoredLine): ActivityLine {
  const { seq, at, previous, hash } = line;
  return { seq, at, event: readEvent(line), previous, hash };
}

/** The JSON object of a body; undefined when it is none. */
export function bodyOf(body: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(body) as Json;
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** What any line may tell, whatever its kind and whoever wrote it; nothing of it is trusted to have the right type. */
export interface ActivityFacts {
  readonly serverId: string | undefined;
  readonly serverName: string | undefined;
  readonly tool: string | undefined;
  readonly caller: string | undefined;
  readonly callerKind: string | undefined;
  readonly jobId: string | undefined;
  readonly outcome: ActivityOutcome | undefined;
  readonly ms: number | undefined;
  readonly rule: string | undefined;
}

/** Reads what a line tells. */
export function factsOf(line: Pick<StoredLine, 'kind' | 'body'>): ActivityFacts {
  const body = bodyOf(line.body) ?? {};
  const caller = isJsonObject(body['caller']) ? body['caller'] : {};
  return {
    serverId: textOf(body, 'serverId'),
    serverName: textOf(body, 'serverName'),
    tool: textOf(body, 'tool'),
    caller: textOf(caller, 'name'),
    callerKind: textOf(caller, 'kind'),
    jobId: textOf(body, 'jobId'),
    outcome: outcomeOf(line.kind, body),
    ms: numberOf(body, 'ms'),
    rule: textOf(body, 'rule'),
  };
}

/** A member that is a text. */
export function textOf(body: JsonObject, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

/** A member that is a number. */
export function numberOf(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  return typeof value === 'number' ? value : undefined;
}

const endings = ['completed', 'failed', 'cancelled', 'interrupted', 'lost'] as const;
const unsent: Readonly<Record<string, ActivityOutcome>> = {
  call: 'sent',
  'call-denied': 'denied',
  'call-refused': 'refused',
  'call-withdrawn': 'withdrawn',
};

function outcomeOf(kind: string, body: JsonObject): ActivityOutcome | undefined {
  if (kind !== 'call-ended') return Object.hasOwn(unsent, kind) ? unsent[kind] : undefined;
  return endings.find((one) => one === body['status']);
}
