import { dirname, join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { workspace as vscodeWorkspace } from 'vscode';
import type { Caller } from './core/caller.ts';
import { HintsTrust } from './core/hintsTrust.ts';
import { PolicyAcceptance } from './core/policyAcceptance.ts';
import type { PolicyFile } from './core/policyFile.ts';
import { PolicyGate } from './core/policyGate.ts';
import type { InstallRecord } from './core/installRecord.ts';
import type { PolicyCall } from './core/policyRules.ts';
import type { PolicyVerdictName } from './core/policySchema.ts';
import type { Logger, Memory } from './core/ports.ts';
import type { Configuration } from './core/server.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Readable } from './core/util/store.ts';
import { sha256, systemClock, type Host } from './node/host.ts';
import { createPolicyFiles, policyFileName } from './node/policyFiles.ts';
import { createSchemaValidator } from './node/schemaValidator.ts';
import { ApprovalBatch } from './vscode/approvalBatch.ts';
import type { ApprovalEditor } from './vscode/approvalEditor.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { lmCaller } from './vscode/lmTools.ts';
import { PolicyCalls } from './vscode/policyCalls.ts';
import { policyCommands } from './vscode/policyCommands.ts';
import { PolicyEditor } from './vscode/policyEditor.ts';
import { registerPolicyLanguage } from './vscode/policyLanguage.ts';
import { presetCommands } from './vscode/policyPresets.ts';
import type { ResultEditor } from './vscode/resultEditor.ts';
import type { Actions } from './vscode/runAction.ts';
import type { Workspace } from './vscode/workspaceState.ts';

/** What the policy is composed with, before there is a host. */
export interface PolicyParts {
  readonly context: Pick<ExtensionContext, 'globalStorageUri'>;
  readonly workspace: Workspace;
  readonly memory: Memory;
  readonly logger: Logger;
  /** What the identity checks say of a server; undefined while nothing was checked. */
  readonly verdictOf: (serverId: string) => PolicyVerdictName | undefined;
  /** Servers that were installed from a registry. */
  readonly installed: Readable<readonly InstallRecord[]>;
}

/** What the surfaces of the policy are composed with. */
export interface PolicySurfaceParts {
  readonly host: Host;
  readonly configuration: Readable<Configuration>;
  readonly approvals: ApprovalEditor;
  readonly results: ResultEditor;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
}

const maxRecent = 100;
const dayMs = 86_400_000;

/** Follows the policy files and decides by them; `surface` adds what the editor shows of it. */
export function createPolicy({ context, workspace, memory, logger, verdictOf, installed }: PolicyParts) {
  const disposables = new DisposableStore();
  const clock = systemClock;
  // One of its own: the schemas of rules must not push those of tools out of what is kept compiled.
  const validator = createSchemaValidator(1_000);
  const parsing = { sha256, validator };
  const userFolder = dirname(dirname(context.globalStorageUri.fsPath));
  const policyFiles = disposables.add(
    createPolicyFiles({
      ...{ ...parsing, clock, logger },
      // Next to the user's mcp.json, so that the two are kept and synchronised together.
      userFile: join(userFolder, policyFileName),
      folders: workspace.folders,
    }),
  );
  const acceptance = new PolicyAcceptance(memory);
  const hints = new HintsTrust(memory);
  const gate = disposables.add(
    new PolicyGate({
      ...{ acceptance, validator, clock },
      identityOf: (serverId) => {
        const registry = installed.get().find((record) => record.serverId === serverId)?.name;
        const verdict = verdictOf(serverId);
        return {
          ...(registry === undefined ? {} : { registry }),
          ...(verdict === undefined ? {} : { verdict }),
        };
      },
      files: policyFiles.files,
      ready: () => policyFiles.ready(),
      isWorkspaceTrusted: workspace.isTrusted,
      areHintsTrusted: (serverId, launchHash) => hints.isTrusted(serverId, launchHash),
      folders: () =>
        workspace.folders.get().flatMap(({ name, path }) => (path === undefined ? [name] : [name, path])),
    }),
  );
  disposables.add(
    vscodeWorkspace.onDidSaveTextDocument(({ uri }) => {
      if (policyFiles.sources().some(({ file }) => file === uri.fsPath)) void policyFiles.reload();
    }),
  );

  return {
    gate,
    /** Names of the presets that an agent's offer may be limited to. */
    presets: () => gate.presetNames(),
    dispose: () => disposables.dispose(),
    surface: ({ host, configuration, approvals, results, dialogs, actions }: PolicySurfaceParts) => {
      const { connections, requests, jobs, activity, definitions } = host;
      disposables.add(
        followPolicy(policyFiles.files, memory, (event) => activity.append(clock.now(), event)),
      );
      const editor = new PolicyEditor({
        ...{ gate, acceptance, dialogs, results },
        sources: () => policyFiles.sources(),
        reload: () => policyFiles.reload(),
        isWorkspaceTrusted: () => workspace.isTrusted.get(),
        onAccepted: ({ source, hash }, isAccepted) => {
          activity.append(clock.now(), { kind: 'policy-accepted', file: source.file, hash, isAccepted });
        },
      });
      const calls = new PolicyCalls({
        ...{ connections, definitions, requests, jobs, approvals, dialogs, sha256 },
        callers: (): readonly Caller[] => [
          ...host.callers.all().map(({ name }) => ({ kind: 'gateway', name }) as const),
          lmCaller,
        ],
      });
      const recentCalls = (): readonly PolicyCall[] =>
        [...jobs.open.get(), ...jobs.finished.get()]
          .filter(({ createdAt }) => createdAt > clock.now() - dayMs)
          .slice(0, maxRecent)
          .map(({ serverId, serverName, launchHash, tool, definitionHash, caller, arguments: args }) =>
            gate.callOf({
              facts: { serverId, launchHash, tool, definitionHash, caller },
              hints:
                connections.get(serverId)?.offer?.tools.items.find(({ name }) => name === tool)
                  ?.annotations ?? {},
              serverName,
              arguments: args,
            }),
          );
      disposables.add(
        registerPolicyLanguage({ ...parsing, editor, gate, configuration, clock, recentCalls }),
      );
      const batch = disposables.add(
        new ApprovalBatch({ requests, validator: host.validator, dialogs, actions, clock }),
      );
      return {
        ...policyCommands({
          ...{ gate, editor, calls, hints, dialogs },
          remembered: () => host.calls.remembered.get(),
          onHints: ({ id, launchHash }, isTrusted) => {
            activity.append(clock.now(), { kind: 'hints-trusted', serverId: id, launchHash, isTrusted });
          },
        }),
        ...presetCommands({ connections, gate, editor, dialogs }),
        ...batch.commands(),
      };
    },
  };
}

/** Notes each policy file that is not what it was when it was last seen, also by an earlier session. */
function followPolicy(
  files: Readable<readonly PolicyFile[] | undefined>,
  memory: Memory,
  record: (event: {
    readonly kind: 'policy-changed';
    readonly file: string;
    readonly hash?: string;
    readonly rules: number;
    readonly problems: number;
  }) => void,
) {
  const keyOf = (file: string) => `policySeen:${file}`;
  let known: readonly string[] = [];
  const look = (now: readonly PolicyFile[] | undefined) => {
    if (!now) return;
    for (const { source, hash, rules, problems } of now) {
      if (memory.get(keyOf(source.file)) === hash) continue;
      record({
        ...{ kind: 'policy-changed', file: source.file, hash },
        rules: rules.length,
        problems: problems.length,
      });
      memory.set(keyOf(source.file), hash);
    }
    const there = now.map(({ source }) => source.file);
    for (const file of known.filter((one) => !there.includes(one))) {
      record({ kind: 'policy-changed', file, rules: 0, problems: 0 });
      memory.set(keyOf(file), undefined);
    }
    known = there;
  };
  look(files.get());
  return files.subscribe(look);
}
