import { basename, join } from 'node:path';
import { parsePolicy, unreadablePolicy, type PolicyFile, type PolicySource } from '../core/policyFile.ts';
import type { Clock, Logger, Sha256 } from '../core/ports.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { Store, type Readable } from '../core/util/store.ts';
import { readTextFile } from './configText.ts';
import { createFileWatcher, type WatchDirectory } from './configWatch.ts';

/** The name of every policy file. */
export const policyFileName = 'mcp-policy.json';

export interface PolicyFilesDeps {
  /** The user's own policy file; it need not exist. */
  readonly userFile: string;
  readonly folders: Readable<readonly { readonly name: string; readonly path: string | undefined }[]>;
  readonly sha256: Sha256;
  readonly validator: SchemaValidator;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watchDirectory?: WatchDirectory;
}

/** The policy files that there are, kept up to date. */
export interface PolicyFiles extends Disposable {
  /** Undefined until they were read once; the user's own first. Replaced whole, only when something changed. */
  readonly files: Readable<readonly PolicyFile[] | undefined>;
  /** Where policy files may be, whether they are there or not; the user's own first. */
  sources(): readonly PolicySource[];
  /** Reads what is on disk now. Never rejects. */
  reload(): Promise<void>;
  /** Resolves when what has been asked to be read is read. */
  ready(): Promise<void>;
}

/** Reads the policy files at once and after every change of a file or a folder. */
export function createPolicyFiles(deps: PolicyFilesDeps): PolicyFiles {
  const { userFile, folders, logger } = deps;
  const disposables = new DisposableStore();
  const files = new Store<readonly PolicyFile[] | undefined>(undefined);
  const watcher = disposables.add(createFileWatcher({ ...deps, onChange: () => void reload() }));
  let running: Promise<void> | undefined;
  let isStale = false;

  const sources = (): readonly PolicySource[] => {
    const open = folders.get().flatMap(({ path }) => (path === undefined ? [] : [path]));
    return [
      { kind: 'user', file: userFile, label: `${policyFileName} (user)` },
      ...open.map((path): PolicySource => {
        const inFolder = `.vscode/${policyFileName}`;
        const label = open.length === 1 ? inFolder : `${basename(path)}/${inFolder}`;
        return { kind: 'workspace', file: join(path, '.vscode', policyFileName), label };
      }),
    ];
  };

  async function load(): Promise<void> {
    const wanted = sources();
    // Watching before reading: what changes in between is read again.
    await watcher.watch(wanted.map(({ file }) => file));
    const known = files.get() ?? [];
    const read = await Promise.all(wanted.map((source) => readPolicy(source, known, deps)));
    if (disposables.isDisposed) return;
    const next = read.flat();
    const isSame = next.length === known.length && next.every((file, i) => file === known[i]);
    if (!isSame || files.get() === undefined) files.set(next);
  }

  function reload(): Promise<void> {
    isStale = true;
    running ??= (async () => {
      while (isStale && !disposables.isDisposed) {
        isStale = false;
        await load().catch((error: unknown) => logger.error('the policy files could not be read', error));
      }
    })().finally(() => (running = undefined));
    return running;
  }

  disposables.add(folders.subscribe(() => void reload()));
  void reload();
  return {
    files,
    sources,
    reload,
    ready: () => running ?? Promise.resolve(),
    dispose: () => disposables.dispose(),
  };
}

async function readPolicy(
  source: PolicySource,
  known: readonly PolicyFile[],
  { sha256, validator }: PolicyFilesDeps,
): Promise<readonly PolicyFile[]> {
  const found = await readTextFile(source.file);
  if (found.kind === 'absent') return [];
  const read =
    found.kind === 'text'
      ? () => parsePolicy(source, found.text, { sha256, validator })
      : () => unreadablePolicy(source, found.reason, sha256);
  const before = known.find((file) => file.source.file === source.file && file.source.label === source.label);
  const isSame =
    before !== undefined &&
    found.kind === 'text' &&
    before.text === found.text &&
    before.problems.length === 0;
  return [isSame ? before : read()];
}
