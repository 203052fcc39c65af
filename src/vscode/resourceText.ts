import type { OpenResource } from '../core/openResources.ts';
import { forTooltip } from './plainText.ts';
import type { Translate } from './translate.ts';

/** How the status bar shows an open resource; plain text, but for the icon. */
export function liveLabel({ live, problem }: OpenResource, t: Translate): string {
  if (problem !== undefined) return `$(warning) ${t('Resource: not up to date')}`;
  switch (live.kind) {
    case 'live':
      return `$(broadcast) ${t('Resource: live')}`;
    case 'subscribing':
      return `$(sync) ${t('Resource: subscribing')}`;
    case 'not-offered':
      return `$(history) ${t('Resource: as read')}`;
    case 'lost':
      return `$(debug-disconnect) ${t('Resource: connection lost')}`;
  }
}

/** What the label means, and whose resource it is. */
export function liveTooltip(
  one: OpenResource,
  facts: { readonly server: string; readonly detail: string; readonly hidden: number; readonly time: string },
  t: Translate,
): string {
  return [
    forTooltip(one.uri, 500),
    t('Read from {0} at {1}', forTooltip(facts.server, 100), facts.time),
    facts.detail,
    facts.hidden > 0 ? t('{0} hidden characters are shown as <U+…>.', facts.hidden) : '',
    meaning(one, t),
    t('Click to read it again.'),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function meaning({ live, problem }: OpenResource, t: Translate): string {
  if (problem !== undefined) return t('It could not be read again: {0}', forTooltip(problem, 300));
  switch (live.kind) {
    case 'live':
      return t('The server tells when it changes; the document follows.');
    case 'subscribing':
      return t('Asking the server to tell when it changes.');
    case 'not-offered':
      return t('The server does not tell when it changes.');
    case 'lost':
      return live.reason === ''
        ? t('The server is not connected. The document follows again once it is.')
        : t('The server did not agree to tell changes: {0}', forTooltip(live.reason, 300));
  }
}
