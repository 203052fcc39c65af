import { html, nothing, type TemplateResult } from 'lit-html';
import type { ActivityRow, ActivityView } from '../../src/core/dashboardActivity.ts';
import { button, checkbox, ring } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, empty } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { bytes, dateTime, elapsed, number, pageLocale, timeOfDay } from '../format.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { activityDetail } from './activityDetail.ts';
import { clearFilters, filterBar, filterKey, filterOf, isFiltered } from './activityFilters.ts';
import { verifyNotice } from './activityVerify.ts';
import { kindIcon, kindWord, outcomeWord } from './activityWords.ts';
import { nothingLeft } from './emptyStates.ts';
import { masterDetail } from './page.ts';

const listKey = 'activity';
const rowHeight = 46;
const pausedKey = 'activity:paused';

/** The activity log, newest first, and the line that is chosen. */
export function activityPage(view: View, seq: number | undefined): TemplateResult {
  const { activity } = view.state;
  if (!activity) return html`<div class="empty">${ring(t('app.loading'))}</div>`;
  const isFollowing = view.ui.expanded[pausedKey] !== true;
  follow(view, activity, isFollowing);
  const detail =
    activity.open === undefined
      ? html`<div class="scroll">${empty(t('activity.select'))}</div>`
      : activity.open === 'gone'
        ? html`<div class="scroll">${empty(t('activity.gone'))}</div>`
        : activityDetail(view, activity.open);
  return html`<div class="page-column activity">
    <div class="toolbar">
      <h1 tabindex="-1">${t('activity.title')}</h1>
      <span class="quiet small activity-size">${sizeText(activity)}</span>
      <span class="spacer"></span>
      ${checkbox({
        label: t('activity.follow'),
        isChecked: isFollowing,
        help: t('activity.followHelp'),
        onChange: (isOn) =>
          view.update((ui) => withEntry(ui, 'expanded', pausedKey, isOn ? undefined : true)),
      })}
      ${button(t('activity.verify'), () => view.act('activity.verify', {}), {
        icon: icon('shield'),
        help: t('activity.verifyHelp'),
        isDisabled: activity.verify.kind === 'running',
      })}
      ${button(isFiltered(view.ui) ? t('activity.exportShown') : t('activity.export'), () =>
        view.act('activity.export', { filter: filterOf(view.ui, view.now()) }),
      )}
    </div>
    ${verifyNotice(view, activity)}
    ${
      activity.head === 0
        ? empty(
            t('activity.none'),
            t('activity.noneHelp'),
            button(t('activity.start'), () => view.go({ kind: 'servers' })),
          )
        : html`${filterBar(view, activity)}
          ${masterDetail(list(view, activity, seq), detail, seq !== undefined, () => view.go({ kind: 'activity', seq: undefined }))}`
    }
  </div>`;
}

/** While somebody reads further down, the list stands still. */
function follow(view: View, activity: ActivityView, isFollowing: boolean): void {
  const state = view.list(listKey);
  const isAtTop = state.scrollTop < rowHeight;
  const isNew = view.lines.follow(
    filterKey(view.ui),
    () => filterOf(view.ui, view.now()),
    activity.head,
    isFollowing && isAtTop,
  );
  if (!isNew) return;
  state.scrollTop = 0;
  state.active = undefined;
  if (state.element) state.element.scrollTop = 0;
}

function sizeText({ lines, bytes: size, retention }: ActivityView): string {
  const days = Math.round(retention.maxAgeMs / 86_400_000);
  const keeps =
    retention.maxAgeMs > 0 && retention.maxBytes > 0
      ? t('activity.keeps', days, bytes(retention.maxBytes))
      : retention.maxAgeMs > 0
        ? t('activity.keepsDays', days)
        : retention.maxBytes > 0
          ? t('activity.keepsBytes', bytes(retention.maxBytes))
          : t('activity.keepsAll');
  return `${t('activity.size', number(lines), bytes(size))} · ${keeps}`;
}

function list(view: View, activity: ActivityView, seq: number | undefined): TemplateResult {
  const { lines } = view;
  if (lines.error !== undefined) {
    return empty(
      foreign(t('activity.failed', lines.error)),
      undefined,
      button(t('activity.retry'), () => lines.retry()),
    );
  }
  if (!lines.isAnswered && lines.rows.length === 0)
    return html`<div class="empty">${ring(t('app.loading'))}</div>`;
  const waiting = activity.head - lines.seen;
  const top =
    waiting > 0 &&
    lines.isAnswered &&
    !(view.ui.expanded[pausedKey] !== true && view.list(listKey).scrollTop < rowHeight)
      ? html`<div class="activity-new">
          ${button(count('activity.new', waiting), () => showNewest(view), { icon: icon('up') })}
        </div>`
      : nothing;
  if (lines.rows.length === 0)
    return html`${top}${nothingLeft(t('activity.noMatch'), () => clearFilters(view))}`;
  const state = view.list(listKey);
  if (lines.hasMore && state.scrollTop + 2 * state.height > lines.rows.length * rowHeight) lines.older();
  return html`${top}${windowedList<ActivityRow>(state, {
    label: t('activity.list'),
    items: lines.rows,
    key: (row) => String(row.seq),
    rowHeight,
    selected: seq === undefined ? undefined : String(seq),
    open: (row) => view.go({ kind: 'activity', seq: row.seq }),
    row: (row) => line(view, row),
  })}`;
}

function showNewest(view: View): void {
  const state = view.list(listKey);
  state.scrollTop = 0;
  if (state.element) state.element.scrollTop = 0;
  view.lines.newer();
}

function line(view: View, row: ActivityRow): TemplateResult {
  const isToday = new Date(row.at).toDateString() === new Date(view.now()).toDateString();
  const what = row.tool ?? row.serverName;
  const parts = [
    row.tool === undefined ? undefined : row.serverName,
    row.caller === undefined ? undefined : row.caller,
    row.summary,
  ].filter((part) => part !== undefined);
  return html`<div class="row-icon">${kindIcon(row)}</div>
    <div class="row-main">
      <div class="row-title">
        <span class="ellipsis"
          >${row.state === 'unknown' ? foreign(row.kind) : kindWord(row)}${what === undefined ? nothing : html` <span class="strong">${foreign(what)}</span>`}</span
        >
        ${row.state === 'unknown' ? badge(t('activity.unknown'), { tone: 'warn', help: t('activity.unknownHelp') }) : nothing}
        ${row.kind === 'call-ended' && row.outcome !== undefined ? html`<span class="quiet">${outcomeWord(row.outcome)}</span>` : nothing}
      </div>
      <div class="row-sub ellipsis quiet">
        ${parts.map((part, i) => html`${i > 0 ? ' · ' : nothing}${foreign(part)}`)}
      </div>
    </div>
    <div class="row-end">
      ${row.ms === undefined ? nothing : html`<span class="quiet number">${elapsed(row.ms)}</span>`}
      <time class="quiet number" title=${dateTime(row.at)}
        >${isToday ? timeOfDay(row.at) : shortDate(row.at)}</time
      >
    </div>`;
}

function shortDate(at: number): string {
  return new Date(at).toLocaleString(pageLocale(), {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}
