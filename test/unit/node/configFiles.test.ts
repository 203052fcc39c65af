import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Clock } from '../../../src/core/ports.ts';
import type { Configuration } from '../../../src/core/server.ts';
import { toDisposable } from '../../../src/core/util/disposables.ts';
import { Store, type Readable } from '../../../src/core/util/store.ts';
import {
  createConfigFiles,
  readConfigFile,
  type ConfigFileSettings,
  type ConfigFilesDeps,
} from '../../../src/node/configFiles.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

const root = mkdtempSync(join(tmpdir(), 'config-files-'));
const open: { dispose(): void }[] = [];
after(() => {
  for (const files of open) files.dispose();
  rmSync(root, { recursive: true, force: true });
});
let count = 0;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return toDisposable(() => clearTimeout(timer));
  },
};

function setup(changes: Partial<ConfigFilesDeps> = {}) {
  const dir = join(root, String(count++));
  const [home, app] = [join(dir, 'home'), join(dir, 'app')];
  mkdirSync(home, { recursive: true });
  mkdirSync(app);
  const write = (path: string, content: unknown) => {
    const file = join(dir, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const folders = new Store<readonly { readonly name: string; readonly path: string | undefined }[]>([
    { name: 'app', path: app },
  ]);
  const sources = new Store<ConfigFileSettings>({ sources: {} });
  const logger = new RecordingLogger();
  const create = () => {
    const files = createConfigFiles({
      platform: 'linux',
      home,
      env: {},
      userFile: join(dir, 'User', 'mcp.json'),
      folders,
      sources,
      sha256,
      clock: new FakeClock(),
      logger,
      watchDirectory: () => toDisposable(() => {}),
      ...changes,
    });
    open.push(files);
    return files;
  };
  return { dir, app, write, folders, sources, logger, create };
}

const servers = (...names: string[]) => ({
  servers: Object.fromEntries(names.map((name) => [name, { command: name }])),
});
const mcpServers = (...names: string[]) => ({
  mcpServers: Object.fromEntries(names.map((name) => [name, { command: name }])),
});
const namesOf = (configuration: Configuration) =>
  configuration.servers.map(({ name, source }) => `${source.kind}/${name}`);

/** The first value that fits; the test's time limit is the only clock. */
function until<T>(readable: Readable<T>, isIt: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    if (isIt(readable.get())) {
      resolve(readable.get());
      return;
    }
    const subscription = readable.subscribe((value) => {
      if (!isIt(value)) return;
      subscription.dispose();
      resolve(value);
    });
  });
}

describe('the configuration files', () => {
  test('of every program are read', async () => {
    const bed = setup();
    bed.write('app/.vscode/mcp.json', servers('one'));
    bed.write('app/.mcp.json', mcpServers('two'));
    bed.write('app/.cursor/mcp.json', mcpServers('three'));
    bed.write('User/mcp.json', servers('four'));
    bed.write('home/.copilot/mcp-config.json', mcpServers('five'));
    bed.write('home/.config/Claude/claude_desktop_config.json', mcpServers('six'));
    bed.write('home/.cursor/mcp.json', mcpServers('seven'));
    bed.write('home/.codeium/windsurf/mcp_config.json', mcpServers('eight'));
    const files = bed.create();
    assert.deepEqual(files.configuration.get(), { servers: [], problems: [], sources: [] });
    await files.reload();
    assert.deepEqual(namesOf(files.configuration.get()), [
      'workspace/one',
      'mcpJson/two',
      'cursorWorkspace/three',
      'user/four',
      'copilot/five',
      'claudeDesktop/six',
      'cursor/seven',
      'windsurf/eight',
    ]);
    assert.deepEqual(files.configuration.get().problems, []);
    assert.equal(files.configuration.get().servers[0]?.source.folder, bed.app);
  });

  test('with the same server name keep both, with their origin', async () => {
    const bed = setup();
    bed.write('app/.vscode/mcp.json', servers('same'));
    bed.write('User/mcp.json', servers('same'));
    const files = bed.create();
    await files.reload();
    const found = files.configuration.get().servers;
    assert.deepEqual(namesOf(files.configuration.get()), ['workspace/same', 'user/same']);
    assert.equal(new Set(found.map(({ id }) => id)).size, 2);
  });

  test('that are bad leave the others working', async () => {
    const bed = setup();
    const bad = bed.write('app/.mcp.json', '{"mcpServers":');
    mkdirSync(join(bed.dir, 'home/.cursor/mcp.json'), { recursive: true });
    const large = bed.write('home/.copilot/mcp-config.json', ' '.repeat(2_000_000));
    bed.write('User/mcp.json', servers('ok'));
    const files = bed.create();
    await files.reload();
    const { problems } = files.configuration.get();
    assert.deepEqual(namesOf(files.configuration.get()), ['user/ok']);
    assert.ok(
      problems.every(({ hidesEntries }) => hidesEntries),
      'what is missing may only be unreadable now',
    );
    assert.deepEqual(
      problems.map(({ source, line, column, message }) => [source.file, line, column, message]),
      [
        [bad, 1, 15, 'not valid JSON: a value is expected'],
        [large, 1, 1, 'the file cannot be read: it is larger than 1048576 bytes'],
        [join(bed.dir, 'home/.cursor/mcp.json'), 1, 1, 'the file cannot be read: it is not a regular file'],
      ],
    );
  });

  test('are replaced as a whole, and only when something changed', async () => {
    const bed = setup();
    bed.write('User/mcp.json', { servers: { a: { command: 'a' }, b: { command: 'b' } } });
    const files = bed.create();
    await files.reload();
    const first = files.configuration.get();
    let notices = 0;
    files.configuration.subscribe(() => notices++);
    await files.reload();
    bed.write('User/mcp.json', '{"servers":{"a":{"args":[],"command":"a"},"b":{"command":"b"}}}');
    await files.reload();
    assert.equal(notices, 0);
    assert.equal(files.configuration.get(), first);
    bed.write('User/mcp.json', { servers: { a: { command: 'a' }, b: { command: 'changed' } } });
    await files.reload();
    assert.equal(notices, 1);
    const second = files.configuration.get();
    assert.equal(second.servers[0], first.servers[0], 'what did not change stays the same object');
    assert.notEqual(second.servers[1]?.launchHash, first.servers[1]?.launchHash);
  });

  test('follow the setting and the open folders', async () => {
    const bed = setup();
    bed.write('app/.vscode/mcp.json', servers('one'));
    bed.write('lib/.vscode/mcp.json', servers('two'));
    bed.write('User/mcp.json', servers('three'));
    const files = bed.create();
    await files.reload();
    bed.sources.set({ sources: { user: false } });
    assert.deepEqual(
      namesOf(
        await until(files.configuration, ({ sources }) => sources.every(({ kind }) => kind !== 'user')),
      ),
      ['workspace/one'],
    );
    bed.folders.set([
      ...bed.folders.get(),
      { name: 'lib', path: join(bed.dir, 'lib') },
      { name: 'far', path: undefined },
    ]);
    assert.deepEqual(namesOf(await until(files.configuration, (now) => now.servers.length === 2)), [
      'workspace/one',
      'workspace/two',
    ]);
    bed.folders.set([]);
    assert.deepEqual(namesOf(await until(files.configuration, (now) => now.servers.length === 0)), []);
  });

  test('are read again when they change while they are being read', async () => {
    const bed = setup();
    bed.write('User/mcp.json', servers('old'));
    const files = bed.create();
    const first = files.reload();
    bed.write('User/mcp.json', servers('new'));
    await Promise.all([first, files.reload()]);
    assert.deepEqual(namesOf(files.configuration.get()), ['user/new']);
  });

  test('are let alone once disposed', async () => {
    const bed = setup();
    bed.write('User/mcp.json', servers('a'));
    const files = bed.create();
    const loading = files.reload();
    files.dispose();
    await loading;
    assert.deepEqual(files.configuration.get().servers, []);
    bed.folders.set([]);
    await files.reload();
    await settle();
    assert.deepEqual(files.configuration.get().sources, []);
    assert.equal(bed.logger.text, '');
  });
});

describe('followed on the disk', { timeout: 60_000 }, () => {
  function follow() {
    const bed = setup({ clock: systemClock });
    // The real watcher of this system.
    const files = createConfigFiles({
      platform: 'linux',
      home: join(bed.dir, 'home'),
      env: {},
      userFile: join(bed.dir, 'User', 'mcp.json'),
      folders: bed.folders,
      sources: bed.sources,
      sha256,
      clock: systemClock,
      logger: bed.logger,
    });
    open.push(files);
    const next = (...names: string[]) =>
      until(files.configuration, (now) => namesOf(now).join() === names.join());
    return { ...bed, files, next };
  }

  test('a file is seen to change in place and by replacement', async () => {
    const bed = follow();
    const file = bed.write('User/mcp.json', servers('a'));
    await bed.files.reload();
    bed.write('User/mcp.json', servers('b'));
    await bed.next('user/b');
    bed.write('User/draft', servers('c'));
    renameSync(join(bed.dir, 'User/draft'), file);
    await bed.next('user/c');
    bed.write('User/mcp.json', servers('d'));
    await bed.next('user/d');
  });

  test('a file is seen to come, go and come again', async () => {
    const bed = follow();
    await bed.files.reload();
    const file = bed.write('app/.mcp.json', mcpServers('a'));
    await bed.next('mcpJson/a');
    unlinkSync(file);
    await bed.next();
    bed.write('app/.mcp.json', mcpServers('b'));
    await bed.next('mcpJson/b');
  });

  test('a file is seen in folders that come, go and come again', async () => {
    const bed = follow();
    await bed.files.reload();
    bed.write('home/.codeium/windsurf/mcp_config.json', mcpServers('a'));
    await bed.next('windsurf/a');
    rmSync(join(bed.dir, 'home/.codeium'), { recursive: true });
    await bed.next();
    bed.write('home/.codeium/windsurf/mcp_config.json', mcpServers('b'));
    await bed.next('windsurf/b');
    bed.write('home/.codeium/windsurf/mcp_config.json', mcpServers('c'));
    await bed.next('windsurf/c');
  });
});

describe('one file outside of the followed ones', () => {
  test('is read with its problems, also when it is not there', async () => {
    const bed = setup();
    const source = (file: string) => ({ id: 'given', kind: 'given', file, folder: undefined }) as const;
    const good = await readConfigFile(source(bed.write('given.json', servers('a'))), sha256);
    assert.deepEqual(
      good.servers.map(({ id }) => id),
      ['given/a'],
    );
    const missing = await readConfigFile(source(join(bed.dir, 'none.json')), sha256);
    assert.deepEqual(
      missing.problems.map(({ message }) => message),
      ['the file cannot be read: it does not exist'],
    );
  });
});
