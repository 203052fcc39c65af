import { parseConfigText, type ParsedConfig } from '../core/config.ts';
import type { Clock, Logger, Sha256 } from '../core/ports.ts';
import type { ConfigProblem, Configuration, ServerDefinition, Source, SourceKind } from '../core/server.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { Store, type Readable } from '../core/util/store.ts';
import { sourcesOf, type Machine } from './configPaths.ts';
import { readTextFile } from './configText.ts';
import { createFileWatcher, type WatchDirectory } from './configWatch.ts';

/** The setting that switches kinds of files off; kinds that it does not name are on. */
export interface ConfigFileSettings {
  readonly sources: Readonly<Partial<Record<SourceKind, boolean>>>;
}

/** What the configuration files are found and followed with. */
export interface ConfigFilesDeps extends Machine {
  /** The mcp.json of VS Code's user profile. */
  readonly userFile: string | undefined;
  readonly folders: Readable<readonly { readonly name: string; readonly path: string | undefined }[]>;
  readonly sources: Readable<ConfigFileSettings>;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watchDirectory?: WatchDirectory;
}

/** The configuration of all files, kept up to date. */
export interface ConfigFiles extends Disposable {
  /** Empty until the first load; replaced whole, only when something changed. */
  readonly configuration: Readable<Configuration>;
  /** Reads what is on disk now; resolves when `configuration` says it. Never rejects. */
  reload(): Promise<void>;
}

interface Loaded {
  readonly source: Source;
  readonly content: string; // what was parsed, to see whether it changed
  readonly parsed: ParsedConfig;
}

/** Finds the files, reads them at once and after every change of a file, a folder or the setting. */
export function createConfigFiles(deps: ConfigFilesDeps): ConfigFiles {
  const { userFile, folders, sha256, logger } = deps;
  const disposables = new DisposableStore();
  const configuration = new Store<Configuration>({ servers: [], problems: [], sources: [] });
  const watcher = disposables.add(createFileWatcher({ ...deps, onChange: () => void reload() }));
  let loaded = new Map<string, Loaded>();
  let running: Promise<void> | undefined;
  let isStale = false;

  async function load(): Promise<void> {
    const { sources: switches } = deps.sources.get();
    const sources = sourcesOf({
      machine: deps,
      userFile,
      folders: folders.get(),
      isEnabled: (kind) => switches[kind] !== false,
      sha256,
    });
    // Watching before reading: what changes in between is read again.
    await watcher.watch(sources.map((source) => source.file));
    const next = await Promise.all(
      sources.map((source) => loadSource(source, loaded.get(source.id), sha256)),
    );
    if (disposables.isDisposed) return;
    loaded = new Map(next.map((item) => [item.source.id, item]));
    configuration.update((before) => mergeInto(before, next));
  }

  function reload(): Promise<void> {
    isStale = true;
    running ??= (async () => {
      while (isStale && !disposables.isDisposed) {
        isStale = false;
        await load().catch((error: unknown) =>
          logger.error('the configuration files could not be read', error),
        );
      }
    })().finally(() => (running = undefined));
    return running;
  }

  disposables.add(folders.subscribe(() => void reload()));
  disposables.add(deps.sources.subscribe(() => void reload()));
  void reload();
  return { configuration, reload, dispose: () => disposables.dispose() };
}

/** Reads one file outside of the followed ones, such as a file named on a command line. Never rejects; an absent file is a problem. */
export async function readConfigFile(source: Source, sha256: Sha256): Promise<ParsedConfig> {
  const found = await readTextFile(source.file);
  if (found.kind === 'text') return parseConfigText(source, found.text, sha256);
  return {
    servers: [],
    problems: [unreadable(source, found.kind === 'absent' ? 'it does not exist' : found.reason)],
  };
}

async function loadSource(source: Source, before: Loaded | undefined, sha256: Sha256): Promise<Loaded> {
  const found = await readTextFile(source.file);
  const content = `${found.kind}:${found.kind === 'text' ? found.text : found.kind === 'unreadable' ? found.reason : ''}`;
  if (before?.content === content && isSameSource(before.source, source)) return before;
  switch (found.kind) {
    case 'text':
      return { source, content, parsed: parseConfigText(source, found.text, sha256) };
    case 'absent':
      return { source, content, parsed: { servers: [], problems: [] } };
    case 'unreadable':
      return { source, content, parsed: { servers: [], problems: [unreadable(source, found.reason)] } };
  }
}

function unreadable(source: Source, reason: string): ConfigProblem {
  const message = `the file cannot be read: ${reason}`;
  return { source, entry: undefined, line: 1, column: 1, message, hidesEntries: true };
}

function isSameSource(a: Source, b: Source): boolean {
  return a.id === b.id && a.file === b.file && a.folder === b.folder;
}

/** The same configuration when nothing in it changed; servers that did not change stay the same objects. */
function mergeInto(before: Configuration, loaded: readonly Loaded[]): Configuration {
  const known = new Map(before.servers.map((server) => [server.id, server]));
  const keep = (server: ServerDefinition): ServerDefinition => {
    const old = known.get(server.id);
    return old && JSON.stringify(old) === JSON.stringify(server) ? old : server;
  };
  const next: Configuration = {
    servers: loaded.flatMap((item) => item.parsed.servers.map(keep)),
    problems: loaded.flatMap((item) => item.parsed.problems),
    sources: loaded.map((item) => item.source),
  };
  return JSON.stringify(before) === JSON.stringify(next) ? before : next;
}
