import type { Caller } from './caller.ts';
import type { Sha256 } from './ports.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/** What the activity log records; arguments appear as hash and redacted preview only. */
export type ActivityEvent =
  | {
      readonly kind: 'call';
      readonly jobId: string;
      readonly serverId: string;
      readonly tool: string;
      readonly caller: Caller;
      readonly rule: string;
      readonly launchHash: string;
      readonly definitionHash: string;
      readonly argumentsHash: string;
      readonly preview: string;
    }
  | {
      readonly kind: 'call-denied';
      readonly serverId: string;
      readonly tool: string;
      readonly caller: Caller;
      readonly rule: string;
      readonly argumentsHash: string;
      readonly preview: string;
    }
  | { readonly kind: 'call-ended'; readonly jobId: string; readonly status: string; readonly ms: number }
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
      readonly kind: 'consent';
      readonly serverId: string;
      readonly launchHash: string;
      readonly granted: boolean;
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
  readonly event: ActivityEvent;
  readonly previous: string;
  readonly hash: string;
}

/** The hash of a line: SHA-256 over its canonical JSON without `hash`. */
export function lineHash(line: Omit<ActivityLine, 'hash'>, sha256: Sha256): string {
  return sha256(canonicalJson({ at: line.at, event: line.event, previous: line.previous, seq: line.seq }));
}

/** Append-only storage of the log; `append` returns after the line is on disk and throws `storage` when it is not. */
export interface ActivityRows {
  append(at: number, event: ActivityEvent): ActivityLine;
  /** Newest first. */
  page(limit: number, beforeSeq?: number): readonly ActivityLine[];
  /** The first line whose hash or order is wrong; undefined when the chain holds. */
  verify(): { readonly seq: number; readonly problem: string } | undefined;
}
