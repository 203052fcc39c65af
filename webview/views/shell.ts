import { html, nothing, type TemplateResult } from 'lit-html';
import type { Page } from '../../src/core/dashboard.ts';
import { button, ring } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { notice } from '../components/parts.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { activityPage } from './activity.ts';
import { agentsPage } from './agents.ts';
import { installPage } from './install.ts';
import { jobsView } from './jobs.ts';
import { registryView } from './registry.ts';
import { requestsView } from './requests.ts';
import { serverView } from './server.ts';
import { serversView } from './servers.ts';

/** Something that went wrong and has not been dismissed. */
export interface ShownError {
  readonly id: number;
  readonly text: string;
  readonly dismiss: () => void;
}

/** The frame of every page: navigation, errors, the page itself, and the voice for screen readers. */
export function shell(view: View | undefined, errors: readonly ShownError[], live: string): TemplateResult {
  return html`${view ? navigation(view) : nothing}
    <div class="errors">
      ${errors.map((error) =>
        notice(
          'bad',
          html`<span>${foreign(visibleText(error.text, { maxLength: 2000 }).text)}</span
            >${button(t('app.dismiss'), error.dismiss, { kind: 'icon', icon: icon('close') })}`,
          'alert',
        ),
      )}
    </div>
    <div class="page">${view ? page(view) : html`<div class="empty">${ring(t('app.loading'))}</div>`}</div>
    <div class="sr-only" role="status" aria-live="polite">${live}</div>`;
}

function page(view: View): TemplateResult {
  const { page: at } = view.state;
  switch (at.kind) {
    case 'servers':
      return serversView(view);
    case 'server':
      return serverView(view, at);
    case 'jobs':
      return jobsView(view, at.jobId);
    case 'requests':
      return requestsView(view, at.requestId);
    case 'registry':
      return registryView(view, at);
    case 'activity':
      return activityPage(view, at.seq);
    case 'install':
      return installPage(view);
    case 'agents':
      return agentsPage(view);
  }
}

function navigation(view: View): TemplateResult {
  const { page: at, jobs, requests } = view.state;
  const item = (label: string, name: string, page: Page, isHere: boolean, count: number) =>
    html`<button
      type="button"
      class="nav-item"
      aria-current=${isHere ? 'page' : nothing}
      aria-label=${count > 0 ? name : label}
      @click=${() => view.go(page)}
    >
      ${label}${count > 0 ? html` <span class="pill">${count}</span>` : nothing}
    </button>`;
  return html`<nav class="nav" aria-label=${t('app.nav')}>
    ${item(t('nav.servers'), t('nav.servers'), { kind: 'servers' }, at.kind === 'servers' || at.kind === 'server', 0)}
    ${item(t('nav.registry'), t('nav.registry'), { kind: 'registry', entry: undefined }, at.kind === 'registry' || at.kind === 'install', 0)}
    ${item(t('nav.jobs'), t('nav.jobsCount', jobs.open.length), { kind: 'jobs', jobId: undefined }, at.kind === 'jobs', jobs.open.length)}
    ${item(t('nav.requests'), t('nav.requestsCount', requests.length), { kind: 'requests', requestId: undefined }, at.kind === 'requests', requests.length)}
    ${item(t('nav.activity'), t('nav.activity'), { kind: 'activity', seq: undefined }, at.kind === 'activity', 0)}
    ${item(t('nav.agents'), t('nav.agents'), { kind: 'agents' }, at.kind === 'agents', 0)}
  </nav>`;
}
