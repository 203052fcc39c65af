import { commands, l10n, Uri, window, workspace } from 'vscode';
import { userCaller } from '../core/caller.ts';
import type { Connection } from '../core/connection.ts';
import type { Connections } from '../core/connections.ts';
import type { Definitions } from '../core/definitions.ts';
import { addressOf } from '../core/launchText.ts';
import { usablePrompt } from '../core/prompts.ts';
import type { ServerDefinition } from '../core/server.ts';
import type { ToolCalls } from '../core/toolCalls.ts';
import type { Exchange, Exchanges } from '../core/trafficExchanges.ts';
import { trafficHar, trafficLines } from '../core/trafficExport.ts';
import { replayOf, type Replay } from '../core/trafficReplay.ts';
import { AppError } from '../core/util/errors.ts';
import { settings } from '../shared/ids.ts';
import type { Handlers } from '../shared/protocol.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';

export interface TrafficHandlersDeps {
  readonly connections: Pick<
    Connections,
    'get' | 'frames' | 'need' | 'trafficStanding' | 'setTrafficPaused' | 'clearTraffic'
  >;
  readonly calls: ToolCalls;
  readonly definitions: Pick<Definitions, 'promptStanding'>;
  /** The same as the dashboard's, so that both mean the same by a key. */
  readonly exchanges: Exchanges;
  readonly results: Pick<ResultEditor, 'openText'>;
  readonly dialogs: Dialogs;
  readonly version: string;
}

const maxInDialog = 1_000;

/** The intents of the traffic tab. */
export function trafficHandlers(
  deps: TrafficHandlersDeps,
): Pick<
  Handlers,
  'traffic.export' | 'traffic.replay' | 'traffic.pause' | 'traffic.clear' | 'traffic.openSettings'
> {
  const { connections, exchanges } = deps;
  const definitionOf = (serverId: string): ServerDefinition => {
    const server = connections.get(serverId);
    if (!server) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
    return server.definition;
  };
  return {
    'traffic.pause': ({ serverId, isPaused }) => {
      connections.setTrafficPaused(serverId, isPaused);
      return Promise.resolve(null);
    },
    'traffic.clear': ({ serverId }) => {
      connections.clearTraffic(serverId);
      return Promise.resolve(null);
    },
    'traffic.openSettings': async () => {
      const key = `mcpSwitchboard.${settings.captureTraffic}`;
      await commands.executeCommand('workbench.action.openSettings', key);
      return null;
    },
    'traffic.export': async ({ serverId }) => {
      await exportTraffic(deps, definitionOf(serverId));
      return null;
    },
    'traffic.replay': async ({ serverId, key }, signal) => {
      const definition = definitionOf(serverId);
      const found = exchanges.of(connections.frames(serverId)).find((one) => one.key === key);
      if (!found) throw new AppError('not-found', l10n.t('This message is no longer kept.'));
      await sendAgain(deps, definition, found, signal);
      return null;
    },
  };
}

async function sendAgain(
  { connections, calls, definitions, dialogs, results }: TrafficHandlersDeps,
  { id: serverId, name }: ServerDefinition,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<void> {
  const replay = replayOf(exchange);
  if (replay.kind === 'no') throw new AppError('unsupported', l10n.t('This message cannot be sent again.'));
  if (replay.kind === 'call') {
    // Like any other call: its approval shows what is sent, and its job is in the list.
    const { tool } = replay;
    await calls.call(
      { serverId, tool, arguments: replay.arguments, caller: userCaller, mode: 'plain' },
      signal,
    );
    return;
  }
  const { method = '' } = exchange.first;
  const send = l10n.t('Send Again');
  const message = l10n.t('Send {0} to {1} again?', forMessage(method, 100), forMessage(name, 100));
  const { text } = exchange.first;
  const isLong = text.length > maxInDialog;
  // A dialog would cut it: what is sent is seen whole.
  if (isLong) await results.openText(method, `${text}\n`);
  const chosen = await dialogs.ask({
    message,
    ...(isLong ? { isModal: false } : { detail: forMessage(text, maxInDialog) }),
    choices: [send],
  });
  if (chosen !== send) throw new AppError('cancelled', 'the user turned away');
  const connection = await connections.need(serverId, signal);
  const prompt =
    replay.kind === 'prompt'
      ? replay.name
      : replay.kind === 'complete' && replay.ref.kind === 'prompt'
        ? replay.ref.name
        : undefined;
  if (prompt !== undefined) usablePrompt({ connections, definitions }, serverId, prompt);
  const answer = await request(connection, replay, signal);
  await results.openText(l10n.t('Answer to {0}', method), `${JSON.stringify(answer, null, 2)}\n`);
}

function request(
  connection: Connection,
  replay: Exclude<Replay, { readonly kind: 'no' | 'call' }>,
  signal: AbortSignal,
): Promise<unknown> {
  if (replay.kind === 'read') return connection.readResource(replay.uri, signal);
  if (replay.kind === 'prompt') return connection.getPrompt(replay.name, replay.arguments, signal);
  if (replay.kind === 'complete')
    return connection.complete(replay.ref, replay.argument, replay.context, signal);
  switch (replay.list) {
    case 'tools':
      return connection.tools(signal, true);
    case 'resources':
      return connection.resources(signal, true);
    case 'templates':
      return connection.resourceTemplates(signal, true);
    case 'prompts':
      return connection.prompts(signal, true);
  }
}

async function exportTraffic(
  { connections, exchanges, dialogs, version }: TrafficHandlersDeps,
  definition: ServerDefinition,
): Promise<void> {
  const picked = await dialogs.pick({
    title: l10n.t('Export the messages of {0}', forMessage(definition.name, 100)),
    placeholder: l10n.t('In which format?'),
    items: [
      {
        label: 'HAR',
        description: '.har',
        detail: l10n.t('An HTTP Archive: requests with their answers, for the network view of a browser.'),
        format: 'har' as const,
      },
      {
        label: 'JSON Lines',
        description: '.jsonl',
        detail: l10n.t('One message a line, as it was recorded.'),
        format: 'jsonl' as const,
      },
    ],
  });
  if (!picked) return;
  const base = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog({
    title: l10n.t('Export the messages of {0}', forMessage(definition.name, 100)),
    filters: picked.format === 'har' ? { HAR: ['har'] } : { 'JSON Lines': ['jsonl'] },
    ...(base ? { defaultUri: Uri.joinPath(base, `mcp-traffic.${picked.format}`) } : {}),
  });
  if (!target) return;
  const frames = connections.frames(definition.id);
  const dropped = connections.trafficStanding(definition.id)?.dropped ?? 0;
  const state = connections.get(definition.id)?.state;
  const { launch } = definition;
  const text =
    picked.format === 'jsonl'
      ? trafficLines(frames, dropped)
      : trafficHar(
          exchanges.of(frames),
          {
            ...{ serverName: definition.name, version },
            target: launch.kind === 'http' ? addressOf(launch) : launch.command,
            transport: state?.kind === 'ready' ? state.info.transport : undefined,
          },
          dropped,
        );
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
}
