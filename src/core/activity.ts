import type { UnreadEvent } from './activityRead.ts';
import type { Caller } from './caller.ts';
import type { Sha256 } from './ports.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/** What the activity log records; arguments appear as hash and redacted preview only. */
export type ActivityEvent =
  | {
      readonly kind: 'call';
      readonly jobId: string;
      readonly serverId: string;
      readonly serverName?: string;
      readonly tool: string;
      readonly caller: Caller;
      readonly rule: string;
      readonly launchHash: string;
      readonly definitionHash: string;
      readonly argumentsHash: string;
      readonly preview: string;
      /** When it was asked for and when that was decided, in milliseconds since the epoch; the line itself is written right before the send. */
      readonly askedAt?: number;
      readonly decidedAt?: number;
      readonly rerunOf?: string;
    }
  | {
      /** Nothing was sent: a rule or the user said no, the tool was not to be called, or the caller gave up waiting. */
      readonly kind: 'call-denied' | 'call-refused' | 'call-withdrawn';
      readonly serverId: string;
      readonly serverName?: string;
      readonly tool: string;
      readonly caller: Caller;
      readonly rule: string;
      /** The pin, where the tool was found. */
      readonly launchHash?: string;
      readonly definitionHash?: string;
      readonly argumentsHash: string;
      readonly preview: string;
      readonly askedAt?: number;
    }
  | {
      readonly kind: 'call-ended';
      readonly jobId: string;
      readonly status: string;
      /** From the send to the end. */
      readonly ms: number;
      readonly serverId?: string;
      readonly serverName?: string;
      readonly tool?: string;
      readonly caller?: Caller;
      /** What kind of failure it was; never the words of the server. */
      readonly code?: string;
    }
  | {
      /** A server was written to a configuration file through us, or taken out of it. */
      readonly kind: 'installed' | 'updated' | 'rolled-back' | 'uninstalled' | 'install-undone';
      readonly serverId: string;
      readonly serverName: string;
      readonly file: string;
      readonly launchHash?: string;
      readonly registry?: string;
      readonly entry?: string;
      readonly version?: string;
      readonly versionBefore?: string;
    }
  | {
      /** Every line up to `through` was removed for its age or for room; `hash` is that of line `through`. */
      readonly kind: 'pruned';
      readonly through: number;
      readonly hash: string;
      readonly count: number;
      /** With all that were removed earlier. */
      readonly total: number;
      readonly reason: 'age' | 'size';
      /** Whether the removed lines still followed each other. */
      readonly wasIntact: boolean;
    }
  | {
      /** The user goes on with a log whose end is not where the record kept elsewhere says. */
      readonly kind: 'log-accepted';
      readonly seq: number;
      readonly anchorSeq: number;
    }
  | {
      readonly kind: 'decision-remembered';
      readonly decisionId: string;
      readonly serverId: string;
      readonly tool: string;
      readonly scope: string;
    }
  | {
      readonly kind: 'decision-revoked';
      readonly decisionId: string;
      readonly serverId: string;
      readonly tool: string;
    }
  | {
      /** A reviewed answer of a language model went to a server. */
      readonly kind: 'model-answered';
      readonly serverId: string;
      readonly jobId: string | undefined;
      readonly model: string;
      readonly tokens: number;
    }
  | {
      /** A policy file is not what it was when it was last seen; `hash` is the SHA-256 of its text, absent when it is gone. */
      readonly kind: 'policy-changed';
      readonly file: string;
      readonly hash?: string;
      readonly rules: number;
      readonly problems: number;
    }
  | {
      /** The user lets a workspace's policy file loosen as it is, or no longer. */
      readonly kind: 'policy-accepted';
      readonly file: string;
      readonly hash: string;
      readonly isAccepted: boolean;
    }
  | {
      /** Rules may go by what this server claims about its tools, or no longer. */
      readonly kind: 'hints-trusted';
      readonly serverId: string;
      readonly launchHash: string;
      readonly isTrusted: boolean;
    }
  | {
      readonly kind: 'consent';
      readonly serverId: string;
      readonly launchHash: string;
      readonly granted: boolean;
    }
  | {
      /** The user let a page of a server run in its sandbox (MCP Apps); `contentHash` is that of its HTML and of all it declares. */
      readonly kind: 'app-allowed';
      readonly serverId: string;
      readonly launchHash: string;
      readonly uri: string;
      readonly contentHash: string;
    }
  | {
      /** What a server offers is not what was accepted; `changes` counts them by class. */
      readonly kind: 'definition-changed';
      readonly serverId: string;
      readonly launchHash: string;
      readonly items: readonly string[];
      readonly changes: Readonly<Record<string, number>>;
    }
  | {
      /** Definitions were accepted or rejected: at first sight, by the user, or because only their order changed. */
      readonly kind: 'definition-reviewed';
      readonly serverId: string;
      readonly launchHash: string;
      readonly items: readonly string[];
      readonly decision: 'first-sight' | 'accepted' | 'rejected' | 'order-only';
      readonly by: 'user' | 'rule';
    }
  | {
      /** The user signed in to a server, or a token was renewed at their wish; no token is part of it. */
      readonly kind: 'signed-in';
      readonly serverId: string;
      readonly issuer: string;
      readonly scopes: readonly string[];
    }
  | {
      readonly kind: 'signed-out';
      readonly serverId: string;
      readonly issuer: string;
      /** What became of the tokens at the authorization server. */
      readonly revocation: 'revoked' | 'nothing' | 'unsupported' | 'failed';
      /** The client and what was typed are forgotten too. */
      readonly everything: boolean;
    }
  | {
      /** A token of an agent was issued, replaced or revoked, or what it may do was changed. */
      readonly kind: 'caller-issued' | 'caller-renewed' | 'caller-configured' | 'caller-revoked';
      readonly callerId: string;
      readonly name: string;
      readonly agent: string;
    }
  | {
      readonly kind: 'caller-renamed';
      readonly callerId: string;
      readonly name: string;
      readonly before: string;
    };

/** One line of the log; `hash` chains over `previous`. */
export interface ActivityLine {
  readonly seq: number;
  readonly at: number;
  readonly event: ActivityEvent | UnreadEvent;
  readonly previous: string;
  readonly hash: string;
}

/** A line as it is stored; `body` is the JSON of its event. */
export interface StoredLine extends Omit<ActivityLine, 'event'> {
  readonly kind: string;
  readonly body: string;
}

/** Where the log ends. */
export interface ActivityHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the first line of all follows. */
export const genesis = '0'.repeat(64);

/** The hash of a line: SHA-256 over its canonical JSON (RFC 8785) without `hash`. */
export function lineHash(
  line: {
    readonly seq: number;
    readonly at: number;
    readonly event: unknown;
    readonly previous: string;
  },
  sha256: Sha256,
): string {
  return sha256(canonicalJson({ at: line.at, event: line.event, previous: line.previous, seq: line.seq }));
}

/** Which lines are wanted; every member narrows. */
export interface ActivityFilter {
  /** Every word occurs in the line. */
  readonly text?: string | undefined;
  readonly serverId?: string | undefined;
  readonly caller?: string | undefined;
  readonly tool?: string | undefined;
  readonly group?: ActivityGroup | undefined;
  /** What became of a call. */
  readonly outcome?: ActivityOutcome | undefined;
  /** Milliseconds since the epoch, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Kinds that are looked at together. */
export type ActivityGroup =
  'calls' | 'decisions' | 'definitions' | 'servers' | 'sign-ins' | 'policy' | 'callers' | 'log' | 'other';

/** How a call stands at one of its lines. */
export type ActivityOutcome =
  'sent' | 'completed' | 'failed' | 'cancelled' | 'interrupted' | 'lost' | 'denied' | 'refused' | 'withdrawn';

/** What there is to filter by. */
export interface ActivityFacets {
  readonly servers: readonly string[];
  readonly callers: readonly string[];
}

/** How much is kept; 0 = no limit. */
export interface ActivityRetention {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** How much there is. */
export interface ActivitySize {
  readonly lines: number;
  readonly bytes: number;
}

/** Append-only storage of the log; `append` returns after the line is on disk and throws `storage` when it is not. */
export interface ActivityRows {
  append(at: number, event: ActivityEvent): ActivityLine;
  /** Newest first. */
  page(limit: number, beforeSeq?: number): readonly ActivityLine[];
  /** Oldest first, those after `seq`; from the first without it. */
  after(seq: number | undefined, limit: number): readonly StoredLine[];
  /** Newest first, those that fit the filter with `from` ≤ seq ≤ `to`. */
  find(filter: ActivityFilter, from: number, to: number, limit: number): readonly StoredLine[];
  /** Every line about a job, oldest first. */
  ofJob(jobId: string): readonly StoredLine[];
  get(seq: number): StoredLine | undefined;
  /** How many rows have a number that no line can have. */
  strays(): number;
  /** The end as the head record has it; undefined before the first line. */
  head(): ActivityHead | undefined;
  size(): ActivitySize;
  facets(): ActivityFacets;
  /** The first problem of the whole chain, found in one go: for logs of a few thousand lines; else `verifyActivity`. */
  verify(): { readonly seq: number; readonly problem: string } | undefined;
  /** Removes at most `maxLines` of the oldest lines that retention does not keep and writes what they were; how many it removed. */
  prune(now: number, retention: ActivityRetention, maxLines: number): number;
}
