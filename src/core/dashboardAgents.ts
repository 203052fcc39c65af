import type { AgentKind, CallerRecord } from './callerRecord.ts';
import type { ShownText } from './dashboard.ts';
import type { GatewayStatus } from './gatewayLife.ts';
import { shown } from './shown.ts';

/** An agent as a row. */
export interface AgentRow {
  readonly id: string;
  readonly name: string;
  readonly agent: AgentKind;
  /** It called within the last minute. */
  readonly isActive: boolean;
  readonly issuedAt: number;
  readonly lastUsedAt: number | undefined;
  readonly callsToday: number;
  readonly offers:
    | { readonly kind: 'all' }
    | { readonly kind: 'servers'; readonly count: number }
    | { readonly kind: 'preset'; readonly name: ShownText };
  /** 0 = no limit. */
  readonly callsPerMinute: number;
  /** 0 = as long as it takes. */
  readonly approvalTimeoutMs: number;
  readonly questions: 'inbox' | 'caller';
}

/** The page about the agents that use our servers; holds no token. */
export interface AgentsView {
  readonly gateway: {
    readonly mode: 'auto' | 'on' | 'off';
    readonly state: GatewayStatus['kind'];
    readonly port: number | undefined;
    readonly url: string | undefined;
    readonly message: ShownText | undefined;
  };
  readonly agents: readonly AgentRow[];
}

/** Everything that the page is made from. */
export interface AgentsSources {
  readonly callers: readonly CallerRecord[];
  /** Calls since the day began, by the caller's name. */
  readonly calls: ReadonlyMap<string, number>;
  readonly status: GatewayStatus;
  readonly mode: 'auto' | 'on' | 'off';
  readonly now: number;
}

const activeMs = 60_000;

/** The page about agents: who called last comes first. */
export function agentsView({ callers, calls, status, mode, now }: AgentsSources): AgentsView {
  const lastOf = ({ lastUsedAt, issuedAt }: CallerRecord) => lastUsedAt ?? issuedAt;
  return {
    gateway: {
      mode,
      state: status.kind,
      port: status.kind === 'serving' ? status.address.port : 'port' in status ? status.port : undefined,
      url: status.kind === 'serving' ? status.address.url : undefined,
      message: status.kind === 'failed' ? shown(status.message, 500) : undefined,
    },
    agents: callers
      .toSorted((a, b) => lastOf(b) - lastOf(a))
      .map(({ id, name, agent, issuedAt, lastUsedAt, settings }) => ({
        ...{ id, name, agent, issuedAt, lastUsedAt },
        isActive: lastUsedAt !== undefined && now - lastUsedAt < activeMs,
        callsToday: calls.get(name) ?? 0,
        offers:
          settings.offers.kind === 'servers'
            ? { kind: 'servers', count: settings.offers.serverIds.length }
            : settings.offers.kind === 'preset'
              ? { kind: 'preset', name: shown(settings.offers.name, 100) }
              : { kind: 'all' },
        callsPerMinute: settings.callsPerMinute,
        approvalTimeoutMs: settings.approvalTimeoutMs,
        questions: settings.questions,
      })),
  };
}

/** Midnight of a moment, where the user is. */
export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
