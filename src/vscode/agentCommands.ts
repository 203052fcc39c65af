import { commands as vscodeCommands, env, l10n, Uri, window, workspace } from 'vscode';
import {
  agentSnippet,
  claudeCommand,
  withShortToken,
  type AgentEdit,
  type AgentFiles,
  type AgentGrant,
  type AgentLaunchers,
  type AgentWay,
} from '../core/agentSnippets.ts';
import { agentKinds, type AgentKind, type CallerRecord } from '../core/callerRecord.ts';
import type { Callers } from '../core/callers.ts';
import type { Page } from '../core/dashboard.ts';
import { AppError } from '../core/util/errors.ts';
import { agentName } from './agentText.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { pickMode, renameAgent, revokeAgent, configureAgent, type AgentActionsDeps } from './agentActions.ts';
import { setGatewayMode, type GatewayMode } from './gatewaySettings.ts';
import { forIconLabel } from './plainText.ts';
import type { Actions } from './runAction.ts';

export interface AgentCommandsDeps extends AgentActionsDeps {
  readonly callers: Callers;
  readonly files: AgentFiles;
  readonly launchers: AgentLaunchers;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly mode: () => GatewayMode;
  /** Has the gateway running while `work` goes on, and gives its address; rejects when it cannot run. */
  readonly withGateway: <T>(work: (url: string) => Promise<T>) => Promise<T>;
  /** Chooses another port. */
  readonly move: () => Promise<void>;
  /** Opens the dashboard on a page. */
  readonly show: (page: Page) => void;
}

type Names =
  | 'connectAgent'
  | 'openAgents'
  | 'renameAgent'
  | 'revokeAgent'
  | 'configureAgent'
  | 'setGateway'
  | 'moveGateway';

type Target = 'file' | 'copy' | 'terminal';

const placeholder = 'mcpsb_<token>';

/** Commands about the agents that use our servers. */
export function agentCommands(deps: AgentCommandsDeps): CommandTable<Names> {
  return {
    connectAgent: (argument) =>
      connectAgent(
        deps,
        agentKinds.find((kind) => kind === argument),
      ),
    openAgents: () => deps.show({ kind: 'agents' }),
    renameAgent: (argument) => renameAgent(deps, argument),
    revokeAgent: (argument) => revokeAgent(deps, argument),
    configureAgent: (argument) => configureAgent(deps, argument),
    setGateway: () => pickMode(deps, deps.mode()),
    moveGateway: async () => {
      const move = l10n.t('Change Port');
      const chosen = await deps.dialogs.ask({
        message: l10n.t('Move the gateway to another port?'),
        detail: l10n.t(
          'Agents that were given the address need it again: connect them once more. VS Code and agents that start a command follow by themselves.',
        ),
        choices: [move],
      });
      if (chosen === move) await deps.move();
    },
  };
}

async function connectAgent(deps: AgentCommandsDeps, given: AgentKind | undefined): Promise<void> {
  const agent = given ?? (await pickAgent(deps));
  if (!agent) throw turnedAway();
  if (deps.mode() === 'off') await switchOn(deps);
  if (agent === 'vscode') return connectEditor(deps);
  const file = await deps.files.file(agent);
  const how = await pickWay(deps, agent, file);
  if (!how) throw turnedAway();
  await deps.withGateway(async (url) => {
    if (how.target === 'file' && file !== undefined) await write(deps, agent, how.way, file, url);
    else await copy(deps, agent, how.way, how.target, url);
  });
}

async function pickAgent({ dialogs, callers }: AgentCommandsDeps): Promise<AgentKind | undefined> {
  const connected = new Set(callers.list.get().map((record) => record.agent));
  const picked = await dialogs.pick({
    title: l10n.t('Connect an Agent'),
    placeholder: l10n.t('Which agent should use your servers?'),
    items: agentKinds.map((agent) => ({
      label: agentName(agent),
      description: connected.has(agent) ? l10n.t('connected') : '',
      detail:
        agent === 'vscode'
          ? l10n.t('Copilot and other agents of this editor')
          : agent === 'other'
            ? l10n.t('Any program that speaks MCP')
            : '',
      agent,
    })),
  });
  return picked?.agent;
}

async function switchOn({ dialogs }: AgentCommandsDeps): Promise<void> {
  const on = l10n.t('Switch On');
  const chosen = await dialogs.ask({
    message: l10n.t('The gateway is switched off. Switch it on?'),
    detail: l10n.t('It listens on this machine only, and only agents with a token of yours are answered.'),
    choices: [on],
  });
  if (chosen !== on) throw turnedAway();
  await setGatewayMode('auto');
}

/** VS Code is told directly: no file, no copy. */
async function connectEditor({ callers, withGateway, actions }: AgentCommandsDeps): Promise<void> {
  const known = callers.list.get().find(({ agent }) => agent === 'vscode');
  if (!known) await callers.issue('vscode');
  await withGateway(async () => undefined);
  const list = l10n.t('List Servers');
  void actions.run('agent connected', async () => {
    const chosen = await window.showInformationMessage(
      l10n.t(
        'VS Code’s agents now have your servers, as “MCP Switchboard”. Each call is still yours to decide.',
      ),
      list,
    );
    if (chosen === list) await vscodeCommands.executeCommand('workbench.mcp.listServer');
  });
}

async function pickWay(
  { dialogs }: AgentCommandsDeps,
  agent: AgentKind,
  file: string | undefined,
): Promise<{ readonly target: Target; readonly way: AgentWay } | undefined> {
  const started = l10n.t('The agent starts a command; its configuration holds no token.');
  const direct = l10n.t('The agent gets the address and a token of its own.');
  const item = (label: string, detail: string, target: Target, way: AgentWay) => ({
    label,
    detail,
    target,
    way,
  });
  const items = [
    ...(file === undefined
      ? []
      : [
          item(forIconLabel(l10n.t('Write to {0}', file)), direct, 'file', 'http'),
          item(forIconLabel(l10n.t('Write to {0}, as a command', file)), started, 'file', 'command'),
        ]),
    item(l10n.t('Copy the snippet'), direct, 'copy', 'http'),
    item(l10n.t('Copy the snippet, as a command'), started, 'copy', 'command'),
    ...(agent === 'claude-code'
      ? [item(l10n.t('Copy a command for the terminal'), 'claude mcp add-json …', 'terminal', 'command')]
      : []),
  ];
  return dialogs.pick({
    title: l10n.t('Connect {0}', agentName(agent)),
    placeholder: l10n.t('How should it be connected?'),
    items,
  });
}

async function write(
  deps: AgentCommandsDeps,
  agent: AgentKind,
  way: AgentWay,
  file: string,
  url: string,
): Promise<void> {
  const { files, dialogs, actions } = deps;
  // What is shown is what will be written, but for the token, which is only made once the user agreed.
  const shown = agentSnippet(agent, way, { url, token: placeholder, command: sample });
  const planned = await files.plan(file, shown);
  const yes = l10n.t('Write');
  const chosen = await dialogs.ask({
    message: l10n.t('Connect {0} by writing this to {1}?', agentName(agent), file),
    detail: [
      shown.text.trim(),
      '',
      planned.isReplaced
        ? l10n.t('The entry of this name that is there goes. Everything else stays.')
        : l10n.t('Everything else in the file stays.'),
      way === 'http'
        ? l10n.t(
            'The token opens your servers to whoever can read the file; each call is still yours to decide.',
          )
        : l10n.t('The token stays in a file that only you can read; each call is still yours to decide.'),
    ].join('\n'),
    choices: [yes],
  });
  if (chosen !== yes) throw turnedAway();
  const issued = await issue(deps, agent, planned.isReplaced);
  let edit: AgentEdit;
  try {
    const grant = await grantOf(deps, issued, url, way);
    edit = await files.plan(file, agentSnippet(agent, way, grant));
    await files.write(edit);
  } catch (error) {
    await takeBack(deps, issued);
    throw error;
  }
  void actions.run('agent connected', () => told(deps, agent, edit, issued));
}

/** Says that it is done, and takes it back when the user wants that. */
async function told(
  deps: AgentCommandsDeps,
  agent: AgentKind,
  edit: AgentEdit,
  issued: Issued,
): Promise<void> {
  const [open, undo] = [l10n.t('Open File'), l10n.t('Undo')];
  const chosen = await window.showInformationMessage(
    l10n.t(
      '{0} is connected as “{1}”. Restart it, or reload its servers.',
      agentName(agent),
      issued.record.name,
    ),
    open,
    undo,
  );
  if (chosen === open) await window.showTextDocument(await workspace.openTextDocument(Uri.file(edit.file)));
  if (chosen !== undo) return;
  await deps.files.undo(edit);
  await takeBack(deps, issued);
}

async function copy(
  deps: AgentCommandsDeps,
  agent: AgentKind,
  way: AgentWay,
  target: Target,
  url: string,
): Promise<void> {
  const issued = await issue(deps, agent, false);
  try {
    const grant = await grantOf(deps, issued, url, way);
    const snippet = agentSnippet(agent, way, grant);
    const text = target === 'terminal' ? claudeCommand(snippet) : snippet.text;
    await env.clipboard.writeText(text);
    void deps.actions.run('agent connected', async () => {
      const revoke = l10n.t('Revoke');
      const chosen = await window.showInformationMessage(
        way === 'http'
          ? l10n.t(
              'Copied, with the token {0} of “{1}”. It opens your servers: paste it where only you can read it.',
              withShortToken(grant.token, grant.token),
              issued.record.name,
            )
          : l10n.t('Copied. The agent will call as “{0}”.', issued.record.name),
        revoke,
      );
      if (chosen === revoke) await takeBack(deps, issued);
    });
  } catch (error) {
    await takeBack(deps, issued);
    throw error;
  }
}

interface Issued {
  readonly record: CallerRecord;
  readonly token: string;
  /** False for a caller that was there before: it stays when this is taken back. */
  readonly isNew: boolean;
}

/** A new caller; or, where its only entry is replaced, a new token for the one that it had. */
async function issue({ callers }: AgentCommandsDeps, agent: AgentKind, isReplaced: boolean): Promise<Issued> {
  const [only, ...others] = callers.list.get().filter((record) => record.agent === agent);
  if (isReplaced && only && others.length === 0)
    return { record: only, token: await callers.renew(only.id), isNew: false };
  return { ...(await callers.issue(agent)), isNew: true };
}

async function takeBack({ callers, launchers }: AgentCommandsDeps, { record, isNew }: Issued): Promise<void> {
  if (!isNew || !callers.get(record.id)) return;
  await callers.revoke(record.id);
  await launchers.revoke(record.id);
}

async function grantOf(
  { launchers }: AgentCommandsDeps,
  { record, token }: Issued,
  url: string,
  way: AgentWay,
): Promise<AgentGrant> {
  if (way === 'http') {
    await launchers.renew(record.id, { url, token });
    return { url, token, command: sample };
  }
  return { url, token, command: await launchers.grant(record.id, { url, token }) };
}

/** Stands for a command before it is known. */
const sample: AgentGrant['command'] = { command: 'node', args: ['…/gateway-stdio.cjs', '…'], env: {} };

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
