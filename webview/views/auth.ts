import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { AuthPageView, AuthStateView } from '../../src/core/dashboardAuth.ts';
import type { IntentParams } from '../../src/shared/protocol.ts';
import { button, ring } from '../components/components.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon, type IconName } from '../components/icons.ts';
import { empty, notice } from '../components/parts.ts';
import { t, type StringKey } from '../strings.ts';
import type { View } from '../view.ts';
import { authState, scopeList } from './authState.ts';
import { authTrail } from './authTrail.ts';

type Command = IntentParams<'auth.run'>['command'];

/** The sign-in of a remote server: where it stands, what can be done, and the trail that leads to it. */
export function authTab(view: View, server: ServerView): TemplateResult {
  if (server.launch.kind !== 'http') {
    const leave = () => view.go({ kind: 'server', serverId: server.id, tab: 'overview', tool: undefined });
    return html`<div class="scroll">
      ${empty(t('auth.local'), undefined, button(t('auth.toOverview'), leave))}
    </div>`;
  }
  const { auth } = server;
  if (!auth) return html`<div class="empty" role="status">${ring(t('auth.reading'))}</div>`;
  return html`<div class="scroll sign-in" data-testid="sign-in">
    ${
      auth.problem
        ? notice('warn', rich('auth.unknown', foreign(auth.problem)))
        : auth.state
          ? status(auth.state)
          : html`<p class="quiet">${t('auth.reading')}</p>`
    }
    ${actions(view, server.id, auth)} ${auth.state ? authState(view, auth, auth.state) : nothing}
    ${authTrail(view, auth)}
  </div>`;
}

const look: Readonly<Record<AuthStateView['status'], readonly [IconName, 'good' | 'warn' | 'quiet']>> = {
  'signed-out': ['key', 'quiet'],
  'signed-in': ['check', 'good'],
  expired: ['warning', 'warn'],
  'needs-more': ['warning', 'warn'],
};

function status({ status: kind, account, missing }: AuthStateView): TemplateResult {
  const [name, tone] = look[kind];
  const help = `auth.statusHelp.${kind}` as const;
  return html`<p class="verdict-box auth-status ${kind}" data-testid="auth-status">
    ${icon(name, tone)}<span
      ><span class="strong"
        >${t(`auth.status.${kind}`)}${account && kind === 'signed-in' ? html` ${rich('auth.as', foreign(account))}` : nothing}.</span
      >
      <span class="quiet">${rich(help, scopeList(missing))}</span></span
    >
  </p>`;
}

function actions(view: View, serverId: string, { state, lookedAt }: AuthPageView): TemplateResult {
  const target = { serverId };
  const isLooking = view.isBusy('auth.look', target);
  const run = (command: Command, label: StringKey, primary = false, help?: string) =>
    button(t(label), () => view.act('auth.run', { serverId, command }), {
      kind: primary ? 'primary' : 'secondary',
      isDisabled: view.isBusy('auth.run', { serverId, command }),
      testId: `auth-${command}`,
      ...(help === undefined ? {} : { help }),
    });
  const isIn = state !== undefined && state.status !== 'signed-out';
  return html`<div class="auth-actions actions">
    ${state?.status === 'signed-out' || state?.status === 'expired' ? run('signIn', 'auth.signIn', true) : nothing}
    ${state?.status === 'needs-more' ? run('stepUp', 'auth.stepUp', true) : nothing}
    ${isIn && state.canRefresh ? run('refreshSignIn', 'auth.refresh') : nothing}
    ${isIn ? html`${run('switchAccount', 'auth.switch')} ${run('signOut', 'auth.signOut')}` : nothing}
    ${isIn || state?.client ? run('forgetSignIn', 'auth.forget', false, t('auth.forgetHelp')) : nothing}
    <span class="spacer"></span>
    ${button(
      t(isLooking ? 'auth.looking' : lookedAt === undefined ? 'auth.lookFirst' : 'auth.look'),
      () => view.act('auth.look', target),
      { icon: icon('search'), isDisabled: isLooking, help: t('auth.lookHelp'), testId: 'auth-look' },
    )}
    ${button(
      t('auth.copy'),
      () => {
        view.act('auth.copy', target);
        view.announce(t('app.copied'));
      },
      { icon: icon('copy'), testId: 'auth-copy' },
    )}
  </div>`;
}
