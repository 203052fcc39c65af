import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CallIntent } from '../../../src/core/toolCalls.ts';
import type { PolicyFile } from '../../../src/core/policyFile.ts';
import { FakeServer, openWindow, scratch } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { openGate, policyFile } from '../../fakes/policyBed.ts';

const never = new AbortController().signal;
const intent = (extra: Partial<CallIntent> = {}): CallIntent => ({
  serverId: 's',
  tool: 'echo',
  arguments: { a: 1 },
  caller: { kind: 'gateway', name: 'codex' },
  mode: 'auto',
  ...extra,
});

function bed(t: TestContext, files: readonly PolicyFile[]) {
  const server = new FakeServer();
  const { gate, ...policy } = openGate(files);
  const window = openWindow(scratch(t), server, new FakeClock(), undefined, gate);
  t.after(() => window.kill());
  const approval = async () => {
    await settle();
    const [request] = window.requests.open.get();
    assert.equal(request?.kind, 'approval');
    return request;
  };
  return { server, policy, ...window, approval };
}

test('a call that a rule allows is sent without asking, and its job and line name the rule', async (t) => {
  const { door, server, rows, activity } = bed(t, [
    policyFile({ rules: [{ effect: 'allow', reason: 'fine' }] }),
  ]);
  assert.equal((await door.call(intent(), never)).kind, 'done');
  assert.equal(server.sent.length, 1);
  const rule = 'allowed by mcp-policy.json (user):3: fine';
  assert.equal(rows.finished(1)[0]?.approval, rule);
  const sent = activity.page(10).find(({ event }) => event.kind === 'call');
  assert.equal(sent?.event.kind === 'call' && sent.event.rule, rule);
});

test('a call that a rule denies is not sent, and the caller and the log are told which rule', async (t) => {
  const { door, server, activity, requests } = bed(t, [
    policyFile({ rules: [{ effect: 'deny', reason: 'not on Mondays' }] }),
  ]);
  const outcome = await door.call(intent(), never);
  assert.equal(
    outcome.kind === 'denied' && outcome.reason,
    'denied by mcp-policy.json (user):3: not on Mondays',
  );
  assert.deepEqual([server.sent.length, requests.open.get().length], [0, 0]);
  assert.equal(activity.page(1)[0]?.event.kind, 'call-denied');
});

test('what the user makes of the arguments is judged as well', async (t) => {
  const schema = { properties: { a: { const: 13 } } };
  const { door, server, requests, approval } = bed(t, [
    policyFile({ rules: [{ effect: 'deny', arguments: schema }] }),
  ]);
  const outcome = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'allow', scope: 'once', arguments: { a: 13 } });
  const ended = await outcome;
  assert.deepEqual([ended.kind, server.sent.length], ['denied', 0]);
});

test('a rule that asks is named in the request, with its place', async (t) => {
  const { door, requests, approval } = bed(t, [
    policyFile({ rules: [{ effect: 'ask', reason: 'look first' }] }),
  ]);
  const outcome = door.call(intent(), never);
  const request = await approval();
  assert.match(request.reason, /asked for by mcp-policy\.json \(user\):3: look first/);
  assert.deepEqual(request.rule, { file: '/home/user/mcp-policy.json', line: 3 });
  requests.decide(request.id, { kind: 'deny', reason: 'no' });
  assert.equal((await outcome).kind, 'denied');
});

test('a call is counted once, however long it is decided about; one too many is denied with a time', async (t) => {
  const { door, requests, approval } = bed(t, [policyFile({ limits: [{ calls: 1, per: 'hour' }] })]);
  const first = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'allow', scope: 'once', arguments: { a: 2 } });
  assert.equal((await first).kind, 'done');
  const second = await door.call(intent(), never);
  assert.ok(second.kind === 'denied' && /try again in 3600 s/.test(second.reason));
  assert.ok(second.kind === 'denied' && second.decision.effect === 'deny' && second.decision.retryAt);
});

test('a rule that comes while the user decides counts for that call', async (t) => {
  const { door, server, policy, requests, approval } = bed(t, []);
  const outcome = door.call(intent(), never);
  const request = await approval();
  policy.files.set([policyFile({ rules: [{ effect: 'deny' }] })]);
  requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: { a: 1 } });
  assert.deepEqual([(await outcome).kind, server.sent.length], ['denied', 0]);
});
