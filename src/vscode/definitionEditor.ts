import { commands as vscodeCommands, l10n, Uri, window, workspace } from 'vscode';
import type { Connections } from '../core/connections.ts';
import { pendingOf, type Definitions } from '../core/definitions.ts';
import { definitionFlags } from '../core/definitionFlags.ts';
import type { ReviewItem, ServerReview } from '../core/definitionReview.ts';
import { foreignNames } from '../core/foreignNames.ts';
import { isJsonObject } from '../core/json.ts';
import { pinKey } from '../core/pins.ts';
import type { Clock } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { schemes } from '../shared/ids.ts';
import { setContext } from './commands.ts';
import {
  afterHead,
  alignedTo,
  beforeHead,
  classesText,
  definitionSide,
  itemList,
  itemName,
  stateText,
} from './definitionText.ts';
import type { Dialogs } from './dialogs.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { forFileName, forIconLabel, forMessage } from './plainText.ts';
import type { Actions } from './runAction.ts';
import { closeTabs } from './tabs.ts';

export interface DefinitionEditorDeps {
  readonly definitions: Definitions;
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly clock: Clock;
}

interface Shown {
  readonly serverId: string;
  readonly item: ReviewItem;
}

const keptClosed = 40;

/** Reviews of definitions in the diff editor: left what was accepted, right what the server sends now. */
export class DefinitionEditor implements Disposable {
  readonly #deps: DefinitionEditorDeps;
  readonly #disposables = new DisposableStore();
  readonly #files: MemoryFiles;
  /** By authority; what has been decided meanwhile is still there for its tab. */
  readonly #shown = new Map<string, Shown>();
  readonly #announced = new Map<string, string>();
  #count = 0;

  constructor(deps: DefinitionEditorDeps) {
    this.#deps = deps;
    this.#files = new MemoryFiles(deps.clock);
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.review, this.#files, {
        isCaseSensitive: true,
        isReadonly: true,
      }),
    );
    this.#disposables.add(window.onDidChangeActiveTextEditor(() => this.#tellContext()));
    this.#disposables.add(deps.definitions.reviews.subscribe((reviews) => this.#follow(reviews)));
    this.#follow(deps.definitions.reviews.get());
    void deps.actions.run('close old reviews', () =>
      closeTabs((uri) => uri.scheme === schemes.review && !this.#shown.has(uri.authority)),
    );
  }

  /** Opens the diff of one definition of a server, after asking which when there are several. */
  async review(serverId: string, only?: Pick<ReviewItem, 'kind' | 'name'>): Promise<void> {
    const review = this.#deps.definitions.reviews.get().get(serverId);
    const items = review?.items.filter((item) => !only || pinKey(item) === pinKey(only)) ?? [];
    const [first] = items;
    if (!review || !first)
      throw new AppError('not-found', l10n.t('Everything that this server offers is as you accepted it.'));
    if (items.length === 1) return this.#open(serverId, review.serverName, first);
    const all = l10n.t('Accept all of this server…');
    const pending = pendingOf(review);
    const picked = await this.#deps.dialogs.pick({
      title: l10n.t('Changes of {0}', forMessage(review.serverName, 80)),
      placeholder: l10n.t('What do you want to look at?'),
      items: [
        ...items.map((item) => ({
          label: forIconLabel(itemName(item, l10n.t)),
          description: forIconLabel(stateText(item, l10n.t)),
          item,
        })),
        ...(pending.length > 1 ? [{ label: all, description: '', item: undefined }] : []),
      ],
    });
    if (!picked) return;
    if (picked.item) await this.#open(serverId, review.serverName, picked.item);
    else await this.acceptAll(serverId);
  }

  /** Accepts or rejects what the diff at an address shows, and goes on to the next change of the server. */
  async decide(uri: Uri | undefined, decision: 'accept' | 'reject'): Promise<void> {
    const { definitions } = this.#deps;
    const { serverId, item } = this.#at(uri);
    const { kind, name, hash } = item;
    if (hash === undefined || item.state === 'removed')
      throw new AppError('invalid-input', l10n.t('There is nothing to decide about this.'));
    definitions[decision](serverId, [{ kind, name, hash }]);
    const review = definitions.reviews.get().get(serverId);
    const next = review && pendingOf(review)[0];
    if (review && next) await this.#open(serverId, review.serverName, next);
  }

  /** Accepts everything of a server that waits for a review, after asking once. */
  async acceptAll(from: Uri | string | undefined): Promise<void> {
    const { definitions, dialogs } = this.#deps;
    const serverId = typeof from === 'string' ? from : this.#at(from).serverId;
    const review = definitions.reviews.get().get(serverId);
    const pending = review ? pendingOf(review) : [];
    if (!review || pending.length === 0)
      throw new AppError('not-found', l10n.t('Nothing waits for a review.'));
    const accept = l10n.t('Accept All');
    const chosen = await dialogs.ask({
      message: l10n.t(
        'Accept {0} definitions of {1} as they are now?',
        pending.length,
        forMessage(review.serverName, 80),
      ),
      detail: `${itemList(pending, l10n.t)}\n\n${l10n.t('Accepting says that the definition may be used. Calls still ask as your rules say.')}`,
      choices: [accept],
    });
    // What is accepted is what was listed: anything that changed meanwhile is a conflict.
    if (chosen === accept) definitions.accept(serverId, pending);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #open(serverId: string, serverName: string, item: ReviewItem): Promise<void> {
    const known = [...this.#shown].find(([, one]) => one.serverId === serverId && isSame(one.item, item));
    const authority = known?.[0] ?? `review-${++this.#count}`;
    const name = forFileName(item.kind === 'instructions' ? l10n.t('instructions') : item.name);
    const [left, right] = [l10n.t('accepted'), l10n.t('now')].map((side) =>
      Uri.from({ scheme: schemes.review, authority, path: `/${name} – ${side}.mcpjson` }),
    );
    if (!left || !right) return;
    if (!known) {
      this.#shown.set(authority, { serverId, item });
      const foreign = foreignNames(this.#deps.connections.servers.get(), serverId);
      const flags = item.after ? definitionFlags(item.after, foreign) : [];
      const before = item.before?.definition && alignedTo(item.after, item.before.definition);
      this.#files.put(
        left,
        definitionSide(beforeHead(item, l10n.t), isJsonObject(before) ? before : undefined, l10n.t),
        true,
      );
      this.#files.put(right, definitionSide(afterHead(item, flags, l10n.t), item.after, l10n.t), true);
      for (const old of this.#shown.keys()) {
        if (this.#shown.size <= keptClosed) break;
        this.#shown.delete(old);
        this.#files.remove(old);
      }
    }
    const title = l10n.t(
      '{0} of {1}: {2}',
      forFileName(itemName(item, l10n.t)),
      forFileName(serverName),
      classesText(item, l10n.t),
    );
    await vscodeCommands.executeCommand('vscode.diff', left, right, title, { preview: false });
    this.#tellContext();
  }

  #at(uri: Uri | undefined): Shown {
    const at = uri ?? window.activeTextEditor?.document.uri;
    const shown = at?.scheme === schemes.review ? this.#shown.get(at.authority) : undefined;
    if (!shown)
      throw new AppError('not-found', l10n.t('Open the change first.'), {
        nextStep: l10n.t('Run “Review Changes”.'),
      });
    return shown;
  }

  #isOpen({ serverId, item }: Shown): boolean {
    const now = this.#deps.definitions.reviews.get().get(serverId);
    return now?.items.some((one) => isSame(one, item)) ?? false;
  }

  #tellContext(): void {
    const uri = window.activeTextEditor?.document.uri;
    const shown = uri?.scheme === schemes.review ? this.#shown.get(uri.authority) : undefined;
    const canDecide = shown !== undefined && shown.item.hash !== undefined && shown.item.state !== 'removed';
    setContext('isReview', canDecide && this.#isOpen(shown));
  }

  #follow(reviews: ReadonlyMap<string, ServerReview>): void {
    const over = [...this.#shown].filter(([, shown]) => !this.#isOpen(shown)).map(([authority]) => authority);
    for (const authority of over) this.#shown.delete(authority);
    if (over.length > 0) {
      const closed = new Set(over);
      void this.#deps.actions.run('close review', () =>
        closeTabs((uri) => uri.scheme === schemes.review && closed.has(uri.authority)),
      );
    }
    this.#tellContext();
    for (const [serverId, review] of reviews) {
      const changed = pendingOf(review).filter(({ state }) => state === 'changed');
      const key = changed.map((item) => `${item.hash} ${pinKey(item)}`).join('\n');
      const isNews = key !== '' && this.#announced.get(serverId) !== key;
      this.#announced.set(serverId, key);
      if (isNews)
        void this.#deps.actions.run('announce change', () => this.#announce(serverId, review, changed));
    }
  }

  async #announce(serverId: string, review: ServerReview, changed: readonly ReviewItem[]): Promise<void> {
    const [first] = changed;
    if (!first) return;
    const text =
      changed.length === 1
        ? l10n.t(
            '{0} of {1} changed and is set aside until you have looked.',
            itemName(first, l10n.t),
            review.serverName,
          )
        : l10n.t(
            '{0} definitions of {1} changed and are set aside until you have looked.',
            changed.length,
            review.serverName,
          );
    const look = l10n.t('Review');
    if ((await window.showWarningMessage(forMessage(text), look)) === look) await this.review(serverId);
  }
}

function isSame(a: ReviewItem, b: ReviewItem): boolean {
  return (
    pinKey(a) === pinKey(b) && a.hash === b.hash && a.state === b.state && a.before?.hash === b.before?.hash
  );
}
