import { l10n } from 'vscode';
import type { AuthPeople, AuthSecretName } from '../core/auth.ts';
import { secretsOf } from '../core/authSettingsTable.ts';
import type { AuthSettings } from '../core/auth.ts';
import type { Secrets, Sha256 } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';

export interface SignInPeopleDeps {
  readonly secrets: Secrets;
  readonly dialogs: Pick<Dialogs, 'enter'>;
  readonly sha256: Sha256;
}

/** Secrets that the user typed once, and client ids where clients cannot register themselves. */
export class SignInPeople implements AuthPeople {
  readonly #deps: SignInPeopleDeps;

  constructor(deps: SignInPeopleDeps) {
    this.#deps = deps;
  }

  async secret(serverUrl: string, name: AuthSecretName): Promise<string | undefined> {
    const kept = await this.#deps.secrets.get(this.#key(serverUrl, name));
    return kept === '' ? undefined : kept;
  }

  readonly askForClient: NonNullable<AuthPeople['askForClient']> = async (
    serverUrl,
    issuer,
    redirectUri,
    signal,
  ) => {
    const title = l10n.t('Sign in to {0}', forMessage(new URL(serverUrl).host, 100));
    const host = forMessage(new URL(issuer).host, 100);
    const clientId = await this.#deps.dialogs.enter(
      {
        title,
        prompt: l10n.t(
          'Clients cannot register themselves at {0}. Enter the client ID that its operator gave you for the redirect address {1}',
          host,
          redirectUri,
        ),
        placeholder: l10n.t('Client ID'),
        check: (text) => (text.trim() === '' ? l10n.t('Enter a client ID, or press Escape.') : undefined),
      },
      signal,
    );
    if (clientId === undefined) return undefined;
    const secret = await this.#deps.dialogs.enter(
      {
        title,
        prompt: l10n.t('Enter the client secret, or leave it empty where there is none'),
        isPassword: true,
      },
      signal,
    );
    if (secret === undefined) return undefined;
    return { clientId: clientId.trim(), clientSecret: secret === '' ? undefined : secret };
  };

  /** Asks once for each secret that these settings call for and that was never entered. Rejects `cancelled`. */
  async completeSecrets(serverUrl: string, settings: AuthSettings): Promise<void> {
    for (const { name, isOptional } of secretsOf(settings)) {
      if ((await this.#deps.secrets.get(this.#key(serverUrl, name))) !== undefined) continue;
      const entered = await this.#deps.dialogs.enter({
        title: l10n.t('Sign in to {0}', forMessage(new URL(serverUrl).host, 100)),
        prompt: isOptional
          ? l10n.t('{0}, or empty where there is none. It is kept in the secret storage.', labelOf(name))
          : l10n.t('{0}. It is kept in the secret storage.', labelOf(name)),
        isPassword: true,
        check: (text) => (text === '' && !isOptional ? l10n.t('This sign-in needs it.') : undefined),
      });
      if (entered === undefined) throw new AppError('cancelled', `no ${name} was entered`);
      await this.#deps.secrets.set(this.#key(serverUrl, name), entered);
    }
  }

  /** Forgets what was entered for a server. */
  async forget(serverUrl: string, settings: AuthSettings): Promise<void> {
    for (const { name } of secretsOf(settings)) await this.#deps.secrets.delete(this.#key(serverUrl, name));
  }

  #key(serverUrl: string, name: AuthSecretName): string {
    return `sign-in-secret/${name}/${this.#deps.sha256(serverUrl)}`;
  }
}

function labelOf(name: AuthSecretName): string {
  switch (name) {
    case 'client-secret':
      return l10n.t('Client secret');
    case 'private-key':
      return l10n.t('Private key (PEM or JWK)');
    case 'workload-token':
      return l10n.t('Token of the platform this runs on');
    case 'idp-id-token':
      return l10n.t('ID token of your identity provider');
    case 'idp-client-secret':
      return l10n.t('Client secret at your identity provider');
  }
}
