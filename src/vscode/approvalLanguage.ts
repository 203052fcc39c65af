import { format } from 'jsonc-parser';
import {
  CodeLens,
  CompletionItem,
  CompletionItemKind,
  Hover,
  l10n,
  languages,
  MarkdownString,
  Range,
  TextEdit,
  Uri,
  type Command,
  type TextDocument,
} from 'vscode';
import type { Clock } from '../core/ports.ts';
import type { ApprovalRequest, Requests } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { commands, schemes } from '../shared/ids.ts';
import { approvalsOf, isSameCaller } from './approvalBatch.ts';
import type { ApprovalEditor } from './approvalEditor.ts';
import { longValues, type LongValue } from './approvalValues.ts';
import { explain, suggest } from './argumentHelp.ts';
import { setContext, type CommandName } from './commands.ts';
import { forTooltip } from './plainText.ts';
import { checkReviewedDocuments } from './reviewedDocuments.ts';

export interface ApprovalLanguageDeps {
  readonly editor: ApprovalEditor;
  readonly requests: Pick<Requests, 'open'>;
  readonly clock: Clock;
}

/** Code lenses, problems, completion, hover, formatting and context keys of approval documents. */
export function registerApprovalLanguage({ editor, requests, clock }: ApprovalLanguageDeps): Disposable {
  const disposables = new DisposableStore();
  const selector = { scheme: schemes.approval };

  const decidedOn = (document: TextDocument): ApprovalRequest | undefined =>
    editor.isDecidedOn(document.uri) ? editor.requestOf(document.uri) : undefined;
  const isBlocked = (request: ApprovalRequest, document: TextDocument): boolean =>
    editor.read(request, document.getText()).problems.some((problem) => problem.isBlocking);

  disposables.add(
    checkReviewedDocuments({
      scheme: schemes.approval,
      collection: 'mcpSwitchboard',
      clock,
      open: requests.open,
      problemsOf: (document) => {
        const request = decidedOn(document);
        return request && editor.read(request, document.getText()).problems;
      },
      onActive: (active) => {
        const request = active && editor.requestOf(active.uri);
        setContext('isApproval', request !== undefined);
        setContext(
          'canDecide',
          request !== undefined &&
            active !== undefined &&
            !(editor.isDecidedOn(active.uri) && isBlocked(request, active)),
        );
      },
    }),
  );

  disposables.add(
    // No change event: VS Code asks again after each edit, and each needless answer redraws what is being clicked.
    languages.registerCodeLensProvider(selector, {
      provideCodeLenses: (document) => {
        const request = decidedOn(document);
        if (!request) return [];
        const top = new Range(0, 0, 0, 0);
        const others =
          approvalsOf(requests.open.get()).filter((other) => isSameCaller(other, request)).length - 1;
        const lens = (title: string, name: CommandName): CodeLens =>
          new CodeLens(top, { title, command: commands[name], arguments: [document.uri] } satisfies Command);
        return [
          ...(isBlocked(request, document)
            ? [
                new CodeLens(top, {
                  title: `$(error)\u00a0${l10n.t('Correct the arguments to allow this call')}`,
                  command: '',
                }),
              ]
            : [
                lens(`$(check)\u00a0${l10n.t('Allow once')}`, 'allowOnce'),
                ...(request.rule
                  ? []
                  : [
                      lens(l10n.t('Allow for this session'), 'allowSession'),
                      lens(l10n.t('Always allow this tool…'), 'allowAlways'),
                    ]),
              ]),
          lens(`$(close)\u00a0${l10n.t('Deny')}`, 'deny'),
          lens(l10n.t('Deny with a reason…'), 'denyWithReason'),
          ...(request.lastApproved ? [lens(l10n.t('What changed since last time'), 'diffArguments')] : []),
          lens(l10n.t('Tool definition'), 'openDefinition'),
          lens(l10n.t('Make a rule…'), 'makeRule'),
          ...(request.rule ? [ruleLens(top, request.rule)] : []),
          ...(others > 0 ? [lens(l10n.t('{0} more of this caller…', others), 'reviewBatch')] : []),
          ...longValues(document.getText()).map(({ offset, path, text, as }) => {
            const { line } = document.positionAt(offset);
            return new CodeLens(new Range(line, 0, line, 0), {
              title: valueTitle(text, as),
              command: commands.openValue,
              arguments: [document.uri, path],
            });
          }),
        ];
      },
    }),
  );

  disposables.add(
    languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: (document, position) => {
          const request = decidedOn(document);
          if (!request) return [];
          return suggest(request.definition.inputSchema, document.getText(), document.offsetAt(position)).map(
            (suggestion, i) => {
              const item = new CompletionItem(
                {
                  label: forTooltip(suggestion.label, 80),
                  ...(suggestion.isRequired ? { description: l10n.t('required') } : {}),
                },
                suggestion.kind === 'property' ? CompletionItemKind.Property : CompletionItemKind.Value,
              );
              item.range = new Range(
                document.positionAt(suggestion.offset),
                document.positionAt(suggestion.offset + suggestion.length),
              );
              item.insertText = suggestion.text;
              item.filterText = suggestion.length > 0 ? suggestion.text : suggestion.label;
              item.sortText = `${suggestion.isRequired ? 0 : 1}${String(i).padStart(4, '0')}`;
              if (suggestion.description !== undefined)
                item.documentation = forTooltip(suggestion.description);
              return item;
            },
          );
        },
      },
      '"',
      ':',
      ' ',
    ),
  );

  disposables.add(
    languages.registerHoverProvider(selector, {
      provideHover: (document, position) => {
        const request = decidedOn(document);
        const text =
          request && explain(request.definition.inputSchema, document.getText(), document.offsetAt(position));
        return text === undefined ? undefined : new Hover(new MarkdownString().appendText(forTooltip(text)));
      },
    }),
  );

  disposables.add(
    languages.registerDocumentFormattingEditProvider(selector, {
      provideDocumentFormattingEdits: (document, { tabSize, insertSpaces }) =>
        format(document.getText(), undefined, { tabSize, insertSpaces }).map(
          ({ offset, length, content }) =>
            new TextEdit(
              new Range(document.positionAt(offset), document.positionAt(offset + length)),
              content,
            ),
        ),
    }),
  );
  return disposables;
}

function ruleLens(at: Range, { file, line }: { readonly file: string; readonly line: number }): CodeLens {
  return new CodeLens(at, {
    title: l10n.t('The rule that asks'),
    command: 'vscode.open',
    arguments: [Uri.file(file), { selection: new Range(line - 1, 0, line - 1, 0) }],
  });
}

function valueTitle(text: string, as: LongValue['as']): string {
  switch (as) {
    case 'json':
      return l10n.t('Read this text: JSON, {0} characters', text.length);
    case 'base64':
      return l10n.t('Read this text: Base64, {0} characters', text.length);
    case 'percent-encoded':
      return l10n.t('Read this text: encoded address, {0} characters', text.length);
    case 'text':
      return l10n.t('Read this text: {0} characters, {1} lines', text.length, text.split('\n').length);
  }
}
