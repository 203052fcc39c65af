import {
  CodeLens,
  Diagnostic,
  DiagnosticSeverity,
  l10n,
  languages,
  Range,
  window,
  workspace,
  type TextDocument,
} from 'vscode';
import type { Clock } from '../core/ports.ts';
import type { Requests, SamplingRequest } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { commands, schemes } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';
import { setContext, type CommandName } from './commands.ts';
import { forTree } from './plainText.ts';
import type { SamplingEditor } from './samplingEditor.ts';

export interface SamplingLanguageDeps {
  readonly editor: SamplingEditor;
  readonly requests: Pick<Requests, 'open'>;
  readonly clock: Clock;
}

const checkMs = 100;
const maxProblems = 100;

/** Code lenses, problems and context keys of the documents of model requests. */
export function registerSamplingLanguage({ editor, requests, clock }: SamplingLanguageDeps): Disposable {
  const disposables = new DisposableStore();
  const selector = { scheme: schemes.sampling };
  const diagnostics = disposables.add(languages.createDiagnosticCollection('mcpSwitchboardModels'));
  const isOurs = ({ uri }: TextDocument) => uri.scheme === schemes.sampling;
  const read = (request: SamplingRequest, document: TextDocument) =>
    editor.read(editor.partOf(request, document.uri), document.getText());

  const check = () => {
    for (const document of workspace.textDocuments.filter(isOurs)) {
      const request = editor.requestOf(document.uri);
      diagnostics.set(document.uri, request ? problemsOf(request, document) : undefined);
    }
    const active = window.activeTextEditor?.document;
    const request = active && editor.requestOf(active.uri);
    const part = request && editor.partOf(request, active.uri);
    setContext('isModelPrompt', part === 'prompt');
    setContext('isModelAnswer', part === 'answer');
  };
  const problemsOf = (request: SamplingRequest, document: TextDocument): Diagnostic[] =>
    read(request, document)
      .problems.slice(0, maxProblems)
      .map(({ offset, length, message, isBlocking }) => {
        const range = new Range(document.positionAt(offset), document.positionAt(offset + length));
        const problem = new Diagnostic(
          range,
          message,
          isBlocking ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
        );
        problem.source = 'MCP Switchboard';
        return problem;
      });

  const soon = disposables.add(new Coalesced(clock, checkMs, check));
  disposables.add(workspace.onDidOpenTextDocument((document) => isOurs(document) && soon.request()));
  disposables.add(workspace.onDidChangeTextDocument(({ document }) => isOurs(document) && soon.request()));
  disposables.add(
    workspace.onDidCloseTextDocument((document) => isOurs(document) && diagnostics.delete(document.uri)),
  );
  disposables.add(window.onDidChangeActiveTextEditor(check));
  disposables.add(requests.open.subscribe(() => soon.request()));
  check();

  disposables.add(
    languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: editor.onDidChange,
      provideCodeLenses: (document) => {
        const request = editor.requestOf(document.uri);
        if (!request) return [];
        const top = new Range(0, 0, 0, 0);
        const lens = (symbol: string, title: string, name?: CommandName): CodeLens =>
          new CodeLens(top, {
            title: symbol === '' ? title : `$(${symbol})\u00a0${title}`,
            command: name === undefined ? '' : commands[name],
            arguments: [document.uri],
          });
        const refuse = lens('close', l10n.t('Not now'), 'refuseModelRequest');
        if (editor.isAsking(request)) return [lens('sync~spin', l10n.t('Asking the model…')), refuse];
        if (read(request, document).problems.some(({ isBlocking }) => isBlocking))
          return [lens('error', l10n.t('Correct this to go on')), refuse];
        const isAnswer = editor.partOf(request, document.uri) === 'answer';
        const model = editor.modelOf(request);
        const name = model && forTree(model.name, 60);
        return [
          ...(isAnswer ? [lens('check', l10n.t('Send answer to the server'), 'sendModelAnswer')] : []),
          name === undefined
            ? lens('error', l10n.t('There is no language model'))
            : isAnswer
              ? lens('', l10n.t('Back to the request'), 'openRequest')
              : lens('sparkle', l10n.t('Ask {0}', name), 'askModel'),
          ...(isAnswer ? [] : [lens('', l10n.t('Other model…'), 'chooseModel')]),
          refuse,
        ];
      },
    }),
  );
  return disposables;
}
