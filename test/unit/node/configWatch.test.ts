import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { toDisposable } from '../../../src/core/util/disposables.ts';
import { createFileWatcher, type WatchDirectory } from '../../../src/node/configWatch.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { silentLogger } from '../../fakes/fakeLogger.ts';

const root = mkdtempSync(join(tmpdir(), 'config-watch-'));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** A watcher over a real folder whose events are given by hand. */
function setup() {
  const dir = join(root, String(count++));
  mkdirSync(dir);
  const clock = new FakeClock();
  const open = new Map<string, { event(name: string | undefined): void; error(error: Error): void }>();
  let refusal: Error | undefined;
  let opened = 0;
  const watchDirectory: WatchDirectory = (path, onEvent, onError) => {
    if (refusal) throw refusal;
    assert.ok(!open.has(path), `${path} is watched twice`);
    opened++;
    open.set(path, { event: onEvent, error: onError });
    return toDisposable(() => open.delete(path));
  };
  let changes = 0;
  const watcher = createFileWatcher({
    clock,
    logger: silentLogger,
    onChange: () => changes++,
    watchDirectory,
  });
  return {
    dir,
    clock,
    watcher,
    dirs: () => [...open.keys()].sort(),
    emit: (path: string, name?: string) => open.get(path)?.event(name),
    fail: (path: string) => open.get(path)?.error(new Error('gone')),
    refuse: (error: Error | undefined) => (refusal = error),
    changes: () => changes,
    opened: () => opened,
  };
}

describe('a file watcher', () => {
  test('watches each folder once', async () => {
    const bed = setup();
    await bed.watcher.watch([join(bed.dir, 'a'), join(bed.dir, 'b')]);
    assert.deepEqual(bed.dirs(), [bed.dir]);
    await bed.watcher.watch([join(bed.dir, 'a'), join(bed.dir, 'b')]);
    assert.deepEqual(bed.dirs(), [bed.dir]);
  });

  test('tells once about changes that come together', async () => {
    const bed = setup();
    await bed.watcher.watch([join(bed.dir, 'a')]);
    for (let step = 0; step < 5; step++) {
      bed.emit(bed.dir, 'a');
      bed.clock.advance(50);
    }
    assert.equal(bed.changes(), 0);
    bed.clock.advance(100);
    assert.equal(bed.changes(), 1);
    bed.clock.advance(10_000);
    assert.equal(bed.changes(), 1);
  });

  test('does not wait for ever while changes keep coming', async () => {
    const bed = setup();
    await bed.watcher.watch([join(bed.dir, 'a')]);
    for (let step = 0; step < 30; step++) {
      bed.emit(bed.dir, 'a');
      bed.clock.advance(50);
    }
    assert.equal(bed.changes(), 1);
  });

  test('does not care about other files of the folder', async () => {
    const bed = setup();
    await bed.watcher.watch([join(bed.dir, 'a')]);
    bed.emit(bed.dir, 'other');
    bed.clock.advance(1000);
    assert.equal(bed.changes(), 0);
    bed.emit(bed.dir, undefined); // some systems do not say which
    bed.clock.advance(1000);
    assert.equal(bed.changes(), 1);
  });

  test('waits in the nearest folder that exists for the next one on the way', async () => {
    const bed = setup();
    const file = join(bed.dir, 'x', 'y', 'mcp.json');
    await bed.watcher.watch([file]);
    assert.deepEqual(bed.dirs(), [bed.dir]);
    mkdirSync(join(bed.dir, 'x'));
    bed.emit(bed.dir, 'x');
    bed.clock.advance(1000);
    assert.equal(bed.changes(), 1);
    await bed.watcher.watch([file]);
    assert.deepEqual(bed.dirs(), [join(bed.dir, 'x')]);
  });

  test('goes back up when the folder goes away, and watches the new one that comes in its place', async () => {
    const bed = setup();
    const folder = join(bed.dir, 'x');
    const file = join(folder, 'mcp.json');
    mkdirSync(folder);
    await bed.watcher.watch([file]);
    bed.emit(folder, 'x'); // a folder that goes away is named after itself
    bed.clock.advance(1000);
    assert.equal(bed.changes(), 1);
    rmSync(folder, { recursive: true });
    await bed.watcher.watch([file]);
    assert.deepEqual(bed.dirs(), [bed.dir]);
    mkdirSync(folder);
    await bed.watcher.watch([file]);
    assert.deepEqual(bed.dirs(), [folder]);
  });

  test('watches anew a folder that was replaced under the same name', async () => {
    const bed = setup();
    const folder = join(bed.dir, 'x');
    mkdirSync(folder);
    await bed.watcher.watch([join(folder, 'mcp.json')]);
    mkdirSync(join(bed.dir, 'new'));
    renameSync(folder, join(bed.dir, 'old'));
    renameSync(join(bed.dir, 'new'), folder);
    await bed.watcher.watch([join(folder, 'mcp.json')]);
    assert.deepEqual(bed.dirs(), [folder]);
    assert.equal(bed.opened(), 2);
  });

  test('follows a link to where it leads', { skip: process.platform === 'win32' }, async () => {
    const bed = setup();
    mkdirSync(join(bed.dir, 'real'));
    mkdirSync(join(bed.dir, 'home'));
    writeFileSync(join(bed.dir, 'real', 'config.json'), '');
    symlinkSync(join(bed.dir, 'real', 'config.json'), join(bed.dir, 'home', 'mcp.json'));
    await bed.watcher.watch([join(bed.dir, 'home', 'mcp.json')]);
    assert.deepEqual(bed.dirs(), [join(bed.dir, 'home'), join(bed.dir, 'real')]);
    bed.emit(join(bed.dir, 'real'), 'config.json');
    bed.clock.advance(1000);
    assert.equal(bed.changes(), 1);
  });

  test('looks now and then where watching is not possible, until it is', async () => {
    const bed = setup();
    bed.refuse(new Error('ENOSPC'));
    await bed.watcher.watch([join(bed.dir, 'a')]);
    assert.deepEqual(bed.dirs(), []);
    bed.clock.advance(5000);
    assert.equal(bed.changes(), 1);
    bed.clock.advance(60_000);
    assert.equal(bed.changes(), 1, 'the next look is for the caller to ask for');
    bed.refuse(undefined);
    await bed.watcher.watch([join(bed.dir, 'a')]);
    assert.deepEqual(bed.dirs(), [bed.dir]);
    bed.fail(bed.dir);
    assert.deepEqual(bed.dirs(), []);
    bed.clock.advance(5000);
    assert.equal(bed.changes(), 2);
  });

  test('is silent after it was disposed', async () => {
    const bed = setup();
    await bed.watcher.watch([join(bed.dir, 'a')]);
    bed.emit(bed.dir, 'a');
    bed.watcher.dispose();
    bed.clock.advance(60_000);
    assert.equal(bed.changes(), 0);
    assert.deepEqual(bed.dirs(), []);
    assert.equal(bed.clock.pending, 0);
    await bed.watcher.watch([join(bed.dir, 'a')]);
    assert.deepEqual(bed.dirs(), []);
  });
});
