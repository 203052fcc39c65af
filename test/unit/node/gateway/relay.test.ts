import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallerAsks } from '../../../../src/core/callerAsks.ts';
import { CallerRuns } from '../../../../src/core/callerRuns.ts';
import type { Job, Jobs } from '../../../../src/core/jobs.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import { ServerReports } from '../../../../src/core/serverReports.ts';
import type { CallIntent, CallOutcome } from '../../../../src/core/toolCalls.ts';
import { Store } from '../../../../src/core/util/store.ts';
import { GatewayCalls } from '../../../../src/node/gateway/calls.ts';
import type { Exchange, GatewayContext } from '../../../../src/node/gateway/context.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';

const caller = { kind: 'gateway', name: 'agent' } as const;

function bed(more: Partial<Exchange> = {}) {
  const clock = new FakeClock();
  const reports = new ServerReports();
  let intent: CallIntent | undefined;
  const runs = new CallerRuns({
    ...{ asks: new CallerAsks(), clock, newId: () => 'run-1' },
    calls: {
      call: (given) => {
        intent = given;
        return new Promise<CallOutcome>(() => {});
      },
    },
    jobs: { open: new Store<readonly Job[]>([]), get: () => undefined } as unknown as Jobs,
  });
  const run = runs.start({ caller, serverId: 's', serverName: 'S', tool: 't', arguments: {}, mode: 'plain' });
  const sent: JsonObject[] = [];
  const exchange = {
    ...{ era: 'modern', caller, logLevel: 'warning', params: { _meta: { progressToken: 7 } } },
    notify: (message: { params: JsonObject }) => void sent.push(message.params),
    ...more,
  } as unknown as Exchange;
  const calls = new GatewayCalls({ deps: { clock, reports } } as unknown as GatewayContext);
  const relay = calls.relay(run, exchange);
  assert.ok(intent);
  return { clock, reports, run, sent, relay, intent };
}

test('a caller that waits for an approval gets signs of life, and then the progress of the server', () => {
  const { clock, sent, intent } = bed();
  clock.advance(5_000);
  clock.advance(5_000);
  assert.deepEqual(
    sent.map(({ message, progressToken }) => [message, progressToken]),
    Array(2).fill(['t waits for approval', 7]),
  );
  intent.onJob?.({ id: 'run-1' } as Job);
  clock.advance(60_000);
  assert.equal(sent.length, 2);
  for (const progress of [0.1, 0.1, 0.05, 3]) intent.onProgress?.({ progress, total: 4, message: undefined });
  const values = sent.map(({ progress }) => Number(progress));
  assert.deepEqual(values.slice(2), [0.1, 3]);
  assert.ok(values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0)));
});

test('a caller that asked for no progress gets none', () => {
  const { clock, sent, intent } = bed({ params: {} });
  clock.advance(60_000);
  intent.onProgress?.({ progress: 1, total: undefined, message: undefined });
  assert.deepEqual(sent, []);
});

test("a server's messages are passed on from the wanted level up, those of its own call only", () => {
  const { reports, sent, relay } = bed();
  const log = (serverId: string, level: 'info' | 'error', text: string) =>
    reports.tell({ kind: 'log', serverId, level, text });
  log('s', 'info', 'small talk');
  log('other', 'error', 'not for you');
  log('s', 'error', 'broken');
  relay.dispose();
  log('s', 'error', 'too late');
  assert.deepEqual(sent, [{ level: 'error', logger: 'S', data: 'broken' }]);
});
