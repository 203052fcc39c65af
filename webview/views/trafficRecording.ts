import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { empty, link, notice } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { moreButton, notConnected } from './emptyStates.ts';

/** Pause or resume, and clear. */
export function trafficActions(view: View, server: ServerView): TemplateResult {
  const { recording } = server.trafficStanding;
  const clear = () => {
    view.act('traffic.clear', { serverId: server.id });
    view.announce(t('traffic.cleared'));
  };
  return html`${recording === 'off' ? nothing : pauseButton(view, server)}
  ${button(t('traffic.clear'), clear, { kind: 'secondary' })}`;
}

/** Why no more messages come, above those that are kept. */
export function recordingNotice(view: View, server: ServerView): TemplateResult | typeof nothing {
  switch (server.trafficStanding.recording) {
    case 'on':
      return nothing;
    case 'paused':
      return notice('info', html`${t('traffic.isPaused')} ${t('traffic.pausedHelp')}`);
    case 'off':
      return notice('info', html`${t('traffic.off')} ${link(t('traffic.openSettings'), openSettings(view))}`);
  }
}

/** The tab without a message: recording is off, paused, or nothing was said yet. */
export function nothingYet(view: View, server: ServerView): TemplateResult {
  const { recording } = server.trafficStanding;
  if (recording === 'off')
    return scroll(
      empty(
        t('traffic.off'),
        t('traffic.offHelp'),
        button(t('traffic.openSettings'), openSettings(view), { kind: 'primary' }),
      ),
    );
  if (recording === 'paused')
    return scroll(empty(t('traffic.isPaused'), t('traffic.pausedHelp'), pauseButton(view, server)));
  if (server.state === 'starting') return notConnected(view, server);
  return scroll(empty(t('traffic.none'), t('traffic.noneHelp'), moreButton(view, server)));
}

function scroll(content: TemplateResult): TemplateResult {
  return html`<div class="scroll">${content}</div>`;
}

function openSettings(view: View): () => void {
  return () => view.act('traffic.openSettings', {});
}

function pauseButton(view: View, server: ServerView): TemplateResult {
  const isPaused = server.trafficStanding.recording !== 'paused';
  return button(
    t(isPaused ? 'traffic.pause' : 'traffic.resume'),
    () => {
      view.act('traffic.pause', { serverId: server.id, isPaused });
      view.announce(t(isPaused ? 'traffic.isPaused' : 'traffic.resumed'));
    },
    { kind: 'secondary' },
  );
}
