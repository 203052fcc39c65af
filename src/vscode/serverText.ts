import type { ToolHints } from '../core/connection.ts';
import type { Offer, ServerState } from '../core/connections.ts';
import type { Source } from '../core/server.ts';
import { dotted, icon, type NodeIcon } from './nodeView.ts';
import { forTree } from './plainText.ts';
import type { Translate } from './translate.ts';

/** A server's state in words. */
export function stateText(state: ServerState, t: Translate): string {
  switch (state.kind) {
    case 'stopped':
      return t('stopped');
    case 'starting':
      return t('connecting…');
    case 'needs-sign-in':
      return t('sign-in needed');
    case 'ready':
      return t('connected');
    case 'retrying':
      return t('connection lost, trying again ({0})', state.attempt);
    case 'failed':
      return t('failed: {0}', forTree(state.cause, 300));
    case 'blocked':
      return t('blocked: {0}', forTree(state.reason, 300));
  }
}

/** A server's state in one word or two, without the cause. */
export function stateWord(kind: ServerState['kind'], t: Translate): string {
  return {
    stopped: t('stopped'),
    starting: t('connecting…'),
    'needs-sign-in': t('sign-in needed'),
    ready: t('connected'),
    retrying: t('connection lost'),
    failed: t('failed'),
    blocked: t('blocked'),
  }[kind];
}

/** A server's state as an icon; every state has its own shape, the colour only adds to it. */
export function stateIcon(state: ServerState): NodeIcon {
  switch (state.kind) {
    case 'stopped':
      return icon('circle-outline', 'disabledForeground');
    case 'starting':
      return icon('loading~spin');
    case 'needs-sign-in':
      return icon('key', 'problemsWarningIcon.foreground');
    case 'ready':
      return icon('pass-filled', 'testing.iconPassed');
    case 'retrying':
      return icon('sync', 'problemsWarningIcon.foreground');
    case 'failed':
      return icon('error', 'problemsErrorIcon.foreground');
    case 'blocked':
      return icon('circle-slash', 'problemsErrorIcon.foreground');
  }
}

/** How much a server offers. */
export function countText(offer: Offer, t: Translate): string {
  const tools = offer.tools.items.length;
  const resources = offer.resources.items.length + offer.resourceTemplates.items.length;
  const prompts = offer.prompts.items.length;
  return dotted(
    tools === 1 ? t('1 tool') : t('{0} tools', tools),
    resources === 0 ? undefined : resources === 1 ? t('1 resource') : t('{0} resources', resources),
    prompts === 0 ? undefined : prompts === 1 ? t('1 prompt') : t('{0} prompts', prompts),
  );
}

/** The claims of a server about a tool, in words; empty when it claims nothing. */
export function hintsText(hints: ToolHints, t: Translate): string {
  return [
    hints.readOnly === true ? t('read-only') : hints.readOnly === false ? t('changes things') : undefined,
    hints.destructive === true
      ? t('destructive')
      : hints.destructive === false
        ? t('not destructive')
        : undefined,
    hints.idempotent === true
      ? t('idempotent')
      : hints.idempotent === false
        ? t('not idempotent')
        : undefined,
    hints.openWorld === true
      ? t('reaches the outside')
      : hints.openWorld === false
        ? t('stays inside')
        : undefined,
  ]
    .filter((word) => word !== undefined)
    .join(', ');
}

/** Where a server is configured, short: the last two parts of the path, from the folder on in a workspace folder, which others are like. */
export function originOf({ file, folder }: Source): string {
  const parts = file.split(/[\\/]/);
  const above = folder?.replace(/[\\/]+$/, '').split(/[\\/]/).length;
  return parts.slice(above === undefined ? -2 : above - 1).join('/');
}
