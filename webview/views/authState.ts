import { html, nothing, type TemplateResult } from 'lit-html';
import type { ShownText } from '../../src/core/dashboard.ts';
import type { AuthAddressView, AuthPageView, AuthStateView } from '../../src/core/dashboardAuth.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, facts, section } from '../components/parts.ts';
import { dateTime } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { withEntry } from '../viewState.ts';

/** An address; a host that is not the server's is marked. */
export function address({ text, foreignHost }: AuthAddressView): TemplateResult {
  return html`${foreign(text)}${
    foreignHost
      ? html` ${badge(html`${icon('external')} ${t('auth.otherHost')}`, { tone: 'warn', help: t('auth.otherHostName', foreignHost.text) })}`
      : nothing
  }`;
}

/** Scopes as a list for the eye. */
export function scopeList(scopes: readonly ShownText[], tone: 'plain' | 'warn' = 'plain'): TemplateResult {
  return html`<span class="scopes"
    >${scopes.length === 0 ? html`<span class="quiet">${t('auth.noScopes')}</span>` : scopes.map((scope) => badge(foreign(scope), { tone }))}</span
  >`;
}

/** What is stored of a sign-in. */
export function authState(view: View, page: AuthPageView, state: AuthStateView): TemplateResult {
  const { client, audience, challenge, expiresAt, foreignHosts, claims } = state;
  const isIn = state.status !== 'signed-out';
  const isOver = expiresAt !== undefined && expiresAt <= view.now();
  return section(
    t('auth.now'),
    html`${facts([
      [t('auth.server'), page.server && address(page.server)],
      [t('auth.issuer'), state.issuer && address(state.issuer)],
      [t('auth.account'), state.account && foreign(state.account)],
      [
        t('auth.client'),
        client &&
          html`${rich('auth.clientHow', foreign(client.id), t(`auth.registration.${client.registration}`))}${
            client.hasSecret ? html` · ${t('auth.withSecret')}` : nothing
          }`,
      ],
      [t('auth.granted'), isIn ? scopeList(state.granted) : undefined],
      [t('auth.needed'), state.needed.length > 0 ? scopeList(state.needed) : undefined],
      [t('auth.missing'), state.missing.length > 0 ? scopeList(state.missing, 'warn') : undefined],
      [t('auth.audience'), isIn ? audienceText(audience) : undefined],
      [t('auth.resource'), isIn && state.resource ? address(state.resource) : undefined],
      [t('auth.obtained'), state.obtainedAt === undefined ? undefined : dateTime(state.obtainedAt)],
      [
        t('auth.expires'),
        !isIn
          ? undefined
          : expiresAt === undefined
            ? html`<span class="quiet">${t('auth.expiresUnsaid')}</span>`
            : isOver
              ? t('auth.expired', dateTime(expiresAt))
              : dateTime(expiresAt),
      ],
      [t('auth.renewal'), isIn ? t(state.canRefresh ? 'auth.renewal.yes' : 'auth.renewal.no') : undefined],
      [
        t('auth.token'),
        state.tokenType &&
          html`${foreign(state.tokenType)}${state.isBound ? html` · ${t('auth.bound')}` : nothing}`,
      ],
      [t('auth.challenge'), challenge && challengeText(challenge)],
      [t('auth.otherHosts'), foreignHosts.length > 0 ? hosts(foreignHosts) : undefined],
    ])}
    ${
      claims.length > 0
        ? disclosure(
            t('auth.claims'),
            view.ui.expanded['auth:claims'] === true,
            (isOpen) => view.update((ui) => withEntry(ui, 'expanded', 'auth:claims', isOpen)),
            () =>
              html`<p class="quiet small">${t('auth.claimsHelp')}</p>
                <dl class="facts">
                  ${claims.map(
                    ({ name, value }) =>
                      html`<dt>${foreign(name)}</dt>
                        <dd>${foreign(value)}</dd>`,
                  )}
                </dl>`,
          )
        : nothing
    }`,
  );
}

function audienceText(audience: AuthStateView['audience']): TemplateResult {
  if (!audience) return html`<span class="quiet">${t('auth.audience.unsaid')}</span>`;
  const { named, isThisServer } = audience;
  return html`${named.map((one, i) => html`${i > 0 ? ', ' : nothing}${foreign(one)}`)}
  ${
    isThisServer
      ? badge(html`${icon('check')} ${t('auth.audience.this')}`, { tone: 'good' })
      : badge(html`${icon('warning', 'bad')} ${t('auth.audience.other')}`, { tone: 'bad' })
  }`;
}

function challengeText({
  at,
  status,
  scopes,
  error,
  description,
}: NonNullable<AuthStateView['challenge']>): TemplateResult {
  return html`${t('auth.challengeText', status, dateTime(at))}${error ? html` · ${foreign(error)}` : nothing}${
    description ? html` · ${foreign(description)}` : nothing
  }${scopes.length > 0 ? html` ${scopeList(scopes)}` : nothing}`;
}

function hosts(all: AuthStateView['foreignHosts']): TemplateResult {
  return html`<ul class="plain-list other-hosts" title=${t('auth.otherHostsHelp')}>
    ${all.map(
      ({ host, roles }) =>
        html`<li>
          ${icon('external', 'warn')}<span
            ><span class="strong">${foreign(host)}</span> <span class="quiet">${roles.join(', ')}</span></span
          >
        </li>`,
    )}
  </ul>`;
}
