import { CodeLens, l10n, languages, Range, Uri, window, workspace, type TextDocument } from 'vscode';
import type { Clock } from '../core/ports.ts';
import type { ApprovalRequest, PromptRequest, Requests } from '../core/requests.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import { isBlocking } from '../core/schemaValidator.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { commands, schemes } from '../shared/ids.ts';
import { batchDocument } from './approvalText.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { forFileName, forIconLabel, forMessage } from './plainText.ts';
import { callerText } from './requestText.ts';
import type { Actions } from './runAction.ts';
import { closeTabs } from './tabs.ts';

export interface ApprovalBatchDeps {
  readonly requests: Pick<Requests, 'open' | 'get' | 'decide'>;
  readonly validator: SchemaValidator;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly clock: Clock;
}

const keptClosed = 10;

interface Batch {
  readonly uri: Uri;
  readonly requests: readonly ApprovalRequest[];
}

/** Several calls of one caller in one document, decided about together; each stays bound to its own pin. */
export class ApprovalBatch implements Disposable {
  readonly #deps: ApprovalBatchDeps;
  readonly #disposables = new DisposableStore();
  readonly #files: MemoryFiles;
  readonly #batches = new Map<string, Batch>();
  readonly #closed: string[] = [];
  #count = 0;

  constructor(deps: ApprovalBatchDeps) {
    this.#deps = deps;
    this.#files = new MemoryFiles(deps.clock);
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.batch, this.#files, {
        isCaseSensitive: true,
        isReadonly: true,
      }),
    );
    this.#disposables.add(
      languages.registerCodeLensProvider(
        { scheme: schemes.batch },
        { provideCodeLenses: (document) => this.#lenses(document) },
      ),
    );
    this.#disposables.add(deps.requests.open.subscribe((open) => this.#follow(open)));
    void deps.actions.run('close old batches', () =>
      closeTabs((uri) => uri.scheme === schemes.batch && !this.#batches.has(uri.authority)),
    );
  }

  /** Commands about several calls; those that decide take the batch's document. */
  commands(): CommandTable<'reviewBatch' | 'allowBatch' | 'denyBatch'> {
    return {
      reviewBatch: (argument) => this.#choose(this.#given(argument)),
      allowBatch: (argument) => this.#allow(this.#batchOf(argument)),
      denyBatch: (argument) => this.#deny(this.#batchOf(argument)),
    };
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #choose(like: ApprovalRequest | undefined): Promise<void> {
    const open = approvalsOf(this.#deps.requests.open.get()).filter(
      (request) => !like || (isSameCaller(request, like) && request.serverId === like.serverId),
    );
    if (open.length === 0) throw new AppError('not-found', l10n.t('There are no open requests.'));
    const chosen = await this.#deps.dialogs.pickMany({
      title: l10n.t('Decide about several calls'),
      placeholder: l10n.t('Which calls? You see them in full before you decide.'),
      button: l10n.t('Review'),
      items: open.map((request) => ({
        label: forIconLabel(request.definition.name),
        description: forIconLabel(`${request.serverName} · ${callerText(request.caller, l10n.t)}`),
        detail: forIconLabel(JSON.stringify(request.arguments), 200),
        picked: !like || request.definition.name === like.definition.name,
        request,
      })),
    });
    if (!chosen || chosen.items.length === 0) throw turnedAway();
    await this.#open(chosen.items.map(({ request }) => request));
  }

  async #open(requests: readonly ApprovalRequest[]): Promise<void> {
    const id = `batch-${++this.#count}`;
    const names = new Set(requests.map(({ definition }) => definition.name));
    const [only = ''] = names.size === 1 ? names : [l10n.t('calls')];
    const uri = Uri.from({
      scheme: schemes.batch,
      authority: id,
      path: `/${forFileName(l10n.t('{0} × {1}', requests.length, only))}.mcpjson`,
    });
    this.#batches.set(id, { uri, requests });
    this.#files.put(uri, batchDocument(requests, l10n.t), true);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
  }

  async #allow({ uri, requests }: Batch): Promise<void> {
    const isOnScreen = window.visibleTextEditors.some(
      ({ document }) => document.uri.toString() === uri.toString(),
    );
    if (!isOnScreen) {
      await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
      return;
    }
    const open = this.#stillOpen(requests);
    const invalid = open.filter(({ definition, arguments: args }) =>
      this.#deps.validator.validate(definition.inputSchema, args).some(isBlocking),
    );
    if (invalid[0])
      throw new AppError(
        'invalid-input',
        l10n.t(
          'The arguments of {0} of these calls do not fit the tool’s schema, first: {1}',
          invalid.length,
          forMessage(JSON.stringify(invalid[0].arguments), 100),
        ),
        { nextStep: l10n.t('Correct or deny them one by one.') },
      );
    this.#close(uri);
    for (const { id, arguments: args } of open)
      this.#deps.requests.decide(id, { kind: 'allow', scope: 'once', arguments: args });
  }

  async #deny({ uri, requests }: Batch): Promise<void> {
    const open = this.#stillOpen(requests);
    const reason = await this.#deps.dialogs.enter({
      title: l10n.t('Deny {0} calls', open.length),
      prompt: l10n.t('The reason is passed on to the caller.'),
    });
    if (reason === undefined) throw turnedAway();
    this.#close(uri);
    for (const { id } of open)
      this.#deps.requests.decide(id, {
        kind: 'deny',
        reason: reason.trim() === '' ? undefined : reason,
      });
  }

  #stillOpen(requests: readonly ApprovalRequest[]): readonly ApprovalRequest[] {
    const open = requests.filter((request) => this.#deps.requests.get(request.id) === request);
    if (open.length < requests.length)
      throw new AppError('conflict', l10n.t('Some of these calls are no longer open: look again.'));
    return open;
  }

  #given(argument: unknown): ApprovalRequest | undefined {
    const id =
      argument instanceof Uri
        ? argument.authority
        : ((argument as { readonly id?: string } | undefined)?.id ?? '');
    const request = this.#deps.requests.get(id);
    return request?.kind === 'approval' ? request : undefined;
  }

  #batchOf(argument: unknown): Batch {
    const uri = argument instanceof Uri ? argument : window.activeTextEditor?.document.uri;
    const batch = uri?.scheme === schemes.batch ? this.#batches.get(uri.authority) : undefined;
    if (!batch) throw new AppError('conflict', l10n.t('This request is no longer open.'));
    return batch;
  }

  #lenses({ uri }: TextDocument): CodeLens[] {
    const batch = this.#batches.get(uri.authority);
    if (!batch) return [];
    const top = new Range(0, 0, 0, 0);
    const lens = (title: string, command: string) => new CodeLens(top, { title, command, arguments: [uri] });
    const count = batch.requests.length;
    return [
      lens(`$(check)\u00a0${l10n.t('Allow these {0} once', count)}`, commands.allowBatch),
      lens(`$(close)\u00a0${l10n.t('Deny these {0} with a reason…', count)}`, commands.denyBatch),
      lens(l10n.t('Choose others…'), commands.reviewBatch),
    ];
  }

  /** What was decided or withdrawn is taken out, so that a batch never shows what it does not decide. */
  #follow(open: readonly PromptRequest[]): void {
    const ids = new Set(open.map(({ id }) => id));
    for (const [id, { uri, requests }] of [...this.#batches]) {
      const left = requests.filter((request) => ids.has(request.id));
      if (left.length === requests.length) continue;
      if (left.length > 0) {
        this.#batches.set(id, { uri, requests: left });
        this.#files.put(uri, batchDocument(left, l10n.t), true);
        continue;
      }
      this.#close(uri);
    }
  }

  #close({ authority }: Uri): void {
    this.#batches.delete(authority);
    void this.#deps.actions.run('close batch', async () => {
      await closeTabs((tab) => tab.scheme === schemes.batch && tab.authority === authority);
      // VS Code may still be reading it: a file that is gone by then would become an error message.
      this.#closed.push(authority);
      if (this.#closed.length > keptClosed) this.#files.remove(this.#closed.shift() ?? '');
    });
  }
}

/** The open tool calls. */
export function approvalsOf(open: readonly PromptRequest[]): readonly ApprovalRequest[] {
  return open.filter((request) => request.kind === 'approval');
}

/** Whether two calls come from the same caller. */
export function isSameCaller(a: ApprovalRequest, b: ApprovalRequest): boolean {
  return a.caller?.kind === b.caller?.kind && a.caller?.name === b.caller?.name;
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
