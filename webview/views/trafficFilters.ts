import { html, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { TrafficRow } from '../../src/core/dashboardTraffic.ts';
import { dropdown } from '../components/components.ts';
import { t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { filterOf, matches } from './page.ts';

const slowMs = 1_000;
const directions = ['all', 'sent', 'received'] as const;
const kinds = ['all', 'request', 'notification', 'failure', 'slow'] as const;

type Direction = (typeof directions)[number];
type Kind = (typeof kinds)[number];

const keysOf = ({ id }: ServerView) => ({
  text: `traffic:${id}`,
  direction: `traffic-direction:${id}`,
  kind: `traffic-kind:${id}`,
});

/** The rows that every filter lets through; `isAll` while none is set. */
export function filteredTraffic(
  view: View,
  server: ServerView,
): { readonly rows: readonly TrafficRow[]; readonly isAll: boolean } {
  const text = filterOf(view, keysOf(server).text);
  const { direction, kind } = chosen(view, server);
  const rows = server.traffic.filter(
    (row) => isOfDirection(row, direction) && isOfKind(row, kind) && hasText(row, text),
  );
  return { rows, isAll: text === '' && direction === 'all' && kind === 'all' };
}

/** Direction and kind, each choice with how many messages it would show beside the other filters. */
export function trafficFilters(view: View, server: ServerView): TemplateResult {
  const keys = keysOf(server);
  const { direction, kind } = chosen(view, server);
  const text = filterOf(view, keys.text);
  const rows = server.traffic.filter((row) => hasText(row, text));
  const set = (key: string) => (value: string) =>
    view.update((ui) => withEntry(ui, 'filters', key, value === 'all' ? undefined : value));
  const countOf = (of: Direction, what: Kind) =>
    rows.filter((row) => isOfDirection(row, of) && isOfKind(row, what)).length;
  return html`<div class="traffic-tools">
    ${dropdown({
      name: t('traffic.direction'),
      value: direction,
      options: directions.map((value) => ({
        value,
        label: t(`traffic.direction.${value}`, countOf(value, kind)),
      })),
      onChange: set(keys.direction),
    })}
    ${dropdown({
      name: t('traffic.kind'),
      value: kind,
      options: kinds.map((value) => ({
        value,
        label: t(`traffic.kind.${value}`, countOf(direction, value)),
      })),
      onChange: set(keys.kind),
    })}
  </div>`;
}

/** Shows every message again. */
export function clearTrafficFilter(view: View, server: ServerView): void {
  view.update((ui) =>
    Object.values(keysOf(server)).reduce((state, key) => withEntry(state, 'filters', key, undefined), ui),
  );
}

function chosen(view: View, server: ServerView): { readonly direction: Direction; readonly kind: Kind } {
  const keys = keysOf(server);
  return {
    direction: directions.find((one) => one === filterOf(view, keys.direction)) ?? 'all',
    kind: kinds.find((one) => one === filterOf(view, keys.kind)) ?? 'all',
  };
}

function hasText(row: TrafficRow, text: string): boolean {
  return matches(text, [
    row.method,
    row.id,
    t(`traffic.${row.direction}`),
    t(`traffic.outcome.${row.outcome}`),
  ]);
}

function isOfDirection(row: TrafficRow, direction: Direction): boolean {
  return direction === 'all' || row.direction === direction;
}

function isOfKind({ kind, outcome, ms }: TrafficRow, wanted: Kind): boolean {
  switch (wanted) {
    case 'all':
      return true;
    case 'request':
    case 'notification':
      return kind === wanted;
    case 'failure':
      return outcome === 'failed' || outcome === 'invalid';
    case 'slow':
      return ms !== undefined && ms > slowMs;
  }
}
