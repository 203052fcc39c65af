import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { RegistryQuery } from '../../../src/core/registryIndex.ts';
import type { RegistryService } from '../../../src/core/registryService.ts';
import { readRegistries } from '../../../src/core/registrySources.ts';
import type { InstallRecord } from '../../../src/core/installRecord.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { entryOf } from '../../fakes/registryEntries.ts';
import { RegistryShelf, when } from '../../fakes/registryShelf.ts';

const one = 'https://one.example.com';
const two = 'https://two.example.com';
const hour = 3_600_000;

function version(name: string, number: string, isLatest = true): RegistryEntry {
  return entryOf({
    server: {
      name,
      description: `What ${name} does`,
      version: number,
      remotes: [{ type: 'streamable-http', url: 'https://api.example.com/mcp' }],
    },
    _meta: {
      'io.modelcontextprotocol.registry/official': {
        status: 'active',
        publishedAt: '2026-01-01T00:00:00Z',
        updatedAt: '2026-01-01T00:00:00Z',
        isLatest,
      },
    },
  });
}

const many = (count: number, prefix = 'com.example/server') =>
  Array.from({ length: count }, (_, i) => version(`${prefix}-${String(i).padStart(4, '0')}`, '1.0.0'));

const query = (over: Partial<RegistryQuery> = {}): RegistryQuery => ({
  text: '',
  filters: {},
  sort: 'relevance',
  offset: 0,
  limit: 50,
  ...over,
});

const state = (service: RegistryService, url: string) =>
  service.status().find(({ source }) => source.id === url)!;

const isIdle = (service: RegistryService) => () =>
  service.status().every(({ sync, completedAt }) => sync.kind === 'done' && completedAt !== undefined);

const record = (name: string, number: string): InstallRecord => ({
  serverId: `user/${name}`,
  registryId: one,
  registryUrl: one,
  name,
  version: number,
  subject: { kind: 'remote', index: 0, transport: 'streamable-http', url: 'https://api.example.com/mcp' },
  launchHash: 'h',
  installedAt: 0,
  folder: undefined,
  answers: {},
  previous: [],
});

suite('browsing registries', () => {
  let shelf: RegistryShelf;
  const open = (...args: ConstructorParameters<typeof RegistryShelf>) => (shelf = new RegistryShelf(...args));
  afterEach(() => shelf.dispose());

  test('opens no file and asks nobody before somebody looks', async () => {
    open({ [one]: many(3) });
    const service = shelf.window();
    assert.deepEqual(
      service.status().map(({ servers, sync }) => [servers, sync.kind]),
      [[0, 'idle']],
    );
    await settle();
    assert.equal(shelf.opened, 0);
    assert.deepEqual(shelf.requests, []);
  });

  test('the first page can be searched while the mirror still runs', async () => {
    open({ [one]: many(250) });
    const service = shelf.window();
    let pages = 0;
    const stuck = Promise.withResolvers<void>();
    shelf.weather = () => (++pages === 1 ? undefined : stuck.promise);
    service.look();
    await shelf.asked(2);
    await settle();
    assert.equal(state(service, one).sync.kind, 'running');
    assert.ok(service.search(query(), undefined).total >= 50);
    stuck.resolve();
    await when(service, isIdle(service));
    assert.equal(service.search(query(), undefined).total, 250);
    assert.equal(state(service, one).completedAt, shelf.clock.now());
  });

  test('one registry that fails hides no other, and says what still works', async () => {
    open({ [one]: many(3), [two]: many(4, 'org.other/server') });
    const service = shelf.window();
    shelf.weather = (_, url) => {
      if (url === one) throw new AppError('server-error', 'one.example.com: answered 500');
    };
    service.look();
    await when(
      service,
      () => state(service, one).sync.kind === 'failed' && state(service, two).sync.kind === 'done',
    );
    const { sync } = state(service, one);
    assert.ok(sync.kind === 'failed');
    assert.match(sync.error.message, /one\.example\.com/);
    assert.match(sync.error.nextStep ?? '', /Other registries/);
    assert.equal(service.search(query(), undefined).total, 4);
  });

  test('a failure is not tried again at each look, but by hand at once and by itself after a while', async () => {
    open({ [one]: many(3) });
    const service = shelf.window();
    shelf.weather = () => {
      throw new AppError('connect-failed', 'no network');
    };
    service.look();
    await when(service, () => state(service, one).sync.kind === 'failed');
    const before = shelf.requests.length;
    service.look();
    await settle();
    assert.equal(shelf.requests.length, before);
    shelf.clock.advance(11 * 60_000);
    service.look();
    await settle();
    assert.ok(shelf.requests.length > before);
    shelf.weather = () => undefined;
    service.sync(one);
    await when(service, isIdle(service));
    assert.equal(service.search(query(), undefined).total, 3);
  });

  test('a young copy is left alone; an old one is brought up to date with what changed only', async () => {
    open({ [one]: many(3) });
    const first = shelf.window();
    first.look();
    await when(first, isIdle(first));
    const before = shelf.requests.length;
    const second = shelf.window();
    shelf.clock.advance(hour);
    second.look();
    await settle();
    assert.equal(shelf.requests.length, before, 'an hour is no age');
    assert.equal(second.search(query(), undefined).total, 3);
    shelf.entries = {
      [one]: [...many(3), { ...version('com.example/new', '1.0.0'), updatedAt: '2026-06-01T00:00:00Z' }],
    };
    shelf.clock.advance(6 * hour);
    second.look();
    await when(second, () => second.search(query(), undefined).total === 4);
    assert.equal(shelf.requests.length, before + 1, 'one page of changes');
  });

  test('what a user stops stays stopped until a button starts it, and goes on where it was', async () => {
    open({ [one]: many(950) });
    const service = shelf.window();
    let pages = 0;
    const stuck = Promise.withResolvers<void>();
    shelf.weather = () => (++pages <= 8 ? undefined : stuck.promise);
    service.look();
    await shelf.asked(9);
    service.cancel(one);
    await when(service, () => state(service, one).sync.kind === 'cancelled');
    const kept = state(service, one).servers;
    assert.ok(kept >= 500, `${kept} servers were kept`);
    service.look();
    await settle();
    assert.equal(state(service, one).sync.kind, 'cancelled');
    shelf.weather = () => undefined;
    const before = shelf.requests.length;
    service.sync(one);
    await when(service, isIdle(service));
    assert.equal(state(service, one).servers, 950);
    assert.ok(shelf.requests.length - before <= 5, 'the pages that were read are not read again');
  });

  test('a window that was closed in the middle is continued by the next one', async () => {
    open({ [one]: many(950) });
    const first = shelf.window();
    let pages = 0;
    const stuck = Promise.withResolvers<void>();
    shelf.weather = () => (++pages <= 8 ? undefined : stuck.promise);
    first.look();
    await shelf.asked(9);
    await first.close();
    shelf.weather = () => undefined;
    const before = shelf.requests.length;
    const second = shelf.window();
    second.look();
    await when(second, isIdle(second));
    assert.equal(state(second, one).servers, 950);
    assert.ok(shelf.requests.length - before <= 5);
  });

  test('of two windows one reads; the other sees its rows and takes over when it is gone', async () => {
    open({ [one]: many(250) });
    const [first, second] = [shelf.window(), shelf.window()];
    const stuck = Promise.withResolvers<void>();
    let pages = 0;
    shelf.weather = () => (++pages <= 1 ? undefined : stuck.promise);
    first.look();
    await shelf.asked(2);
    await settle();
    second.look();
    await when(second, () => state(second, one).sync.kind === 'elsewhere');
    assert.ok(second.search(query(), undefined).total >= 50);
    await first.close();
    shelf.weather = () => undefined;
    const { revision } = second;
    shelf.clock.advance(5_000);
    assert.notEqual(second.revision, revision, 'the view is drawn again');
    second.look();
    await when(second, isIdle(second));
    assert.equal(second.search(query(), undefined).total, 250);
  });

  test('a registry that is switched off is neither asked nor searched, and its rows wait for it', async () => {
    open({ [one]: many(3), [two]: many(4, 'org.other/server') });
    const service = shelf.window();
    service.look();
    await when(service, isIdle(service));
    const choose = (enabled: boolean) =>
      shelf.choice.set(readRegistries([{ url: one }, { url: two, enabled }], undefined, () => undefined));
    choose(false);
    assert.equal(service.search(query(), undefined).total, 3);
    assert.equal(service.search(query({ filters: { registries: [two] } }), undefined).total, 0);
    assert.deepEqual(service.known(two, 'org.other/server-0000').entries, []);
    const before = shelf.requests.length;
    choose(true);
    service.look();
    await settle();
    assert.equal(shelf.requests.length, before);
    assert.equal(service.search(query(), undefined).total, 7);
  });

  test('switching a registry off ends its reading, and on again goes on', async () => {
    open({ [one]: many(250) });
    const service = shelf.window();
    const stuck = Promise.withResolvers<void>();
    let pages = 0;
    shelf.weather = () => (++pages <= 1 ? undefined : stuck.promise);
    service.look();
    await shelf.asked(2);
    shelf.choice.set(readRegistries([{ url: one, enabled: false }], undefined, () => undefined));
    await when(service, () => state(service, one).sync.kind === 'cancelled');
    await settle();
    shelf.weather = () => undefined;
    shelf.choice.set(readRegistries([{ url: one }], undefined, () => undefined));
    service.look();
    await when(service, isIdle(service));
    assert.equal(state(service, one).servers, 250);
  });

  test('installed servers and those with an update are found by filter', async () => {
    const entries = [version('com.example/a', '1.0.0', false), version('com.example/a', '2.0.0'), ...many(3)];
    open({ [one]: entries });
    const service = shelf.window();
    service.look();
    await when(service, isIdle(service));
    shelf.installed.set([record('com.example/a', '1.0.0'), record('com.example/server-0001', '1.0.0')]);
    const names = (mine: 'installed' | 'update') =>
      service.search(query(), mine).rows.map(({ name }) => name);
    assert.deepEqual(names('installed'), ['com.example/a', 'com.example/server-0001']);
    assert.deepEqual(names('update'), ['com.example/a']);
    assert.deepEqual(service.installed(one, 'com.example/a')?.update, { kind: 'update', to: '2.0.0' });
    shelf.installed.set([]);
    assert.deepEqual(names('installed'), []);
  });

  test('while the copy is not complete, the versions of an open server are asked for once', async () => {
    const entries = [
      version('com.example/a', '1.0.0', false),
      version('com.example/a', '2.0.0'),
      ...many(200),
    ];
    open({ [one]: entries });
    const service = shelf.window();
    const stuck = Promise.withResolvers<void>();
    let pages = 0;
    shelf.weather = (what) => (what === 'page' && ++pages > 1 ? stuck.promise : undefined);
    service.look();
    await shelf.asked(2);
    const first = service.known(one, 'com.example/a');
    assert.equal(first.state, 'loading');
    assert.deepEqual(
      first.entries.map((entry) => entry.version),
      ['2.0.0'],
    );
    await when(service, () => service.known(one, 'com.example/a').state === 'complete');
    assert.deepEqual(
      service.known(one, 'com.example/a').entries.map((entry) => entry.version),
      ['2.0.0', '1.0.0'],
    );
    assert.equal(shelf.requests.filter((request) => request.startsWith('versions')).length, 1);
  });

  test('offline, what is stored can be searched and opened', async () => {
    open({ [one]: many(3) });
    const first = shelf.window();
    first.look();
    await when(first, isIdle(first));
    await first.close();
    shelf.weather = () => {
      throw new AppError('connect-failed', 'one.example.com: no network');
    };
    shelf.clock.advance(30 * hour);
    const second = shelf.window();
    second.look();
    await when(second, () => state(second, one).sync.kind === 'failed');
    assert.equal(
      second.search(query({ text: 'server 0002' }), undefined).rows[0]?.name,
      'com.example/server-0002',
    );
    assert.equal(second.known(one, 'com.example/server-0001').state, 'complete');
    const { sync, completedAt } = state(second, one);
    assert.equal(completedAt, shelf.clock.now() - 30 * hour);
    assert.match(
      sync.kind === 'failed' ? (sync.error.nextStep ?? '') : '',
      /3 servers stored .* still be searched/,
    );
  });

  test('a copy that cannot be opened is said, asks nobody, and is tried again by hand', async () => {
    open({ [one]: many(3) });
    const service = shelf.window();
    shelf.openError = new AppError('storage', 'the disk is full');
    service.look();
    await settle();
    assert.equal(service.failure?.message, 'the disk is full');
    assert.equal(service.search(query(), undefined).total, 0);
    assert.deepEqual(shelf.requests, []);
    shelf.openError = undefined;
    service.sync(one);
    await when(service, isIdle(service));
    assert.equal(service.failure, undefined);
    assert.equal(service.search(query(), undefined).total, 3);
  });

  test('a closed window opens nothing any more', async () => {
    open({ [one]: many(3) });
    const service = shelf.window();
    await service.close();
    service.look();
    assert.equal(service.search(query(), undefined).total, 0);
    assert.equal(shelf.opened, 0);
  });
});
