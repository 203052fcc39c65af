import { watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock, Logger } from '../core/ports.ts';
import { toDisposable, type Disposable } from '../core/util/disposables.ts';

/** Watches one directory, not what is below it; throws when that is not possible. */
export type WatchDirectory = (
  dir: string,
  onEvent: (name: string | undefined) => void,
  onError: (error: unknown) => void,
) => Disposable;

/** What the watcher needs. */
export interface FileWatcherDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: () => void;
  readonly watchDirectory?: WatchDirectory;
}

/** Tells when files appear, change or go away, also files whose folders do not exist yet. */
export interface FileWatcher extends Disposable {
  /** From now on watches these files; call it again after each change, because folders come and go. */
  watch(files: readonly string[]): Promise<void>;
}

const quietMs = 100; // editors write in several steps
const longestMs = 1000;
const pollMs = 5000; // where watching is not possible

interface Place {
  readonly names: Set<string>;
  readonly identity: string; // a folder that was deleted and made again is another one
}

interface Watched extends Place {
  readonly handle: Disposable;
}

/** A watcher over the folders that the files are in, or the nearest ones that exist. */
export function createFileWatcher(deps: FileWatcherDeps): FileWatcher {
  const { clock, logger, onChange } = deps;
  const watchDirectory = deps.watchDirectory ?? systemWatch;
  const watched = new Map<string, Watched>();
  let isDisposed = false;
  let timer: Disposable | undefined;
  let poll: Disposable | undefined;
  let firstEventAt: number | undefined;

  const announce = () => {
    timer?.dispose();
    timer = undefined;
    firstEventAt = undefined;
    if (!isDisposed) onChange();
  };
  const onEvent = (dir: string, name: string | undefined) => {
    if (isDisposed) return;
    const names = watched.get(dir)?.names;
    // A folder that goes away itself is named after itself.
    if (name !== undefined && names && !names.has(name) && name !== basename(dir)) return;
    const now = clock.now();
    firstEventAt ??= now;
    timer?.dispose();
    timer = clock.setTimer(Math.max(0, Math.min(quietMs, firstEventAt + longestMs - now)), announce);
  };
  const startPolling = () => {
    poll ??= clock.setTimer(pollMs, () => {
      poll = undefined;
      announce();
    });
  };
  const release = (dir: string) => {
    watched.get(dir)?.handle.dispose();
    watched.delete(dir);
  };

  function reconcile(places: ReadonlyMap<string, Place>): void {
    for (const [dir, { identity }] of watched) if (places.get(dir)?.identity !== identity) release(dir);
    for (const [dir, { names, identity }] of places) {
      const known = watched.get(dir);
      if (known) {
        watched.set(dir, { handle: known.handle, identity, names });
        continue;
      }
      try {
        const handle = watchDirectory(
          dir,
          (name) => onEvent(dir, name),
          (error) => {
            logger.debug(`watching ${dir} ended: ${String(error)}`);
            release(dir);
            startPolling();
          },
        );
        watched.set(dir, { handle, identity, names });
      } catch (error) {
        logger.debug(`${dir} cannot be watched and is looked at every ${pollMs} ms: ${String(error)}`);
        startPolling();
      }
    }
  }

  return {
    watch: async (files) => {
      // A folder may appear between the look and the watch; look again until nothing moved.
      for (let round = 0, before = ''; round < 5; round++) {
        const places = await placesOf(files);
        if (isDisposed) return;
        reconcile(places);
        const now = [...places].map(([dir, { identity }]) => `${dir}\0${identity}`).join('\0');
        if (now === before) return;
        before = now;
      }
    },
    dispose: () => {
      isDisposed = true;
      timer?.dispose();
      poll?.dispose();
      for (const dir of [...watched.keys()]) release(dir);
    },
  };
}

/** Which names to watch in which folders. */
async function placesOf(files: readonly string[]): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  const add = async (file: string) => {
    const place = await nearest(file);
    if (!place) return;
    const { dir, name, identity } = place;
    const known = places.get(dir);
    if (known) known.names.add(name);
    else places.set(dir, { names: new Set([name]), identity });
  };
  for (const file of files) {
    await add(file);
    // A file that is a link changes where it leads to.
    const real = await realpath(file).catch(() => file);
    if (real !== file) await add(real);
  }
  return places;
}

/** The nearest folder of a file that exists, and the name to wait for in it. */
async function nearest(
  file: string,
): Promise<{ readonly dir: string; readonly name: string; readonly identity: string } | undefined> {
  for (let path = file; dirname(path) !== path; path = dirname(path)) {
    const dir = dirname(path);
    const found = await stat(dir).catch(() => undefined);
    if (found?.isDirectory()) return { dir, name: basename(path), identity: `${found.dev}:${found.ino}` };
  }
  return undefined;
}

const systemWatch: WatchDirectory = (dir, onEvent, onError) => {
  const watcher = watch(dir, { persistent: false }, (_, name) => onEvent(name ?? undefined));
  watcher.on('error', onError);
  return toDisposable(() => watcher.close());
};
