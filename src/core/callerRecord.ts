import type { ActivityEvent } from './activity.ts';

/** Which program a caller is. */
export type AgentKind = 'vscode' | 'claude-code' | 'codex' | 'cursor' | 'cline' | 'other';

/** Every kind of agent, in the order in which they are shown. */
export const agentKinds: readonly AgentKind[] = [
  'vscode',
  'claude-code',
  'codex',
  'cursor',
  'cline',
  'other',
];

/** What a caller is offered of the tools that are switched on. */
export type CallerOffers =
  | { readonly kind: 'all' }
  | { readonly kind: 'servers'; readonly serverIds: readonly string[] }
  | { readonly kind: 'preset'; readonly name: string };

/** How one caller is treated. */
export interface CallerSettings {
  readonly offers: CallerOffers;
  /** Calls per minute; 0 = no limit. */
  readonly callsPerMinute: number;
  /** How long a call waits for the user's decision until it is refused, in milliseconds; 0 = as long as it takes. */
  readonly approvalTimeoutMs: number;
  /** Who answers what a server asks during its calls: our inbox, or the caller where it can. */
  readonly questions: 'inbox' | 'caller';
}

/** A caller that has done nothing special: everything, no limit, waits, asks in our inbox. */
export const defaultCallerSettings: CallerSettings = {
  offers: { kind: 'all' },
  callsPerMinute: 0,
  approvalTimeoutMs: 0,
  questions: 'inbox',
};

/** A caller with a token in force. */
export interface CallerRecord {
  readonly id: string;
  /** What rules match and people read; unique. */
  readonly name: string;
  readonly agent: AgentKind;
  /** Lower-case hex SHA-256 of the token. */
  readonly tokenHash: string;
  readonly issuedAt: number;
  readonly lastUsedAt: number | undefined;
  readonly settings: CallerSettings;
}

/** Storage of callers; each change and its line in the activity log are one commit. */
export interface CallerRows {
  /** Oldest first. */
  all(): readonly CallerRecord[];
  /** Throws `conflict` when the name or the token is taken. */
  insert(record: CallerRecord, event: ActivityEvent): void;
  update(record: CallerRecord, event: ActivityEvent): void;
  delete(id: string, event: ActivityEvent): void;
  used(id: string, at: number): void;
  /** How many calls each caller made since a time, by its name, from the activity log; refused ones included. */
  callsSince(at: number): ReadonlyMap<string, number>;
  /** Changes whenever another window has written. */
  version(): number;
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Why a text is no name of a caller; undefined when it is one. */
export function callerNameProblem(name: string): string | undefined {
  if (namePattern.test(name)) return undefined;
  return 'a name has up to 63 lower-case letters, digits, dots, hyphens and underscores, and starts with a letter or digit';
}

/** A name near the wanted one that nobody has. */
export function freeCallerName(wanted: string, taken: ReadonlySet<string>): string {
  const slug = wanted
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 58)
    .replace(/[-._]+$/, '');
  const base = slug === '' ? 'agent' : slug;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
  return name;
}

/** Whether what a caller is offered holds a tool. */
export function isOfferedBy(
  offers: CallerOffers,
  serverId: string,
  tool: string | undefined,
  isInPreset: (preset: string, serverId: string, tool: string | undefined) => boolean = () => false,
): boolean {
  switch (offers.kind) {
    case 'all':
      return true;
    case 'servers':
      return offers.serverIds.includes(serverId);
    case 'preset':
      return isInPreset(offers.name, serverId, tool);
  }
}
