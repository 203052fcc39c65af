import {
  commands as vscodeCommands,
  l10n,
  Range,
  Selection,
  TabInputWebview,
  TextEditorRevealType,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { Connections } from '../core/connections.ts';
import { foreignNames } from '../core/foreignNames.ts';
import type { JsonObject } from '../core/json.ts';
import type { IdentityVerdict } from '../core/identityReport.ts';
import type { Clock } from '../core/ports.ts';
import type { ApprovalRequest, PromptRequest, Requests } from '../core/requests.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { schemes } from '../shared/ids.ts';
import {
  alwaysDetail,
  approvalDocument,
  approvalFileName,
  argumentsAsText,
  definitionDocument,
  withoutHeader,
} from './approvalText.ts';
import { readableValue } from './approvalValues.ts';
import { argumentsStart, readArguments, type ReadArguments } from './argumentText.ts';
import type { Dialogs } from './dialogs.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { documentOf } from './reviewedDocuments.ts';
import { forFileName, forMessage } from './plainText.ts';
import { callerText } from './requestText.ts';
import type { Actions } from './runAction.ts';
import { closeTabs } from './tabs.ts';

export interface ApprovalEditorDeps {
  readonly requests: Pick<Requests, 'open' | 'get' | 'decide'>;
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly validator: SchemaValidator;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  /** Who a server is, as far as is known. */
  readonly verdictOf: (serverId: string) => IdentityVerdict | undefined;
  /** What an agent's call does that waits for a decision. */
  readonly agentApprovals: () => 'open' | 'notify';
  readonly clock: Clock;
}

const keptClosed = 20;
const maxLinesAtTop = 26; // a header of so many lines leaves room for arguments on a small screen

/** One document per tool call that waits for a decision; what is in it at that moment is what is decided on. */
export class ApprovalEditor implements Disposable {
  readonly #deps: ApprovalEditorDeps;
  readonly #disposables = new DisposableStore();
  readonly #files: MemoryFiles;
  readonly #shown = new Map<string, ApprovalRequest>();
  readonly #closed: string[] = [];
  #isNoticeOpen = false;

  constructor(deps: ApprovalEditorDeps) {
    this.#deps = deps;
    this.#files = new MemoryFiles(deps.clock);
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.approval, this.#files, { isCaseSensitive: true }),
    );
    this.#disposables.add(deps.requests.open.subscribe((open) => this.#follow(open)));
    this.#follow(deps.requests.open.get());
    void deps.actions.run('close old approvals', () =>
      closeTabs((uri) => uri.scheme === schemes.approval && !this.requestOf(uri)),
    );
  }

  /** The open request that a document belongs to. */
  requestOf(uri: Uri): ApprovalRequest | undefined {
    if (uri.scheme !== schemes.approval) return undefined;
    const request = this.#deps.requests.get(uri.authority);
    return request?.kind === 'approval' ? request : undefined;
  }

  /** True for the document whose text is decided on. */
  isDecidedOn(uri: Uri): boolean {
    const request = this.requestOf(uri);
    return request !== undefined && uri.path === fileOf(request).path;
  }

  /** The arguments in a request's document, checked. */
  read(request: ApprovalRequest, text: string): ReadArguments {
    return readArguments(text, request.definition.inputSchema, this.#deps.validator, l10n.t);
  }

  /** The arguments of a request as they stand in its document, where that is sound. */
  argumentsOf(request: ApprovalRequest): JsonObject {
    const document = documentOf(fileOf(request));
    return (document && this.read(request, document.getText()).value) ?? request.arguments;
  }

  /** Opens a long or encoded text of a request's document for reading. */
  async openValue(request: ApprovalRequest, path: readonly (string | number)[]): Promise<void> {
    const text = this.#files.text(fileOf(request));
    const value = readableValue(documentOf(fileOf(request))?.getText() ?? text ?? '', path);
    if (value === undefined) throw new AppError('not-found', l10n.t('There is no such text any more.'));
    const name = forFileName(path.join('.'));
    const uri = fileOf(request, `${name} – ${forFileName(request.definition.name)}.txt`);
    this.#files.put(uri, value, true);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  /** Shows the document of a request, with the edits made so far. */
  async open(request: ApprovalRequest, preserveFocus = false): Promise<void> {
    const uri = fileOf(request);
    const known = this.#files.text(uri);
    if (known === undefined) throw new AppError('not-found', l10n.t('This request is no longer open.'));
    if (!documentOf(uri)) this.#files.put(uri, this.#document(request, withoutHeader(known)));
    const document = await workspace.openTextDocument(uri);
    const start = document.positionAt(argumentsStart(document.getText()));
    const selection = new Selection(start, start);
    const editor = await window.showTextDocument(document, { preview: false, selection, preserveFocus });
    // Showing the selection would scroll the actions above the first line out of sight.
    if (start.line <= maxLinesAtTop) editor.revealRange(new Range(0, 0, 0, 0), TextEditorRevealType.AtTop);
  }

  /** Shows what differs from the last approved arguments of the tool. */
  async openDiff(request: ApprovalRequest): Promise<void> {
    if (!request.lastApproved)
      throw new AppError('not-found', l10n.t('No call of this tool has been approved before.'));
    const before = fileOf(request, `${l10n.t('last approved')}.mcpjson`);
    this.#files.put(before, this.#document(request, argumentsAsText(request.lastApproved)), true);
    const title = l10n.t('{0}: last approved ↔ now', approvalFileName(request));
    await vscodeCommands.executeCommand('vscode.diff', before, fileOf(request), title, { preview: false });
  }

  /** Shows the tool's whole definition as the server sent it. */
  async openDefinition(request: ApprovalRequest): Promise<void> {
    const uri = fileOf(request, `${l10n.t('definition')}.mcpjson`);
    this.#files.put(uri, definitionDocument(request.definition), true);
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  /** Sends the call with the arguments that are in the document now; a document that is not on screen is shown first, and nothing is decided. */
  async allow(request: ApprovalRequest, scope: 'once' | 'session' | 'always'): Promise<void> {
    const { requests, connections, dialogs } = this.#deps;
    if (scope !== 'once' && request.rule)
      throw new AppError(
        'blocked',
        l10n.t('A rule always asks before this call: it can only be allowed once.'),
      );
    const document = documentOf(fileOf(request));
    const isVisible = window.visibleTextEditors.some((editor) => editor.document === document);
    if (!document || !isVisible) return this.open(request);
    const { value, problems } = this.read(request, document.getText());
    const problem = problems.find(({ isBlocking }) => isBlocking);
    if (problem || !value) {
      throw new AppError(
        'invalid-input',
        l10n.t('The arguments cannot be sent: {0}', problem?.message ?? ''),
        { nextStep: l10n.t('Correct them, or deny the call.') },
      );
    }
    if (scope === 'always') {
      const allow = l10n.t('Always Allow');
      const definition = connections.get(request.serverId)?.definition;
      const launch = definition?.launchHash === request.launchHash ? definition.launch : undefined;
      const chosen = await dialogs.ask({
        message: l10n.t(
          'Always allow {0} of {1}?',
          forMessage(request.definition.name, 100),
          forMessage(request.serverName, 100),
        ),
        detail: alwaysDetail(request, launch, l10n.t),
        choices: [allow],
      });
      if (chosen !== allow) return;
    }
    this.#settle(requests.decide(request.id, { kind: 'allow', scope, arguments: value }));
  }

  /** Refuses the call; the reason, when asked for, goes to the caller. */
  async deny(request: ApprovalRequest, withReason: boolean): Promise<void> {
    let reason: string | undefined;
    if (withReason) {
      reason = await this.#deps.dialogs.enter({
        title: l10n.t('Deny {0}', forMessage(request.definition.name, 100)),
        prompt: l10n.t('The reason is passed on to the caller.'),
      });
      if (reason === undefined) return;
    }
    this.#settle(
      this.#deps.requests.decide(request.id, {
        kind: 'deny',
        reason: reason?.trim() === '' ? undefined : reason,
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #document(request: ApprovalRequest, text: string): string {
    const foreign = foreignNames(this.#deps.connections.servers.get(), request.serverId);
    return approvalDocument(request, text, l10n.t, foreign, this.#deps.verdictOf(request.serverId));
  }

  #settle(wasOpen: boolean): void {
    if (!wasOpen)
      throw new AppError(
        'conflict',
        l10n.t('This request is no longer open: its caller went away, or it was decided already.'),
      );
  }

  #follow(open: readonly PromptRequest[]): void {
    const approvals = open.filter((request) => request.kind === 'approval');
    const ids = new Set(approvals.map(({ id }) => id));
    for (const [id, request] of this.#shown) {
      if (ids.has(id)) continue;
      this.#shown.delete(id);
      void this.#deps.actions.run('close approval', () => this.#close(request));
    }
    for (const request of approvals) {
      if (this.#shown.has(request.id)) continue;
      this.#shown.set(request.id, request);
      this.#files.put(fileOf(request), this.#document(request, argumentsAsText(request.arguments)));
      if (request.caller?.kind === 'user')
        void this.#deps.actions.run('open approval', () => this.open(request));
      else void this.#deps.actions.run('announce approval', () => this.#present(request));
    }
  }

  async #close(request: ApprovalRequest): Promise<void> {
    await closeTabs((uri) => uri.scheme === schemes.approval && uri.authority === request.id);
    // A save may still be on its way: a file that is gone by then would become an error message.
    this.#closed.push(request.id);
    if (this.#closed.length > keptClosed) this.#files.remove(this.#closed.shift() ?? '');
  }

  /** Brings another caller's request to the user without taking the keyboard from what they are typing. */
  async #present(request: ApprovalRequest): Promise<void> {
    if (this.#deps.agentApprovals() === 'notify') return this.#announce(request);
    const isDeciding = window.visibleTextEditors.some(({ document }) => this.isDecidedOn(document.uri));
    if (isDeciding) return; // one after the other: the inbox counts them
    const { activeTab } = window.tabGroups.activeTabGroup;
    if (!activeTab || activeTab.input instanceof TabInputWebview) return this.open(request, true);
    // An editor in front shares its text widget with the tab: what the user types there would go into the arguments.
    await vscodeCommands.executeCommand('vscode.open', fileOf(request), { background: true, preview: false });
    await this.#announce(request);
  }

  async #announce(request: ApprovalRequest): Promise<void> {
    if (this.#isNoticeOpen) return;
    this.#isNoticeOpen = true;
    try {
      const review = l10n.t('Review');
      const text = l10n.t(
        '{0} wants to run {1} of {2}.',
        callerText(request.caller, l10n.t),
        request.definition.name,
        request.serverName,
      );
      if ((await window.showInformationMessage(forMessage(text), review)) !== review) return;
      const next =
        this.#deps.requests.get(request.id) ??
        this.#deps.requests.open.get().find(({ kind }) => kind === 'approval');
      if (next?.kind === 'approval') await this.open(next);
    } finally {
      this.#isNoticeOpen = false;
    }
  }
}

function fileOf(request: ApprovalRequest, name = approvalFileName(request)): Uri {
  return Uri.from({ scheme: schemes.approval, authority: request.id, path: `/${name}` });
}
