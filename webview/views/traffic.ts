import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import { code, foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { empty } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { bytes, timeOfDay } from '../format.ts';
import { t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { filterOf, masterDetail } from './page.ts';

type Frame = ServerView['traffic'][number];

/** The last messages of the connection, and the one that is chosen. */
export function trafficTab(view: View, server: ServerView): TemplateResult {
  if (server.traffic.length === 0) return html`<div class="scroll">${empty(t('traffic.none'))}</div>`;
  const key = `traffic:${server.id}`;
  const chosen = filterOf(view, key);
  const choose = (frame: string | undefined) => view.update((ui) => withEntry(ui, 'filters', key, frame));
  const frame = server.traffic.find((one) => frameKey(one) === chosen);
  const list = windowedList(view.list(key), {
    label: t('traffic.list'),
    items: server.traffic,
    key: frameKey,
    rowHeight: 26,
    isFollowing: true,
    selected: chosen,
    open: (one) => choose(frameKey(one)),
    row: frameLine,
  });
  const detail = frame
    ? html`<div class="scroll">
        <p class="quiet">
          ${timeOfDay(frame.at)} · ${t(`traffic.${frame.direction}`)} ·
          ${frame.kind}${frame.method ? html` · ${foreign(frame.method)}` : nothing} · ${bytes(frame.bytes)}
        </p>
        ${code(pretty(frame.text), t('traffic.list'))}
      </div>`
    : html`<div class="scroll">${empty(t('traffic.select'), t('traffic.help'))}</div>`;
  return masterDetail(list, detail, frame !== undefined, () => choose(undefined));
}

/** One message on one line. */
export function frameLine(frame: Frame): TemplateResult {
  return html`<span class="frame ${frame.kind}">
    <span class="quiet number">${timeOfDay(frame.at)}</span>
    <span title=${t(`traffic.${frame.direction}`)}
      >${icon(frame.direction, frame.direction === 'sent' ? 'quiet' : 'plain')}<span class="sr-only"
        >${t(`traffic.${frame.direction}`)}</span
      ></span
    >
    <span class="ellipsis"
      >${frame.method ? html`<code>${foreign(frame.method)}</code>` : html`<span class="quiet">${frame.kind}</span>`}</span
    >
    <span class="quiet number">${frame.id === undefined ? '' : foreign(frame.id)}</span>
    <span class="quiet number">${bytes(frame.bytes)}</span>
  </span>`;
}

function frameKey(frame: Frame): string {
  return `${frame.at} ${frame.direction} ${frame.id ?? ''} ${frame.bytes}`;
}

/** JSON on several lines; anything else as it came. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
