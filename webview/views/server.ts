import { html, nothing, type TemplateResult } from 'lit-html';
import type { Page, ServerView } from '../../src/core/dashboard.ts';
import { button, checkbox } from '../components/components.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, empty, link, notice } from '../components/parts.ts';
import { tabs } from '../components/tabs.ts';
import { duration } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { authTab } from './auth.ts';
import { doctorTab } from './doctor.ts';
import { diagnose } from './emptyStates.ts';
import { identityTab } from './identity.ts';
import { qualityTab } from './quality.ts';
import { overviewTab } from './serverOverview.ts';
import { promptsTab } from './prompts.ts';
import { resourcesTab } from './resources.ts';
import { eraBadge, stateIcon, stateWord } from './serverState.ts';
import { toolsTab } from './serverTools.ts';
import { trafficTab } from './traffic.ts';
import { tellingVerdict } from './verdict.ts';

type ServerPage = Extract<Page, { kind: 'server' }>;

/** The page of one server. */
export function serverView(view: View, page: ServerPage): TemplateResult {
  const { server } = view.state;
  if (!server) {
    return html`<div class="page-column">
      ${empty(
        t('server.gone'),
        undefined,
        button(t('server.showAll'), () => view.go({ kind: 'servers' })),
      )}
    </div>`;
  }
  const go = (tab: ServerPage['tab']) =>
    view.go({ kind: 'server', serverId: server.id, tab, tool: tab === 'tools' ? page.tool : undefined });
  const isKnown = server.toolCount !== undefined;
  const { counts } = server;
  return html`<div class="page-column">
    ${head(view, server)}
    ${tabs(
      t('server.tabs'),
      [
        { key: 'overview', label: t('server.tab.overview') },
        { key: 'tools', label: t('server.tab.tools'), count: isKnown ? counts.tools : undefined },
        { key: 'resources', label: t('server.tab.resources'), count: isKnown ? counts.resources : undefined },
        { key: 'prompts', label: t('server.tab.prompts'), count: isKnown ? counts.prompts : undefined },
        { key: 'identity', label: t('server.tab.identity') },
        ...(server.launch.kind === 'http'
          ? [{ key: 'sign-in', label: t('server.tab.sign-in') } as const]
          : []),
        { key: 'doctor', label: t('server.tab.doctor') },
        { key: 'quality', label: t('server.tab.quality') },
        { key: 'traffic', label: t('server.tab.traffic') },
      ] as const,
      page.tab,
      go,
    )}
    <div class="panel" id="panel" role="tabpanel" aria-labelledby="tab-${page.tab}">
      ${panel(view, page, server)}
    </div>
  </div>`;
}

function panel(view: View, page: ServerPage, server: ServerView): TemplateResult {
  switch (page.tab) {
    case 'overview':
      return overviewTab(view, server);
    case 'tools':
      return toolsTab(view, server, page.tool);
    case 'resources':
      return resourcesTab(view, server);
    case 'prompts':
      return promptsTab(view, server, page.tool);
    case 'identity':
      return identityTab(view, server);
    case 'sign-in':
      return authTab(view, server);
    case 'doctor':
      return doctorTab(view, server);
    case 'quality':
      return qualityTab(view, server);
    case 'traffic':
      return trafficTab(view, server, page.tool);
  }
}

function head(view: View, server: ServerView): TemplateResult {
  return html`<header class="page-head">
      <nav class="crumbs" aria-label=${t('app.crumbs')}>
        ${link(t('servers.title'), () => view.go({ kind: 'servers' }))}<span aria-hidden="true">›</span>
      </nav>
      <div class="title-line">
        ${stateIcon(server.state)}
        <h1 tabindex="-1">${foreign(server.name)}</h1>
        ${tellingVerdict(server.verdict)} ${eraBadge(server.era)}
        ${server.protocolVersion ? badge(foreign(server.protocolVersion)) : nothing}
        <span class="spacer"></span>
        <div class="actions">${actions(view, server)}</div>
      </div>
    </header>
    ${stateNotice(view, server)} ${server.isChanged ? notice('warn', t('server.changed')) : nothing}
    ${server.sameName.map((file) => notice('info', rich('server.sameName', foreign(file))))}`;
}

function actions(view: View, server: ServerView): TemplateResult {
  const target = { serverId: server.id };
  const isUp = server.state === 'ready' || server.state === 'starting' || server.state === 'retrying';
  const isBlocked = server.state === 'blocked';
  const signIn = { ...target, command: 'signIn' } as const;
  return html`${checkbox({
    label: t('server.autostart'),
    isChecked: server.isAutostart,
    isDisabled: isBlocked,
    onChange: (on) => view.act('server.setAutostart', { ...target, on }),
  })}
  ${
    isUp
      ? html`${button(t('server.restart'), () => view.act('server.restart', target), { icon: icon('retry'), isDisabled: view.isBusy('server.restart', target) })}
        ${button(t('server.stop'), () => view.act('server.stop', target), { icon: icon('stop'), isDisabled: view.isBusy('server.stop', target) })}`
      : server.state === 'needs-sign-in'
        ? button(t('auth.signIn'), () => view.act('auth.run', signIn), {
            kind: 'primary',
            icon: icon('key'),
            isDisabled: view.isBusy('auth.run', signIn),
            testId: 'sign-in-now',
          })
        : button(t('server.start'), () => view.act('server.start', target), {
            kind: 'primary',
            icon: icon('play'),
            isDisabled: isBlocked || view.isBusy('server.start', target),
            testId: 'start',
          })
  }`;
}

/** How the server stands, why, and what to do next; a connected server needs no words. */
function stateNotice(view: View, server: ServerView): TemplateResult | typeof nothing {
  if (server.state === 'ready') return nothing;
  const tone =
    server.state === 'failed' || server.state === 'blocked'
      ? 'bad'
      : server.state === 'stopped' || server.state === 'starting'
        ? 'info'
        : 'warn';
  const wait = server.retryAt === undefined ? 0 : server.retryAt - view.now();
  const next = server.nextStep ? foreign(server.nextStep) : t(`next.${server.state}`);
  return notice(
    tone,
    html`<div class="state-notice">
      <span
        >${server.state === 'retrying' && wait > 0 ? html`<span class="strong">${t('state.retryIn', duration(wait))}</span>` : stateWord(server)}${
          server.stateText === '' ? nothing : html`: ${foreign(server.stateText)}`
        }</span
      >
      <span class="quiet">${next}</span>
      ${server.state === 'stopped' || server.state === 'starting' ? nothing : link(t('server.log'), () => view.act('server.showLog', { serverId: server.id }))}
      ${server.state === 'stopped' || server.state === 'starting' ? nothing : link(t('doctor.diagnose'), () => diagnose(view, server.id))}
    </div>`,
  );
}
