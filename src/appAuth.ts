import type { ExtensionContext } from 'vscode';
import { l10n } from 'vscode';
import { authSettingsFor } from './core/authSettingsTable.ts';
import type { Logger } from './core/ports.ts';
import { SignInRequests } from './core/signInRequests.ts';
import { DisposableStore } from './core/util/disposables.ts';
import { AppError } from './core/util/errors.ts';
import type { Readable } from './core/util/store.ts';
import type { AuthPorts } from './node/authHost.ts';
import { createLoopbackRedirects } from './node/authRedirect.ts';
import { sha256, type Host, type HostPorts } from './node/host.ts';
import type { Settings } from './vscode/config.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import type { Actions } from './vscode/runAction.ts';
import { createSignInBrowser } from './vscode/signInBrowser.ts';
import { signInCommands } from './vscode/signInCommands.ts';
import { SignInPeople } from './vscode/signInPeople.ts';
import { callbackPath, chooseRedirects, EditorRedirects } from './vscode/signInRedirects.ts';
import { SignIns } from './vscode/signIns.ts';
import { createSecrets } from './vscode/storage.ts';

/** What sign-ins are composed with before there is a host. */
export interface AuthParts {
  readonly context: Pick<ExtensionContext, 'secrets' | 'extension'>;
  readonly dialogs: Dialogs;
  readonly settings: Readable<Settings>;
  readonly actions: Actions;
  readonly logger: Logger;
  /** Replaces the variables of a launch. */
  readonly resolve: HostPorts['resolve'];
}

/** Sign-ins in the editor: the ports that a host needs, and what is built over the host. */
export function createAppAuth(parts: AuthParts) {
  const { context, dialogs, settings, actions, logger, resolve } = parts;
  const secrets = createSecrets(context.secrets);
  const people = new SignInPeople({ secrets, dialogs, sha256 });
  const editor = new EditorRedirects({
    extensionId: context.extension.id,
    secrets: context.secrets,
    sha256,
    logger,
  });
  const loopback = createLoopbackRedirects({
    title: 'MCP Switchboard',
    done: l10n.t('You can close this page and go back to the editor.'),
    refused: l10n.t('This is not an answer that the editor waits for.'),
  });
  const settingsFor = (url: string) => authSettingsFor(settings.get().auth, url);
  const ports: AuthPorts = {
    secrets,
    browser: createSignInBrowser(dialogs),
    redirects: chooseRedirects(loopback, editor, () => settings.get().authRedirect),
    people,
    settingsOf: (url) => {
      const { settings: found, problems } = settingsFor(url);
      for (const problem of problems) logger.warn(`mcpSwitchboard.auth: ${problem}`);
      return found;
    },
  };

  /** Commands, requests and notices over the host. */
  const surface = ({ auth, connections, requests, activity, clock }: Host) => {
    if (!auth) throw new AppError('internal', 'the host was built without sign-ins');
    const surfaces = new DisposableStore();
    const asked = surfaces.add(new SignInRequests({ connections, requests, clock }));
    const urlOf = async (serverId: string): Promise<string> => {
      const definition = connections.get(serverId)?.definition;
      if (!definition) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
      if (definition.launch.kind !== 'http')
        throw new AppError(
          'unsupported',
          l10n.t('{0} runs on this machine: it takes no sign-in.', definition.name),
        );
      if (!definition.launch.url.includes('${')) return definition.launch.url;
      const { launch } = await resolve(definition, new AbortController().signal, 'may-ask');
      return launch.kind === 'http' ? launch.url : definition.launch.url;
    };
    const signIns = surfaces.add(
      new SignIns({
        ...{ auth, connections, people, dialogs, actions, urlOf, settingsFor },
        requests: asked,
        record: (event) => void activity.append(clock.now(), event),
      }),
    );
    return {
      signInTo: signIns.signInTo.bind(signIns),
      commands: signInCommands({ signIns, connections, dialogs, requests }),
      urlOf,
      dispose: () => surfaces.dispose(),
    };
  };
  return { ports, surface, callback: { path: callbackPath, take: editor.take.bind(editor) } };
}
