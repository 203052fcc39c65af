import { l10n } from 'vscode';
import type { AgentKind, CallerSettings } from '../core/callerRecord.ts';
import type { GatewayStatus } from '../core/gatewayLife.ts';

/** An agent's name for people. */
export function agentName(agent: AgentKind): string {
  switch (agent) {
    case 'vscode':
      return 'VS Code';
    case 'claude-code':
      return 'Claude Code';
    case 'codex':
      return 'Codex';
    case 'cursor':
      return 'Cursor';
    case 'cline':
      return 'Cline';
    case 'other':
      return l10n.t('Another agent');
  }
}

/** Where the gateway stands, in one line. */
export function gatewayLine(status: GatewayStatus, agents: number): string {
  switch (status.kind) {
    case 'off':
      return l10n.t('Gateway: off');
    case 'starting':
      return l10n.t('Gateway: starting');
    case 'serving':
      return l10n.t('Gateway: port {0}, agents: {1}', status.address.port, agents);
    case 'elsewhere':
      return l10n.t('Gateway: served by another window, agents: {0}', agents);
    case 'port-taken':
      return l10n.t('Gateway: port {0} is taken by another program', status.port);
    case 'failed':
      return l10n.t('Gateway: {0}', status.message);
  }
}

/** What a caller is given, in one line. */
export function settingsLine({
  offers,
  callsPerMinute,
  approvalTimeoutMs,
  questions,
}: CallerSettings): string {
  const parts = [
    offers.kind === 'all'
      ? l10n.t('all servers')
      : offers.kind === 'preset'
        ? l10n.t('preset {0}', offers.name)
        : l10n.t('servers: {0}', offers.serverIds.length),
    callsPerMinute === 0 ? l10n.t('no limit') : l10n.t('{0} calls a minute', callsPerMinute),
    approvalTimeoutMs === 0
      ? l10n.t('waits for approval')
      : l10n.t('waits {0} s for approval', approvalTimeoutMs / 1000),
    questions === 'inbox' ? l10n.t('questions in the inbox') : l10n.t('answers questions itself'),
  ];
  return parts.join(' · ');
}
