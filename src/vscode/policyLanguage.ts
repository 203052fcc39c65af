import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import {
  CodeLens,
  Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  EventEmitter,
  l10n,
  languages,
  Range,
  workspace,
  type TextDocument,
} from 'vscode';
import type { Configuration } from '../core/server.ts';
import { parsePolicy, type PolicyFile, type PolicyParsing, type PolicyWho } from '../core/policyFile.ts';
import type { PolicyGate } from '../core/policyGate.ts';
import { fitsGlob } from '../core/policyGlob.ts';
import type { PolicyCall } from '../core/policyRules.ts';
import type { Clock } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import { commands } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';
import { forIconLabel } from './plainText.ts';
import type { PolicyEditor } from './policyEditor.ts';

export interface PolicyLanguageDeps extends PolicyParsing {
  readonly editor: PolicyEditor;
  readonly gate: PolicyGate;
  readonly configuration: Readable<Configuration>;
  readonly clock: Clock;
  /** The last calls there were, as rules see them; few enough to look at them all. */
  readonly recentCalls: () => readonly PolicyCall[];
}

const checkMs = 150;

/** Problems and code lenses of policy files in editors. */
export function registerPolicyLanguage(deps: PolicyLanguageDeps): Disposable {
  const { editor, gate, configuration, clock } = deps;
  const disposables = new DisposableStore();
  const diagnostics = disposables.add(languages.createDiagnosticCollection('mcpSwitchboardPolicy'));
  const changed = disposables.add(new EventEmitter<void>());
  const parsed = new WeakMap<TextDocument, { readonly version: number; readonly file: PolicyFile }>();

  const read = (document: TextDocument): PolicyFile | undefined => {
    const source = editor.sourceOf(document.uri);
    if (!source) return undefined;
    const known = parsed.get(document);
    if (known?.version === document.version) return known.file;
    const file = parsePolicy(source, document.getText(), deps);
    parsed.set(document, { version: document.version, file });
    return file;
  };
  const check = () => {
    for (const document of workspace.textDocuments) {
      const file = read(document);
      if (file) diagnostics.set(document.uri, [...problemsOf(document, file), ...remarksOf(document, file)]);
    }
    changed.fire();
  };
  const remarksOf = (document: TextDocument, file: PolicyFile): Diagnostic[] => {
    const root = parseTree(document.getText(), [], { allowTrailingComma: true });
    const servers = configuration.get().servers;
    const isKnown = (pattern: string) =>
      servers.some(({ id, name }) => fitsGlob(pattern, name) || fitsGlob(pattern, id));
    const unknown = (list: 'rules' | 'limits', all: readonly PolicyWho[]): Diagnostic[] =>
      all.flatMap(({ server }, i) => {
        const names = (server ?? []).filter((pattern) => !isKnown(pattern));
        const node = root && findNodeAtLocation(root, [list, i, 'server']);
        if (names.length === 0 || !node) return [];
        const text = l10n.t('No server that is configured here fits {0}.', names.join(', '));
        return [remark(document, node.offset, node.length, text, DiagnosticSeverity.Warning)];
      });
    const expired = file.rules
      .filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= clock.now())
      .map(({ place }) => {
        const text = l10n.t('This rule has expired and fits nothing.');
        const found = remark(document, place.offset, place.length, text, DiagnosticSeverity.Hint);
        found.tags = [DiagnosticTag.Unnecessary];
        return found;
      });
    return [...unknown('rules', file.rules), ...unknown('limits', file.limits), ...expired];
  };

  const soon = disposables.add(new Coalesced(clock, checkMs, check));
  disposables.add(workspace.onDidOpenTextDocument(() => soon.request()));
  disposables.add(
    workspace.onDidChangeTextDocument(({ document }) => editor.sourceOf(document.uri) && soon.request()),
  );
  disposables.add(workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)));
  disposables.add(configuration.subscribe(() => soon.request()));
  disposables.add(gate.rules.subscribe(() => soon.request()));
  check();

  disposables.add(
    languages.registerCodeLensProvider(
      { scheme: 'file', pattern: '**/mcp-policy.json' },
      {
        onDidChangeCodeLenses: changed.event,
        provideCodeLenses: (document) => {
          const file = read(document);
          return file ? [...headLenses(document, file), ...ruleLenses(document, file)] : [];
        },
      },
    ),
  );

  const headLenses = (document: TextDocument, file: PolicyFile): CodeLens[] => {
    const top = new Range(0, 0, 0, 0);
    const explain = new CodeLens(top, {
      title: `$(question)\u00a0${l10n.t('Which rule fires?')}`,
      command: commands.explainPolicy,
    });
    const [problem] = file.problems;
    if (problem) {
      const at = document.positionAt(problem.offset);
      return [
        new CodeLens(top, {
          title: `$(error)\u00a0${l10n.t('Every call is denied until this file is correct')}`,
          command: 'vscode.open',
          arguments: [document.uri, { selection: new Range(at, at) }],
        }),
      ];
    }
    if (file.source.kind === 'user') return [explain];
    const accept = (title: string) =>
      new CodeLens(top, { title, command: commands.acceptPolicy, arguments: [document.uri] });
    const allowing = file.rules.filter(({ effect }) => effect === 'allow').length;
    const isAccepted = gate.rules
      .get()
      .files.some(
        (one) => one.isAccepted && one.file.hash === file.hash && one.file.source.file === file.source.file,
      );
    const standing = isAccepted
      ? [accept(`$(pass)\u00a0${l10n.t('Accepted as it is')}`)]
      : allowing > 0 || file.presets.length > 0
        ? [accept(`$(shield)\u00a0${l10n.t('What this file allows is not in force: review and accept…')}`)]
        : [];
    return [...standing, explain];
  };
  const ruleLenses = (document: TextDocument, file: PolicyFile): CodeLens[] => {
    const calls = deps.recentCalls();
    if (calls.length === 0 || file.rules.length > 200) return [];
    return file.rules.map((rule) => {
      const count = calls.filter((call) => gate.fits(rule, call)).length;
      const { line } = document.positionAt(rule.place.offset);
      return new CodeLens(new Range(line, 0, line, 0), {
        title: l10n.t('fits {0} of the last {1} calls', count, calls.length),
        command: '',
      });
    });
  };
  return disposables;
}

function problemsOf(document: TextDocument, { problems }: PolicyFile): Diagnostic[] {
  return problems.map(({ offset, length, message }) =>
    remark(document, offset, length, forIconLabel(message, 400), DiagnosticSeverity.Error),
  );
}

function remark(
  document: TextDocument,
  offset: number,
  length: number,
  text: string,
  severity: DiagnosticSeverity,
): Diagnostic {
  const range = new Range(document.positionAt(offset), document.positionAt(offset + length));
  const found = new Diagnostic(range, text, severity);
  found.source = 'MCP Switchboard';
  return found;
}
