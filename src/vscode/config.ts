import { workspace, type WorkspaceConfiguration } from 'vscode';
import type { RawAccessSettings } from '../core/accessPolicy.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import type { SamplingLimits } from '../core/samplingUse.ts';
import type { SourceKind } from '../core/server.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { Store, type Readable } from '../core/util/store.ts';
import { settings as keys } from '../shared/ids.ts';

/** The settings in force, checked: a value of the wrong type counts as not set. */
export interface Settings {
  /** Which kinds of configuration files are read. */
  readonly sources: Readonly<Record<Exclude<SourceKind, 'given'>, boolean>>;
  readonly autostart: 'never' | 'remembered';
  readonly connectTimeoutMs: number;
  /** 0 = none. */
  readonly requestTimeoutMs: number;
  readonly maxConcurrentStarts: number;
  /** The era set for a server, by its id. */
  readonly eraOf: (serverId: string) => EraSetting;
  /** Whether messages are recorded for the traffic view. */
  readonly captureTraffic: boolean;
  /** What an agent's call that waits for a decision does: its tab opens, or a notification tells. */
  readonly agentApprovals: 'open' | 'notify';
  readonly notifyFinishedJobs: 'always' | 'unfocused' | 'never';
  /** What each server may ask of language models. */
  readonly sampling: SamplingLimits;
  /** What is configured for sign-ins, by address of the server; checked where it is used. */
  readonly auth: Json | undefined;
  readonly authRedirect: 'auto' | 'loopback' | 'editor';
  /** Server cards are experimental (SEP-2127): whether they are asked for. */
  readonly serverCards: boolean;
  /** VS Code's own `chat.mcp.*` settings, as found. */
  readonly enterprise: RawAccessSettings;
}

type EraSetting = 'auto' | 'legacy' | 'modern';

const sourceKinds: readonly Exclude<SourceKind, 'given'>[] = [
  'workspace',
  'mcpJson',
  'cursorWorkspace',
  'user',
  'copilot',
  'claudeDesktop',
  'cursor',
  'windsurf',
];

/** The settings as a store that follows every change. */
export function watchSettings(): { readonly settings: Readable<Settings> } & Disposable {
  const disposables = new DisposableStore();
  const store = new Store(readSettings());
  disposables.add(
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('mcpSwitchboard') || change.affectsConfiguration('chat.mcp'))
        store.set(readSettings());
    }),
  );
  return { settings: store, dispose: () => disposables.dispose() };
}

function readSettings(): Settings {
  const own = workspace.getConfiguration('mcpSwitchboard');
  const chat = workspace.getConfiguration('chat.mcp');
  const sources: unknown = own.get(keys.sources);
  const era: unknown = own.get(keys.era);
  return {
    sources: Object.fromEntries(
      sourceKinds.map((kind) => [kind, !(isJsonObject(sources) && sources[kind] === false)]),
    ) as unknown as Settings['sources'],
    autostart: oneOf(own.get(keys.autostart), ['never', 'remembered'], 'remembered'),
    connectTimeoutMs: seconds(own.get(keys.connectTimeout), 60, 1),
    requestTimeoutMs: seconds(own.get(keys.requestTimeout), 60, 0),
    maxConcurrentStarts: 8,
    eraOf: (serverId) =>
      oneOf(isJsonObject(era) ? era[serverId] : undefined, ['auto', 'legacy', 'modern'], 'auto'),
    captureTraffic: own.get(keys.captureTraffic) !== false,
    agentApprovals: oneOf(own.get(keys.agentApprovals), ['open', 'notify'], 'open'),
    notifyFinishedJobs: oneOf(
      own.get(keys.notifyFinishedJobs),
      ['always', 'unfocused', 'never'],
      'unfocused',
    ),
    sampling: {
      requestsPerHour: count(own.get(keys.samplingRequestsPerHour), 20),
      tokensPerDay: count(own.get(keys.samplingTokensPerDay), 100_000),
    },
    auth: own.get<Json>(keys.auth),
    authRedirect: oneOf(own.get(keys.authRedirect), ['auto', 'loopback', 'editor'], 'auto'),
    serverCards: own.get(keys.serverCards) !== false,
    enterprise: {
      access: strictest([chat.get('access'), chat.inspect('access')?.globalValue]),
      allowedServers: notFromWorkspace(chat, 'allowedServers'),
      deniedServers: notFromWorkspace(chat, 'deniedServers'),
      allowManagedServersOnly: notFromWorkspace(chat, 'allowManagedServersOnly'),
    },
  };
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((item) => item === value) ?? fallback;
}

function count(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.floor(value)) : fallback;
}

function seconds(value: unknown, fallback: number, least: number): number {
  const given = typeof value === 'number' && Number.isFinite(value) ? value : fallback;
  return Math.max(least, given) * 1000;
}

/** A workspace may tighten access and not widen it; a policy of the organisation is already in the value in force. */
function strictest(values: readonly unknown[]): unknown {
  const given = values.filter((value) => value !== undefined);
  return given.find((value) => value === 'none') ?? given.find((value) => value === 'registry') ?? given[0];
}

/** VS Code keeps workspaces out of these settings where it knows them; older versions do not know them all. */
function notFromWorkspace(chat: WorkspaceConfiguration, key: string): unknown {
  const found = chat.inspect(key);
  const isFromWorkspace = found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
  return (isFromWorkspace ? (found.globalValue ?? found.defaultValue) : chat.get(key)) ?? undefined;
}
