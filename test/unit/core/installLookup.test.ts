import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findServer, findUpdate } from '../../../src/core/installLookup.ts';
import type { InstallCatalog } from '../../../src/core/installPorts.ts';
import type { InstallRecord } from '../../../src/core/installRecord.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import type { ServerDefinition } from '../../../src/core/server.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { registry } from '../../fakes/installBed.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';

const signal = new AbortController().signal;
const name = 'com.example/tool';
const [one, two] = ['1.0.0', '2.0.0'].map((version) => packageEntry({}, { version }));

/** A registry with two versions; `isAway` lets it fail, `copy` is what is stored of it. */
function catalog(facts: { isAway?: boolean; copy?: readonly RegistryEntry[] } = {}) {
  const wants: (string | undefined)[] = [];
  const port: InstallCatalog = {
    source: (id) => (id === registry.id ? registry : undefined),
    stored: () => facts.copy ?? [],
    versions: async (_id, _name, _signal, want) => {
      wants.push(want);
      if (facts.isAway === true) throw new AppError('not-connected', 'the registry is away');
      return [two!, one!];
    },
    find: async (wanted) => (wanted === name ? registry : undefined),
  };
  return { wants, port };
}

const record = {
  ...{ serverId: 'user/tool', registryId: registry.id, registryUrl: registry.url, name, version: '2.0.0' },
  ...{ launchHash: 'as written', previous: [{ version: '1.0.0', launchHash: 'x', until: 1 }] },
} as unknown as InstallRecord;

describe('a server that is looked up', () => {
  test('is the latest version of it, with all to choose from', async () => {
    const found = await findServer(
      catalog().port,
      { registryId: undefined, name, version: undefined },
      signal,
    );
    assert.deepEqual(found.origin, {
      kind: 'registry',
      registryId: registry.id,
      url: registry.url,
      label: registry.label,
    });
    assert.equal(found.thing.kind === 'entry' && found.thing.entry.version, '2.0.0');
    assert.equal(found.thing.kind === 'entry' && found.thing.versions.length, 2);
  });

  test('is the version that is named', async () => {
    const found = await findServer(
      catalog().port,
      { registryId: registry.id, name, version: '1.0.0' },
      signal,
    );
    assert.equal(found.thing.kind === 'entry' && found.thing.entry.version, '1.0.0');
  });
});

describe('an update that is looked up', () => {
  const deps = (facts = {}) => ({ ...catalog(facts), logger: new RecordingLogger() });
  const find = (made: ReturnType<typeof deps>, kind: 'update' | 'roll-back', facts = {}) =>
    findUpdate(
      { catalog: made.port, logger: made.logger },
      kind,
      { ...record, ...facts },
      { launchHash: 'edited' } as ServerDefinition,
      signal,
    );

  test('is what the registry says now, and knows what is installed and that it was edited', async () => {
    const made = deps();
    const { purpose, thing } = await find(made, 'update');
    assert.deepEqual(made.wants, ['fresh']);
    assert.equal(thing.kind === 'entry' && thing.entry.version, '2.0.0');
    assert.equal(purpose.kind !== 'install' && purpose.installed?.version, '2.0.0');
    assert.equal(purpose.kind !== 'install' && purpose.isEdited, true);
  });

  test('comes from the copy while the registry is away, which is logged', async () => {
    const made = deps({ isAway: true, copy: [one!] });
    const { thing } = await find(made, 'update');
    assert.equal(thing.kind === 'entry' && thing.entry.version, '1.0.0');
    assert.match(made.logger.text, /those of the copy: the registry is away/);
  });

  test('fails as the registry does when there is no copy', async () => {
    await assert.rejects(find(deps({ isAway: true }), 'update'), { code: 'not-connected' });
  });

  test('backwards is the version before, as long as the registry lists it', async () => {
    const { thing } = await find(deps(), 'roll-back');
    assert.equal(thing.kind === 'entry' && thing.entry.version, '1.0.0');
    const gone = { previous: [{ version: '0.9.0', launchHash: 'x', until: 1 }] };
    await assert.rejects(find(deps(), 'roll-back', gone), /no longer lists com.example\/tool 0.9.0/);
    await assert.rejects(find(deps(), 'roll-back', { previous: [] }), { code: 'not-found' });
  });

  test('is not found when its registry is not in use', async () => {
    await assert.rejects(find(deps(), 'update', { registryId: 'other' }), /not in use/);
  });
});
