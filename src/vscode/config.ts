import { workspace } from 'vscode';
import { isJsonObject } from '../core/json.ts';
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
  /** By server id or name; absent means `auto`. */
  readonly era: ReadonlyMap<string, 'auto' | 'legacy' | 'modern'>;
  readonly notifyFinishedJobs: 'always' | 'unfocused' | 'never';
  /** VS Code's own `chat.mcp.*` settings, as found. */
  readonly enterprise: {
    readonly access: unknown;
    readonly allowedServers: unknown;
    readonly deniedServers: unknown;
  };
}

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
    era: new Map(
      Object.entries(isJsonObject(era) ? era : {}).map(([server, value]) => [
        server,
        oneOf(value, ['auto', 'legacy', 'modern'], 'auto'),
      ]),
    ),
    notifyFinishedJobs: oneOf(
      own.get(keys.notifyFinishedJobs),
      ['always', 'unfocused', 'never'],
      'unfocused',
    ),
    enterprise: {
      access: chat.get('access'),
      allowedServers: chat.get('allowedServers'),
      deniedServers: chat.get('deniedServers'),
    },
  };
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((item) => item === value) ?? fallback;
}

function seconds(value: unknown, fallback: number, least: number): number {
  const given = typeof value === 'number' && Number.isFinite(value) ? value : fallback;
  return Math.max(least, given) * 1000;
}
