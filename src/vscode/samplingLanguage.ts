import { CodeLens, l10n, languages, Range, type TextDocument } from 'vscode';
import type { Clock } from '../core/ports.ts';
import type { Requests, SamplingRequest } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { commands, schemes } from '../shared/ids.ts';
import { setContext, type CommandName } from './commands.ts';
import { forTree } from './plainText.ts';
import { checkReviewedDocuments } from './reviewedDocuments.ts';
import type { SamplingEditor } from './samplingEditor.ts';

export interface SamplingLanguageDeps {
  readonly editor: SamplingEditor;
  readonly requests: Pick<Requests, 'open'>;
  readonly clock: Clock;
}

/** Code lenses, problems and context keys of the documents of model requests. */
export function registerSamplingLanguage({ editor, requests, clock }: SamplingLanguageDeps): Disposable {
  const disposables = new DisposableStore();
  const selector = { scheme: schemes.sampling };
  const read = (request: SamplingRequest, document: TextDocument) =>
    editor.read(editor.partOf(request, document.uri), document.getText());

  disposables.add(
    checkReviewedDocuments({
      scheme: schemes.sampling,
      collection: 'mcpSwitchboardModels',
      clock,
      open: requests.open,
      problemsOf: (document) => {
        const request = editor.requestOf(document.uri);
        return request && read(request, document).problems;
      },
      onActive: (active) => {
        const request = active && editor.requestOf(active.uri);
        const part = request && editor.partOf(request, active.uri);
        setContext('isModelPrompt', part === 'prompt');
        setContext('isModelAnswer', part === 'answer');
      },
    }),
  );

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
