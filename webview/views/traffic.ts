import { html, nothing, type TemplateResult } from 'lit-html';
import type { FrameView, ServerView } from '../../src/core/dashboard.ts';
import type { TrafficDetail, TrafficMessage, TrafficRow } from '../../src/core/dashboardTraffic.ts';
import { button } from '../components/components.ts';
import { code, foreign } from '../components/foreign.ts';
import { icon, type IconName } from '../components/icons.ts';
import { badge, disclosure, empty, facts, link, subsection } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { bytes, elapsed, shortTimeOfDay, timeOfDay } from '../format.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { nothingLeft } from './emptyStates.ts';
import { filterField, filterOf, masterDetail } from './page.ts';
import { clearTrafficFilter, filteredTraffic, trafficFilters } from './trafficFilters.ts';
import { nothingYet, recordingNotice, trafficActions } from './trafficRecording.ts';

/** The last messages of the connection, requests with their answers, and the exchange that is open. */
export function trafficTab(view: View, server: ServerView, open: string | undefined): TemplateResult {
  if (server.traffic.length === 0) return nothingYet(view, server);
  const go = (key: string | undefined) =>
    view.go({ kind: 'server', serverId: server.id, tab: 'traffic', tool: key });
  const detail = server.openExchange
    ? exchange(view, server, server.openExchange, go)
    : html`<div class="scroll">
        ${empty(open === undefined ? t('traffic.select') : t('traffic.gone'), t('traffic.help'))}
      </div>`;
  return masterDetail(list(view, server, open, go), detail, open !== undefined, () => go(undefined));
}

function list(
  view: View,
  server: ServerView,
  open: string | undefined,
  go: (key: string) => void,
): TemplateResult {
  const key = `traffic:${server.id}`;
  const { dropped } = server.trafficStanding;
  const { rows, isAll } = filteredTraffic(view, server);
  return html`<div class="list-head">${filterField(view, key, 'traffic.filter')}</div>
    ${trafficFilters(view, server)}
    <div class="traffic-tools">
      <span class="quiet" aria-live="polite"
        >${isAll ? nothing : t('traffic.count', rows.length, server.traffic.length)}</span
      >
      <span class="spacer"></span>
      ${trafficActions(view, server)}
      ${button(t('traffic.export'), () => view.act('traffic.export', { serverId: server.id }), {
        kind: 'secondary',
      })}
    </div>
    ${recordingNotice(view, server)}
    ${dropped === 0 ? nothing : html`<p class="quiet small traffic-dropped">${count('traffic.dropped', dropped)}</p>`}
    ${
      rows.length === 0
        ? nothingLeft(
            t('traffic.noMatch'),
            () => clearTrafficFilter(view, server),
            t('traffic.noMatchHelp', server.traffic.length),
          )
        : windowedList(view.list(key), {
            label: t('traffic.list', server.name.text),
            items: rows,
            key: (row) => row.key,
            rowHeight: 26,
            isFollowing: isAll && open === undefined,
            selected: open,
            open: (row) => go(row.key),
            row: trafficLine,
          })
    }`;
}

const outcomeIcons = {
  answered: ['check', 'good'],
  failed: ['error', 'bad'],
  waiting: ['busy', 'quiet'],
  none: ['info', 'quiet'],
  stray: ['warning', 'warn'],
  invalid: ['warning', 'warn'],
} as const satisfies Record<TrafficRow['outcome'], readonly [IconName, 'good' | 'bad' | 'warn' | 'quiet']>;

function trafficLine(row: TrafficRow): TemplateResult {
  const [name, tone] = outcomeIcons[row.outcome];
  const time = timeOfDay(row.at);
  const ms = row.ms === undefined ? '' : elapsed(row.ms);
  const size = bytes(row.bytes);
  const all = [time, ms, size].filter((one) => one !== '').join(' · ');
  return html`<span class="frame exchange ${row.outcome}" title=${all}>
    <span class="quiet number time"
      ><span class="full">${time}</span
      ><span class="short" aria-hidden="true">${shortTimeOfDay(row.at)}</span></span
    >
    ${said(t(`traffic.${row.direction}`), row.direction, row.direction === 'sent' ? 'quiet' : 'plain')}
    <span class="ellipsis ${row.partOf ? 'part' : ''}"
      >${methodText(row)}${
        row.partOf ? html` <span class="quiet small">${t(`traffic.part.${row.partOf.kind}`)}</span>` : nothing
      }</span
    >
    ${said(t(`traffic.outcome.${row.outcome}`), name, tone)}
    <span class="quiet number elapsed">${ms}</span>
    <span class="quiet number size">${size}</span>
  </span>`;
}

function said(
  text: string,
  name: IconName,
  tone: 'plain' | 'good' | 'bad' | 'warn' | 'quiet',
): TemplateResult {
  return html`<span title=${text}>${icon(name, tone)}<span class="sr-only">${text}</span></span>`;
}

function methodText({
  method,
  kind,
}: {
  readonly method: string | undefined;
  readonly kind: string;
}): TemplateResult {
  return method === undefined
    ? html`<span class="quiet">${kind}</span>`
    : html`<code>${foreign(method)}</code>`;
}

function exchange(
  view: View,
  server: ServerView,
  detail: TrafficDetail,
  go: (key: string) => void,
): TemplateResult {
  const target = { serverId: server.id, key: detail.key };
  const { replay, partOf, http } = detail;
  return html`<div class="scroll traffic-detail" data-testid="exchange">
    <header class="detail-head"><h2 tabindex="-1">${methodText(detail)}</h2></header>
    <p class="quiet">
      ${timeOfDay(detail.at)} · ${t(`traffic.${detail.direction}`)} ·
      ${t(`traffic.outcome.${detail.outcome}`)}${errorText(detail)}${
        detail.ms === undefined ? nothing : html` · ${elapsed(detail.ms)}`
      }
      · ${bytes(detail.bytes)}${detail.id === undefined ? nothing : html` · ${badge(foreign(detail.id))}`}
    </p>
    ${
      partOf
        ? html`<p>
            ${t(`traffic.part.${partOf.kind}`)} · ${link(t('traffic.toFirst'), () => go(partOf.key))}
          </p>`
        : nothing
    }
    ${
      replay.kind === 'no'
        ? html`<p class="quiet small">${t(`traffic.replay.${replay.reason}`)}</p>`
        : html`<div class="actions">
            ${button(t('traffic.replay'), () => view.act('traffic.replay', target), {
              kind: 'secondary',
              icon: icon('retry'),
              help: t(`traffic.replay.help.${replay.kind}`),
              isDisabled: view.isBusy('traffic.replay', target),
            })}
          </div>`
    }
    ${body(t(detail.kind === 'request' ? 'traffic.request' : 'traffic.message'), detail.first)}
    ${
      detail.notes.length === 0
        ? nothing
        : disclosure(
            count('traffic.notes', detail.noteCount),
            filterOf(view, 'traffic-notes') !== '',
            (isOpen) =>
              view.update((ui) => withEntry(ui, 'filters', 'traffic-notes', isOpen ? 'on' : undefined)),
            () => detail.notes.map((note) => body(timeOfDay(note.at), note)),
          )
    }
    ${detail.answer ? body(t('traffic.answer'), detail.answer) : nothing}
    ${
      http
        ? html`${headers(t('traffic.requestHeaders'), http.requestHeaders)}
          ${headers(t('traffic.responseHeaders', http.status), http.responseHeaders)}`
        : nothing
    }
  </div>`;
}

/** A code with its name is a fact of the protocol, the same in every language. */
function errorText({ error }: TrafficDetail): TemplateResult | typeof nothing {
  if (!error) return nothing;
  return html` · <code>${error.code}</code>${error.name === undefined ? nothing : ` ${error.name}`}`;
}

function body(title: string, { text, bytes: size }: TrafficMessage): TemplateResult {
  return subsection(html`${title} <span class="quiet">${bytes(size)}</span>`, code(text, title));
}

function headers(
  title: string,
  all: NonNullable<TrafficDetail['http']>['requestHeaders'],
): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  return subsection(
    title,
    facts(all.map(({ name, value }) => [name, html`<code>${foreign(value)}</code>`] as const)),
  );
}

/** One message on one line. */
export function frameLine(frame: FrameView): TemplateResult {
  return html`<span class="frame ${frame.kind}">
    <span class="quiet number">${timeOfDay(frame.at)}</span>
    ${said(t(`traffic.${frame.direction}`), frame.direction, frame.direction === 'sent' ? 'quiet' : 'plain')}
    <span class="ellipsis">${methodText(frame)}</span>
    <span class="quiet number">${frame.id === undefined ? '' : foreign(frame.id)}</span>
    <span class="quiet number">${bytes(frame.bytes)}</span>
  </span>`;
}
