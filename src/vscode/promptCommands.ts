import { commands as vscodeCommands, env, l10n } from 'vscode';
import type { Prompt } from '../core/connection.ts';
import type { Connections } from '../core/connections.ts';
import type { Page } from '../core/dashboard.ts';
import type { Definitions } from '../core/definitions.ts';
import type { Prompts } from '../core/prompts.ts';
import { AppError } from '../core/util/errors.ts';
import { Store, type Readable } from '../core/util/store.ts';
import type { Handlers } from '../shared/protocol.ts';
import type { CommandTable } from './commands.ts';
import { runCommand } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { dotted } from './nodeView.ts';
import { forIconLabel } from './plainText.ts';
import { promptDocuments, promptText } from './promptText.ts';
import type { ResultEditor } from './resultEditor.ts';
import { promptOf } from './targets.ts';

export interface PromptCommandsDeps {
  readonly prompts: Prompts;
  readonly connections: Pick<Connections, 'servers'>;
  readonly definitions: Pick<Definitions, 'setAside'>;
  readonly dialogs: Dialogs;
  readonly results: Pick<ResultEditor, 'openDocuments'>;
  readonly show: (page: Page) => void;
}

type Intents =
  'prompt.fetch' | 'prompt.stop' | 'prompt.copy' | 'prompt.open' | 'prompt.send' | 'prompt.review';

const openChat = 'workbench.action.chat.open';
const maxChatText = 100_000;

/** Prompts as commands and intents. Nothing is sent to a chat by us: the text is put where the user can read it first. */
export class PromptCommands {
  readonly #deps: PromptCommandsDeps;
  readonly #canSend = new Store(false);

  constructor(deps: PromptCommandsDeps) {
    this.#deps = deps;
  }

  /** Whether the editor has a chat that takes text; looked up with each use. */
  get canSend(): Readable<boolean> {
    return this.#canSend;
  }

  get commands(): CommandTable<'usePrompt'> {
    return { usePrompt: (argument) => this.#use(argument) };
  }

  get handlers(): Pick<Handlers, Intents> {
    const { prompts, results } = this.#deps;
    const done = async (work: unknown): Promise<null> => {
      await work;
      return null;
    };
    return {
      // Goes on without the page: a server may ask something first, which is answered on another one.
      'prompt.fetch': async ({ serverId, prompt, arguments: given }) => {
        await this.#lookForChat();
        void prompts.fetch(serverId, prompt, given);
        return null;
      },
      'prompt.stop': async ({ serverId, prompt }) => done(prompts.stop(serverId, prompt)),
      'prompt.copy': async ({ serverId, prompt }) =>
        done(env.clipboard.writeText(promptText(prompts.result(serverId, prompt), l10n.t).text)),
      'prompt.open': async ({ serverId, prompt }) =>
        done(results.openDocuments(promptDocuments(prompt, prompts.result(serverId, prompt), l10n.t))),
      'prompt.send': async ({ serverId, prompt }) => done(this.#send(serverId, prompt)),
      'prompt.review': async (target) => done(runCommand('reviewChanges', target)),
    };
  }

  async #lookForChat(): Promise<void> {
    this.#canSend.set((await vscodeCommands.getCommands(true)).includes(openChat));
  }

  async #send(serverId: string, prompt: string): Promise<void> {
    const { text } = promptText(this.#deps.prompts.result(serverId, prompt), l10n.t);
    if (text === '') throw new AppError('unsupported', l10n.t('This prompt has no text to send.'));
    if (text.length > maxChatText) {
      throw new AppError('too-large', l10n.t('This prompt is too long for the chat. Open it as a document.'));
    }
    await vscodeCommands.executeCommand(openChat, { query: text, isPartialQuery: true });
  }

  async #use(argument: unknown): Promise<void> {
    const { dialogs, show } = this.#deps;
    const given = promptOf(argument);
    const chosen =
      given ??
      (await dialogs.pick({
        title: l10n.t('Use Prompt'),
        placeholder: l10n.t('Which prompt?'),
        items: this.#items(),
      }));
    if (!chosen) throw new AppError('cancelled', 'no prompt was picked');
    show({ kind: 'server', serverId: chosen.serverId, tab: 'prompts', tool: chosen.prompt });
  }

  #items() {
    const { connections, definitions } = this.#deps;
    const items = connections.servers.get().flatMap(({ definition, state, offer }) => {
      if (state.kind !== 'ready' || !offer) return [];
      const aside = definitions.setAside(definition.id, 'prompt');
      return offer.prompts.items.map((prompt) => ({
        ...itemOf(prompt, definition.name, aside.has(prompt.name)),
        serverId: definition.id,
        prompt: prompt.name,
      }));
    });
    if (items.length === 0)
      throw new AppError('not-found', l10n.t('No connected server offers prompts. Start a server first.'));
    return items;
  }
}

function itemOf({ name, title, description }: Prompt, serverName: string, isSetAside: boolean) {
  return {
    label: `$(comment) ${forIconLabel(name, 120)}`,
    description: dotted(
      title === undefined || title === name ? undefined : forIconLabel(title, 80),
      forIconLabel(serverName, 60),
      isSetAside ? l10n.t('set aside') : undefined,
    ),
    detail: forIconLabel(description ?? '', 160),
  };
}
