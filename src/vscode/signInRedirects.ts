import { env, l10n, UIKind, Uri, type SecretStorage } from 'vscode';
import type { AuthRedirect, AuthRedirects } from '../core/auth.ts';
import { readCallback } from '../core/authCallback.ts';
import type { Logger, Sha256 } from '../core/ports.ts';
import { DisposableStore } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { abortable } from '../core/util/sharedWork.ts';

/** Path of the editor's own address that browsers are sent back to. */
export const callbackPath = '/signed-in';

export interface EditorRedirectDeps {
  /** `publisher.name` of this extension. */
  readonly extensionId: string;
  /** Shared by all windows: an answer that reaches the wrong one gets to the right one through it. */
  readonly secrets: SecretStorage;
  readonly sha256: Sha256;
  readonly logger: Logger;
}

/** Redirects to the editor's own address, for where a listener on this machine is not where the browser is. */
export class EditorRedirects implements AuthRedirects {
  readonly #deps: EditorRedirectDeps;
  readonly #waiting = new Map<string, (answer: URLSearchParams) => void>();

  constructor(deps: EditorRedirectDeps) {
    this.#deps = deps;
  }

  async open(): Promise<AuthRedirect> {
    const { extensionId, secrets } = this.#deps;
    const uri = await env.asExternalUri(Uri.parse(`${env.uriScheme}://${extensionId}${callbackPath}`));
    const open = new DisposableStore();
    return {
      uri: uri.toString(true),
      answer: (state, signal) => {
        const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
        const key = this.#key(state);
        this.#waiting.set(state, resolve);
        open.add({
          dispose: () => {
            this.#waiting.delete(state);
            this.#store(secrets.delete(key));
          },
        });
        // Other windows see by this that somebody waits.
        this.#store(secrets.store(key, ''));
        open.add(
          secrets.onDidChange((change) => {
            if (change.key !== key) return;
            secrets.get(key).then(
              (text) => {
                if (text !== undefined && text !== '') resolve(new URLSearchParams(text));
              },
              (error: unknown) => this.#deps.logger.warn('sign-in: the answer could not be read', error),
            );
          }),
        );
        return abortable(promise, signal);
      },
      dispose: () => open.dispose(),
    };
  }

  /** Takes an answer in from the browser, for this window or another one. Throws `invalid-input`; rejects `not-found` when nobody waits for it. */
  async take(uri: Pick<Uri, 'query'>): Promise<void> {
    const { secrets } = this.#deps;
    const { state, query } = readCallback(uri.query);
    const waiting = this.#waiting.get(state);
    if (waiting) return waiting(new URLSearchParams(query));
    const key = this.#key(state);
    if ((await secrets.get(key)) === undefined)
      throw new AppError('not-found', l10n.t('no sign-in waits for the answer that the browser brought'), {
        nextStep: l10n.t('Sign in again.'),
      });
    await secrets.store(key, query);
  }

  #key(state: string): string {
    return `sign-in-answer/${this.#deps.sha256(state)}`;
  }

  #store(work: Thenable<void>): void {
    work.then(undefined, (error: unknown) =>
      this.#deps.logger.warn('sign-in: the secret storage refused', error),
    );
  }
}

/** Where browsers are sent back to: a listener on this machine where the browser runs on it too, else the editor's address. */
export function chooseRedirects(
  loopback: AuthRedirects,
  editor: AuthRedirects,
  setting: () => 'auto' | 'loopback' | 'editor',
): AuthRedirects {
  return {
    open: (options) => {
      const isHere = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
      const chosen = setting();
      return chosen === 'loopback' || (chosen === 'auto' && isHere)
        ? loopback.open(options)
        : editor.open(options);
    },
  };
}
