import { html, svg, type TemplateResult } from 'lit-html';
import type { ProgressPoint } from '../../src/core/jobs.ts';
import { duration, number, percent } from '../format.ts';
import { t } from '../strings.ts';
import { chartPoints } from './chartPoints.ts';

const width = 600;
const height = 96;

/** Progress over time as a small line; the text says the same. */
export function progressChart(history: readonly ProgressPoint[]): TemplateResult {
  const { points, top, total } = chartPoints(history, width, height);
  const first = history[0];
  const last = history.at(-1);
  const value = (point: ProgressPoint | undefined) =>
    point ? (total === undefined ? number(point.progress) : percent(point.progress / total)) : '';
  const span = duration((last?.at ?? 0) - (first?.at ?? 0));
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return html`<figure class="chart" role="img" aria-label=${t('job.chart', value(first), value(last), span)}>
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      ${[0.25, 0.5, 0.75].map((share) => svg`<line class="grid-line" x1="0" x2=${width} y1=${height * share} y2=${height * share} />`)}
      <polygon class="chart-area" points="0,${height} ${line} ${points.at(-1)?.x ?? 0},${height}" />
      <polyline class="chart-line" points=${line} />
    </svg>
    <span class="chart-top quiet small number" aria-hidden="true"
      >${total === undefined ? number(top) : '100 %'}</span
    >
    <span class="chart-span quiet small number" aria-hidden="true"
      ><span>0:00</span><span>${span}</span></span
    >
  </figure>`;
}
