import { html, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { Intent, IntentParams } from '../../src/shared/protocol.ts';
import { button, ring } from '../components/components.ts';
import { empty } from '../components/parts.ts';
import { t, type StringKey } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { toFilterField } from './page.ts';

/** What a list shows when its filters leave nothing; the action takes the texts and choices of `keys` away. */
export function noMatch(view: View, title: string, keys: readonly string[]): TemplateResult {
  return nothingLeft(title, () =>
    view.update((ui) => keys.reduce((so, key) => withEntry(so, 'filters', key, undefined), ui)),
  );
}

/** As `noMatch`, with `clear` in the place of what it does. */
export function nothingLeft(title: string, clear: () => void, help?: string): TemplateResult {
  return empty(
    title,
    help,
    button(t('app.clearFilter'), (event) => {
      toFilterField(event);
      clear();
    }),
  );
}

/** What a tab shows of a server that has not answered: why that is, and what brings it up. */
export function notConnected(view: View, server: ServerView): TemplateResult {
  return scroll(
    server.state === 'starting'
      ? html`<div class="empty" role="status">
          ${ring(t('state.starting'))}
          <p>${t('next.starting')}</p>
          <p>${button(t('server.log'), () => view.act('server.showLog', { serverId: server.id }))}</p>
        </div>`
      : empty(t('server.notConnected'), undefined, connectButton(view, server)),
  );
}

/** What a tab shows of a server that has nothing of its kind; what it offers can change. */
export function offersNone(view: View, server: ServerView, title: StringKey): TemplateResult {
  return scroll(empty(t(title), undefined, moreButton(view, server)));
}

/** What may bring more to see: the lists of a server that is connected are asked for again, another one is brought up. */
export function moreButton(view: View, server: ServerView): TemplateResult {
  if (server.state !== 'ready') return connectButton(view, server);
  const target = { serverId: server.id };
  return button(t('server.refresh'), () => view.act('server.refresh', target), {
    isDisabled: view.isBusy('server.refresh', target),
  });
}

/** The one thing that brings a server up, by how it stands. */
function connectButton(view: View, { id: serverId, state }: ServerView): TemplateResult {
  const target = { serverId };
  switch (state) {
    case 'needs-sign-in': {
      const signIn = { ...target, command: 'signIn' } as const;
      return button(t('auth.signIn'), act(view, 'auth.run', signIn), {
        isDisabled: view.isBusy('auth.run', signIn),
      });
    }
    case 'blocked':
      return button(t('doctor.diagnose'), () => diagnose(view, serverId));
    case 'retrying':
      return button(t('server.restart'), act(view, 'server.restart', target), {
        isDisabled: view.isBusy('server.restart', target),
      });
    default:
      return button(t('server.start'), act(view, 'server.start', target), {
        isDisabled: view.isBusy('server.start', target),
      });
  }
}

/** Goes to the connection tab and looks. */
export function diagnose(view: View, serverId: string): void {
  view.go({ kind: 'server', serverId, tab: 'doctor', tool: undefined });
  view.act('doctor.look', { serverId });
}

/** The button goes as soon as the server moves: the focus stays at the tab that it was pressed on. */
function act<M extends Intent>(view: View, method: M, params: IntentParams<M>): () => void {
  return () => {
    document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
    view.act(method, params);
  };
}

function scroll(content: TemplateResult): TemplateResult {
  return html`<div class="scroll">${content}</div>`;
}
