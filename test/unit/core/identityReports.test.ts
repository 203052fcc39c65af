import assert from 'node:assert/strict';
import test from 'node:test';
import { Consents } from '../../../src/core/consent.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { nothingGathered } from '../../../src/core/identityEvidence.ts';
import type { IdentityRecord } from '../../../src/core/identityRecord.ts';
import { IdentityReports } from '../../../src/core/identityReports.ts';
import { Store } from '../../../src/core/util/store.ts';
import { siteOf } from '../../../src/node/publicSuffixes.ts';
import { defined, never } from '../../fakes/connectionBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';
import { sampleServer } from '../../fakes/samples.ts';

const options = { cards: false, legacyCards: false };

function bed() {
  const clock = new FakeClock();
  const consents = new Consents(new FakeMemory(), clock);
  const servers = new Map<string, ServerSnapshot>();
  const records = new Map<string, IdentityRecord>();
  let whileAsked = () => undefined as void;
  const reports = new IdentityReports({
    connections: { servers: new Store<readonly ServerSnapshot[]>([]), get: (id) => servers.get(id) },
    rows: { get: (id) => records.get(id), put: (id, record) => void records.set(id, record) },
    installed: new Store([]),
    catalog: { source: () => undefined, stored: () => [] },
    consents,
    reviews: new Store(new Map()),
    access: () => undefined,
    siteOf,
    gatherer: {
      gather: () => {
        whileAsked();
        return Promise.resolve(nothingGathered);
      },
    },
    clock,
  });
  const configure = (definition = defined('one')) => {
    const server = { ...sampleServer('one'), definition };
    servers.set(definition.id, server);
    return definition;
  };
  return {
    reports,
    consents,
    servers,
    records,
    configure,
    meanwhile: (does: () => void) => (whileAsked = does),
  };
}

const changeCheck = (record: IdentityRecord | undefined) =>
  record?.report.checks.find(({ id }) => id === 'change')?.result;

test('consent that is given while others are asked is in the report, and is no change afterwards', async () => {
  const { reports, consents, records, configure, meanwhile } = bed();
  const definition = configure();
  meanwhile(() => consents.give(definition));
  await reports.check(definition.id, options, never);
  assert.equal(changeCheck(records.get(definition.id)), 'pass');
  assert.equal(reports.of(definition.id)?.changes, undefined);
});

test('a server that is configured otherwise while others are asked is reported as it was asked about', async () => {
  const { reports, consents, records, configure, meanwhile } = bed();
  const definition = configure();
  consents.give(definition);
  meanwhile(() => configure({ ...definition, launchHash: 'another' }));
  await reports.check(definition.id, options, never);
  assert.equal(records.get(definition.id)?.launchHash, definition.launchHash);
  assert.equal(changeCheck(records.get(definition.id)), 'pass');
  assert.equal(
    reports.of(definition.id)?.changes?.checks.find(({ id }) => id === 'change')?.kind,
    'worse',
    'what runs now was not agreed to',
  );
});

test('a server that is gone while others are asked is kept as it was', async () => {
  const { reports, servers, records, configure, meanwhile } = bed();
  const definition = configure();
  meanwhile(() => servers.delete(definition.id));
  await reports.check(definition.id, options, never);
  assert.equal(records.get(definition.id)?.report.subject.name, 'one');
  assert.equal(reports.of(definition.id), undefined);
});

test('an unknown server is not asked about', async () => {
  const { reports } = bed();
  await assert.rejects(reports.check('user/nobody', options, never), { code: 'not-found' });
});
