import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorFacts } from '../../../src/core/doctorFacts.ts';
import { DoctorReports } from '../../../src/core/doctorReports.ts';
import { AppError, isAppError } from '../../../src/core/util/errors.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';

const { signal } = new AbortController();
const facts: DoctorFacts = {
  server: { id: 's', name: 'files', kind: 'stdio', target: 'node x', file: '/mcp.json', line: 3 },
  platform: 'linux',
  at: 0,
  way: 'trial',
};

function bed() {
  let launchHash = 'one';
  const looks: { told: (facts: DoctorFacts) => void; end: PromiseWithResolvers<DoctorFacts> }[] = [];
  const reports = new DoctorReports({
    connections: {
      get: (id) => (id === 's' ? ({ definition: { launchHash } } as unknown as ServerSnapshot) : undefined),
    },
    examine: (_id, { onFacts }, stop) => {
      const end = Promise.withResolvers<DoctorFacts>();
      stop.addEventListener('abort', () => end.reject(new AppError('cancelled', 'stopped')));
      looks.push({ told: onFacts, end });
      return end.promise;
    },
  });
  return { reports, looks, edit: () => (launchHash = 'two') };
}

test('a report grows while it is made and stays for the session', async () => {
  const { reports, looks } = bed();
  assert.deepEqual(reports.of('s'), { isLooking: false, report: undefined });
  const look = reports.look('s', signal);
  assert.deepEqual(reports.of('s'), { isLooking: true, report: undefined });
  looks[0]?.told(facts);
  assert.equal(reports.of('s')?.report?.result, 'pending');
  looks[0]?.end.resolve(facts);
  await look;
  assert.deepEqual([reports.of('s')?.isLooking, reports.of('s')?.report?.result], [false, 'ok']);
  assert.equal(reports.of('other'), undefined);
});

test('one look at a time; a stopped one leaves the report of before', async () => {
  const { reports, looks } = bed();
  const first = reports.look('s', signal);
  await assert.rejects(reports.look('s', signal), (error) => isAppError(error, 'conflict'));
  looks[0]?.end.resolve(facts);
  await first;
  const before = reports.of('s')?.report;
  const second = reports.look('s', signal);
  looks[1]?.told(facts);
  reports.stop('s');
  await assert.rejects(second, (error) => isAppError(error, 'cancelled'));
  assert.deepEqual(reports.of('s'), { isLooking: false, report: before });
});

test('a report of another entry than the one in the file is not shown', async () => {
  const { reports, looks, edit } = bed();
  const look = reports.look('s', signal);
  looks[0]?.end.resolve(facts);
  await look;
  edit();
  assert.equal(reports.of('s')?.report, undefined);
});
