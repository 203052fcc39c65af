import {
  Diagnostic,
  DiagnosticSeverity,
  languages,
  Range,
  window,
  workspace,
  type TextDocument,
  type Uri,
} from 'vscode';
import type { Clock } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import type { ArgumentProblem } from './argumentText.ts';
import { Coalesced } from './coalesced.ts';

const checkMs = 100;
const maxProblems = 100;

/** How the documents of a scheme are checked. */
export interface ReviewedDocuments {
  readonly scheme: string;
  /** Names the problems' collection. */
  readonly collection: string;
  readonly clock: Clock;
  /** The requests that the documents belong to. */
  readonly open: Readable<unknown>;
  /** The problems of a document; undefined when it has none to show. */
  readonly problemsOf: (document: TextDocument) => readonly ArgumentProblem[] | undefined;
  /** Told of the document in the active editor, of any scheme, whenever something may have changed. */
  readonly onActive: (document: TextDocument | undefined) => void;
}

/** Keeps the problems of open documents and what the active one allows up to date. */
export function checkReviewedDocuments(deps: ReviewedDocuments): Disposable {
  const disposables = new DisposableStore();
  const diagnostics = disposables.add(languages.createDiagnosticCollection(deps.collection));
  const isOurs = ({ uri }: TextDocument) => uri.scheme === deps.scheme;
  const check = () => {
    for (const document of workspace.textDocuments.filter(isOurs)) {
      const problems = deps.problemsOf(document)?.slice(0, maxProblems);
      diagnostics.set(
        document.uri,
        problems?.map((problem) => toDiagnostic(document, problem)),
      );
    }
    deps.onActive(window.activeTextEditor?.document);
  };
  const soon = disposables.add(new Coalesced(deps.clock, checkMs, check));
  disposables.add(workspace.onDidOpenTextDocument((document) => isOurs(document) && soon.request()));
  disposables.add(workspace.onDidChangeTextDocument(({ document }) => isOurs(document) && soon.request()));
  disposables.add(
    workspace.onDidCloseTextDocument((document) => isOurs(document) && diagnostics.delete(document.uri)),
  );
  disposables.add(window.onDidChangeActiveTextEditor(check));
  disposables.add(deps.open.subscribe(() => soon.request()));
  check();
  return disposables;
}

/** The open document of an address. */
export function documentOf(uri: Uri): TextDocument | undefined {
  return workspace.textDocuments.find(
    (document) => !document.isClosed && document.uri.toString() === uri.toString(),
  );
}

function toDiagnostic(
  document: TextDocument,
  { offset, length, message, isBlocking }: ArgumentProblem,
): Diagnostic {
  const range = new Range(document.positionAt(offset), document.positionAt(offset + length));
  const severity = isBlocking ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning;
  const problem = new Diagnostic(range, message, severity);
  problem.source = 'MCP Switchboard';
  return problem;
}
