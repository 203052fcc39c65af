import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityEvent } from '../../../src/core/activity.ts';
import { watchApprovalTimeouts } from '../../../src/core/approvalTimeouts.ts';
import { limitCalls } from '../../../src/core/callerLimits.ts';
import { defaultCallerSettings, type CallerRecord } from '../../../src/core/callerRecord.ts';
import { agentsView, startOfDay } from '../../../src/core/dashboardAgents.ts';
import { Requests, type ApprovalRequest } from '../../../src/core/requests.ts';
import type { CallOutcome, ToolCalls } from '../../../src/core/toolCalls.ts';
import { Store } from '../../../src/core/util/store.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const gateway = (name: string) => ({ kind: 'gateway', name }) as const;
const { signal } = new AbortController();

function approval(id: string, name: string, createdAt: number): ApprovalRequest {
  return { id, kind: 'approval', createdAt, caller: gateway(name) } as ApprovalRequest;
}

test('a call that nobody decides about is refused when its caller’s time is over, others wait on', async () => {
  const clock = new FakeClock();
  const requests = new Requests();
  const watch = watchApprovalTimeouts({
    requests,
    clock,
    timeoutOf: ({ name }) => (name === 'hasty' ? 30_000 : 0),
  });
  const hasty = requests.ask<'approval'>(approval('a', 'hasty', clock.now()), signal);
  void requests.ask<'approval'>(approval('b', 'patient', clock.now()), signal);
  clock.advance(29_999);
  assert.equal(requests.open.get().length, 2);
  clock.advance(1);
  assert.deepEqual(await hasty, { kind: 'deny', reason: 'nobody decided within 30 seconds' });
  clock.advance(3_600_000);
  assert.deepEqual(
    requests.open.get().map(({ id }) => id),
    ['b'],
  );
  void requests.ask<'approval'>(approval('c', 'hasty', clock.now()), signal);
  requests.decide('c', { kind: 'allow', scope: 'once', arguments: {} });
  assert.equal(clock.pending, 0);
  watch.dispose();
});

test('calls over a caller’s limit are refused with a reason, logged and not sent; the next minute is free', async () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  const logged: ActivityEvent[] = [];
  const calls: ToolCalls = {
    remembered: new Store([]),
    revoke: () => {},
    call: async ({ caller }): Promise<CallOutcome> => {
      sent.push(caller.name);
      return { kind: 'cancelled', job: undefined };
    },
  };
  const limited = limitCalls({
    ...{ calls, clock },
    sha256: (text) => `#${text.length}`,
    record: (event) => logged.push(event),
    limitOf: ({ name }) => (name === 'busy' ? 2 : 0),
  });
  const call = (name: string) =>
    limited.call(
      {
        serverId: 's',
        tool: 't',
        arguments: { token: 'x' },
        caller: gateway(name),
        mode: 'auto',
      },
      signal,
    );
  for (let n = 0; n < 4; n++) await call('free');
  await call('busy');
  clock.advance(30_000);
  await call('busy');
  const over = await call('busy');
  assert.equal(over.kind === 'denied' && over.reason, 'more than 2 calls in a minute; try again later');
  assert.equal(sent.filter((name) => name === 'busy').length, 2);
  assert.equal(sent.filter((name) => name === 'free').length, 4);
  assert.deepEqual(
    logged.map((event) => event.kind === 'call-denied' && [event.caller.name, event.rule]),
    [['busy', 'limit of 2 calls per minute']],
  );
  clock.advance(30_001);
  await call('busy');
  assert.equal(sent.filter((name) => name === 'busy').length, 3);
});

const record = (name: string, extra: Partial<CallerRecord> = {}): CallerRecord => ({
  ...{ id: `id-${name}`, name, agent: 'codex', tokenHash: 'f'.repeat(64), issuedAt: 100 },
  ...{ lastUsedAt: undefined, settings: defaultCallerSettings },
  ...extra,
});

test('the page shows who called last first, with today’s calls, and no token', () => {
  const now = 1_000_000;
  const view = agentsView({
    callers: [
      record('old', { lastUsedAt: 1_000 }),
      record('new', { lastUsedAt: now - 59_000 }),
      record('never', {
        issuedAt: 5_000,
        settings: {
          ...defaultCallerSettings,
          offers: { kind: 'preset', name: 'a\u202Eb' },
          callsPerMinute: 3,
        },
      }),
    ],
    calls: new Map([['new', 4]]),
    status: { kind: 'port-taken', port: 7 },
    mode: 'auto',
    now,
  });
  assert.deepEqual(
    view.agents.map(({ name, isActive, callsToday }) => [name, isActive, callsToday]),
    [
      ['new', true, 4],
      ['never', false, 0],
      ['old', false, 0],
    ],
  );
  const { offers } = view.agents[1] ?? { offers: undefined };
  assert.equal(offers?.kind === 'preset' && offers.name.text, 'a<U+202E>b');
  assert.deepEqual(view.gateway, {
    ...{ mode: 'auto', state: 'port-taken', port: 7, url: undefined, message: undefined },
  });
  assert.equal(JSON.stringify(view).includes('ffff'), false);
});

test('the day begins at midnight of this place', () => {
  const at = new Date(2026, 6, 5, 14, 30).getTime();
  assert.equal(startOfDay(at), new Date(2026, 6, 5).getTime());
});
