import { l10n, ProgressLocation, window } from 'vscode';
import type { ActivityEvent } from '../core/activity.ts';
import type { AuthSettings, Revocation, SignInReason } from '../core/auth.ts';
import type { FoundAuthSettings } from '../core/authSettingsTable.ts';
import type { AuthView } from '../core/authView.ts';
import type { Connections } from '../core/connections.ts';
import type { SignInRequests } from '../core/signInRequests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import type { Readable } from '../core/util/store.ts';
import { settings as settingKeys } from '../shared/ids.ts';
import { runCommand } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';
import type { Actions } from './runAction.ts';
import { signalOf } from './signals.ts';
import type { SignInPeople } from './signInPeople.ts';

/** Sign-ins by the address of a server. */
export interface SignInPort {
  signIn(serverUrl: string, reason: SignInReason, signal: AbortSignal): Promise<AuthView>;
  refresh(serverUrl: string, signal: AbortSignal): Promise<AuthView>;
  signOut(serverUrl: string, signal: AbortSignal): Promise<Revocation>;
  forget(serverUrl: string, signal: AbortSignal): Promise<Revocation>;
  view(serverUrl: string): Promise<AuthView>;
  readonly changes: Readable<number>;
}

export interface SignInsDeps {
  readonly auth: SignInPort;
  readonly connections: Pick<Connections, 'servers' | 'get' | 'start' | 'restart'>;
  readonly requests: SignInRequests;
  readonly people: Pick<SignInPeople, 'completeSecrets' | 'forget'>;
  readonly dialogs: Pick<Dialogs, 'ask'>;
  readonly actions: Actions;
  /** The address that a server is reached at; rejects `unsupported` for a local one. */
  readonly urlOf: (serverId: string) => Promise<string>;
  readonly settingsFor: (serverUrl: string) => FoundAuthSettings;
  readonly record: (event: ActivityEvent) => void;
}

/** What users do about the sign-in of a server, and what they are told. */
export class SignIns implements Disposable {
  readonly #deps: SignInsDeps;
  readonly #disposables = new DisposableStore();
  /** Servers of which the user was told that they let nobody in, until they are started again. */
  readonly #told = new Set<string>();
  /** Servers of which the user was told that they want more, until they no longer do. */
  readonly #toldWishes = new Set<string>();

  constructor(deps: SignInsDeps) {
    this.#deps = deps;
    this.#disposables.add(deps.connections.servers.subscribe(() => this.#tell()));
    this.#disposables.add(deps.auth.changes.subscribe(() => void this.#lookForWishes()));
    this.#tell();
  }

  /** Signs in through the browser, then connects. Rejects as the sign-in does, and `invalid-config` for a setting that is wrong. */
  async signIn(serverId: string, reason: SignInReason): Promise<void> {
    const { auth, connections } = this.#deps;
    const url = await this.#deps.urlOf(serverId);
    await this.#deps.people.completeSecrets(url, this.#settings(url));
    const view = await this.#waiting(
      l10n.t('Waiting for you to sign in to {0} in the browser…', hostOf(url)),
      (signal) => auth.signIn(url, reason, signal),
    );
    this.#record(serverId, view);
    this.#deps.requests.wants(serverId, undefined);
    this.#say(
      view.account === undefined
        ? l10n.t('You are signed in to {0}.', this.#name(serverId))
        : l10n.t('You are signed in to {0} as {1}.', this.#name(serverId), forMessage(view.account, 100)),
    );
    const state = connections.get(serverId)?.state.kind;
    if (reason === 'switch-account' && state === 'ready') await connections.restart(serverId, never());
    else if (state !== 'ready') await connections.start(serverId, never());
  }

  /** Signs in to something that is no MCP server, a registry, at its address. Rejects like `signIn`. */
  async signInTo({ label, url }: { readonly label: string; readonly url: string }): Promise<void> {
    await this.#deps.people.completeSecrets(url, this.#settings(url));
    await this.#waiting(l10n.t('Waiting for you to sign in to {0} in the browser…', hostOf(url)), (signal) =>
      this.#deps.auth.signIn(url, 'sign-in', signal),
    );
    this.#say(l10n.t('You are signed in to {0}.', forMessage(label, 100)));
  }

  /** Renews the token without the user. Rejects `needs-sign-in` when that takes them. */
  async refresh(serverId: string): Promise<void> {
    const url = await this.#deps.urlOf(serverId);
    const view = await this.#waiting(l10n.t('Renewing the sign-in to {0}…', hostOf(url)), (signal) =>
      this.#deps.auth.refresh(url, signal),
    );
    this.#record(serverId, view);
    this.#say(
      view.expiresAt === undefined
        ? l10n.t('The sign-in to {0} is renewed.', this.#name(serverId))
        : l10n.t(
            'The sign-in to {0} is renewed; it holds until {1}.',
            this.#name(serverId),
            new Date(view.expiresAt).toLocaleTimeString(),
          ),
    );
  }

  /** Ends the sign-in here and, where that is possible, at the authorization server; `everything` also forgets the client and what was typed. */
  async signOut(serverId: string, everything: boolean): Promise<void> {
    const { auth, connections, people } = this.#deps;
    const url = await this.#deps.urlOf(serverId);
    if (everything && !(await this.#confirmForget(serverId)))
      throw new AppError('cancelled', 'not confirmed');
    const before = await auth.view(url);
    const revocation = await this.#waiting(l10n.t('Signing out of {0}…', hostOf(url)), (signal) =>
      everything ? auth.forget(url, signal) : auth.signOut(url, signal),
    );
    if (everything) await people.forget(url, this.#deps.settingsFor(url).settings);
    this.#deps.record({
      kind: 'signed-out',
      serverId,
      issuer: before.issuer ?? '',
      revocation: revocation.kind,
      everything,
    });
    this.#deps.requests.wants(serverId, undefined);
    this.#say(this.#signedOutText(serverId, revocation));
    // What is connected goes on with a token that is gone; a new start shows how things are.
    if (connections.get(serverId)?.state.kind === 'ready')
      await connections.restart(serverId, never()).catch(() => undefined);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #settings(url: string): AuthSettings {
    const { settings, problems } = this.#deps.settingsFor(url);
    const [problem] = problems;
    if (problem === undefined) return settings;
    throw new AppError('invalid-config', `mcpSwitchboard.${settingKeys.auth}: ${problem}`, {
      nextStep: l10n.t('Mend the setting, then sign in again.'),
    });
  }

  #signedOutText(serverId: string, revocation: Revocation): string {
    const name = this.#name(serverId);
    switch (revocation.kind) {
      case 'revoked':
        return l10n.t('You are signed out of {0}; its tokens are revoked.', name);
      case 'nothing':
        return l10n.t('You were not signed in to {0}.', name);
      case 'unsupported':
        return l10n.t(
          'You are signed out of {0} here. Its authorization server offers no revocation: the token stays valid until it expires.',
          name,
        );
      case 'failed':
        return l10n.t(
          'You are signed out of {0} here, but its tokens could not be revoked: {1}',
          name,
          forMessage(revocation.problem, 300),
        );
    }
  }

  async #confirmForget(serverId: string): Promise<boolean> {
    const yes = l10n.t('Sign Out and Forget');
    const chosen = await this.#deps.dialogs.ask({
      message: l10n.t('Sign out of {0} and forget the client that signs in?', this.#name(serverId)),
      detail: l10n.t('The next sign-in registers anew and asks for what you typed, a client ID or a secret.'),
      choices: [yes],
    });
    return chosen === yes;
  }

  #record(serverId: string, view: AuthView): void {
    this.#deps.record({ kind: 'signed-in', serverId, issuer: view.issuer ?? '', scopes: view.granted });
  }

  #name(serverId: string): string {
    return forMessage(this.#deps.connections.get(serverId)?.definition.name ?? serverId, 100);
  }

  #say(text: string): void {
    void window.showInformationMessage(text);
  }

  async #waiting<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const options = { location: ProgressLocation.Notification, cancellable: true, title };
    return window.withProgress(options, async (_progress, token) => {
      const cancel = signalOf(token);
      try {
        return await work(cancel.signal);
      } finally {
        cancel.dispose();
      }
    });
  }

  /** One notification for each server that begins to want a sign-in; the inbox and its row keep saying so. */
  #tell(): void {
    for (const { definition, state } of this.#deps.connections.servers.get()) {
      if (state.kind !== 'needs-sign-in') {
        this.#told.delete(definition.id);
        continue;
      }
      if (this.#told.has(definition.id)) continue;
      this.#told.add(definition.id);
      void this.#offer(
        l10n.t('The MCP server {0} wants you to sign in.', this.#name(definition.id)),
        l10n.t('Sign In'),
        () => runCommand('signIn', definition.id),
      );
    }
  }

  /** Connected servers that said in a challenge that they want more than was granted. */
  async #lookForWishes(): Promise<void> {
    const { auth, connections, urlOf, requests, actions } = this.#deps;
    for (const { definition, state } of connections.servers.get()) {
      if (definition.launch.kind !== 'http' || state.kind !== 'ready') continue;
      const { id } = definition;
      const ended = await actions.attempt('sign-in state', async () => auth.view(await urlOf(id)));
      if (ended.kind !== 'done') continue;
      const { status } = ended.value;
      if (status.kind !== 'needs-more') {
        requests.wants(id, undefined);
        this.#toldWishes.delete(id);
        continue;
      }
      const wish = l10n.t('It wants these permissions too: {0}', forMessage(status.missing.join(', '), 300));
      requests.wants(id, wish);
      if (this.#toldWishes.has(id)) continue;
      this.#toldWishes.add(id);
      void this.#offer(
        l10n.t('The MCP server {0} refused a call for want of permissions.', this.#name(id)),
        l10n.t('Grant More…'),
        () => runCommand('stepUp', id),
      );
    }
  }

  async #offer(text: string, button: string, then: () => Promise<void>): Promise<void> {
    const chosen = await window.showWarningMessage(text, button);
    if (chosen === button) await then();
  }
}

function hostOf(url: string): string {
  return forMessage(new URL(url).host, 200);
}

/** A signal for work that is ended by other means: `Stop` ends a start. */
function never(): AbortSignal {
  return new AbortController().signal;
}
