import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import type { ApprovalRequest } from '../../../src/core/requests.ts';
import type { CallIntent } from '../../../src/core/toolCalls.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { fakeTool, FakeServer, openWindow, scratch } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const never = new AbortController().signal;
const intent = (extra: Partial<CallIntent> = {}): CallIntent => ({
  serverId: 's',
  tool: 'echo',
  arguments: { a: 1 },
  caller: userCaller,
  mode: 'auto',
  ...extra,
});

function bed(t: TestContext) {
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  const approval = async (): Promise<ApprovalRequest> => {
    await settle();
    const [request] = window.requests.open.get();
    assert.equal(request?.kind, 'approval');
    return request;
  };
  return { server, ...window, approval };
}

test('nothing is sent before the user allowed it, and then exactly what was approved', async (t) => {
  const { door, server, requests, approval, rows } = bed(t);
  const outcome = door.call(intent(), never);
  const request = await approval();
  assert.equal(server.sent.length, 0);
  assert.equal(rows.open().length, 0);
  requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: { a: 2 } });
  const ended = await outcome;
  assert.equal(ended.kind, 'done');
  assert.deepEqual(
    server.sent.map((s) => s.request.arguments),
    [{ a: 2 }],
  );
  assert.equal(rows.finished(10)[0]?.approval, 'allowed once by the user');
});

test('allow once asks again the next time and shows what was approved last', async (t) => {
  const { door, requests, approval } = bed(t);
  const first = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'allow', scope: 'once', arguments: { a: 1 } });
  await first;
  const second = door.call(intent({ arguments: { a: 5 } }), never);
  const request = await approval();
  assert.deepEqual(request.lastApproved, { a: 1 });
  requests.decide(request.id, { kind: 'deny', reason: 'not today' });
  assert.deepEqual(await second.then((o) => [o.kind, o.kind === 'denied' && o.reason]), [
    'denied',
    'not today',
  ]);
});

for (const scope of ['session', 'always'] as const) {
  test(`allow ${scope} does not ask again until the definition changes`, async (t) => {
    const { door, requests, approval, server } = bed(t);
    const first = door.call(intent(), never);
    requests.decide((await approval()).id, { kind: 'allow', scope, arguments: { a: 1 } });
    await first;
    assert.equal((await door.call(intent(), never)).kind, 'done');
    server.tools = [fakeTool('echo', { description: 'now it says something else' })];
    const changed = door.call(intent(), never);
    const request = await approval();
    assert.match(request.reason, /tool changed/);
    requests.decide(request.id, { kind: 'deny', reason: undefined });
    await changed;
    assert.equal(server.sent.length, 2);
  });
}

test('an always decision lapses when the launch changes and outlives the window when nothing changed', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = new FakeServer();
  const one = openWindow(dir, server, clock);
  const first = one.door.call(intent(), never);
  await settle();
  one.requests.decide(one.requests.open.get()[0]!.id, { kind: 'allow', scope: 'always', arguments: {} });
  await first;
  one.kill();
  const two = openWindow(dir, server, clock);
  t.after(() => two.kill());
  assert.equal((await two.door.call(intent(), never)).kind, 'done');
  server.launchHash = 'launch-2';
  const changed = two.door.call(intent(), AbortSignal.any([never]));
  await settle();
  assert.match((two.requests.open.get()[0] as ApprovalRequest).reason, /server changed/);
  two.requests.decide(two.requests.open.get()[0]!.id, { kind: 'deny', reason: undefined });
  await changed;
});

test('a decision revoked in one window no longer counts in another', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = new FakeServer();
  const one = openWindow(dir, server, clock);
  const two = openWindow(dir, server, clock);
  t.after(() => (one.kill(), two.kill()));
  const first = one.door.call(intent(), never);
  await settle();
  one.requests.decide(one.requests.open.get()[0]!.id, { kind: 'allow', scope: 'always', arguments: {} });
  await first;
  assert.equal((await two.door.call(intent(), never)).kind, 'done');
  one.door.revoke(one.door.remembered.get()[0]!.id);
  const asked = two.door.call(intent(), never);
  await settle();
  assert.equal(two.requests.open.get().length, 1);
  two.requests.decide(two.requests.open.get()[0]!.id, { kind: 'deny', reason: undefined });
  assert.equal((await asked).kind, 'denied');
});

test('a definition that changes while the user decides is asked about again', async (t) => {
  const { door, requests, approval, server } = bed(t);
  const outcome = door.call(intent(), never);
  const first = await approval();
  server.tools = [fakeTool('echo', { description: 'changed meanwhile' })];
  requests.decide(first.id, { kind: 'allow', scope: 'once', arguments: { a: 1 } });
  const second = await approval();
  assert.notEqual(second.id, first.id);
  assert.match(second.reason, /changed while/);
  assert.equal(server.sent.length, 0);
  requests.decide(second.id, { kind: 'allow', scope: 'once', arguments: { a: 1 } });
  assert.equal((await outcome).kind, 'done');
});

test('a caller that goes away closes its approval request and sends nothing', async (t) => {
  const { door, requests, approval, server } = bed(t);
  const abort = new AbortController();
  const outcome = door.call(intent(), abort.signal);
  await approval();
  abort.abort();
  assert.deepEqual(await outcome, { kind: 'cancelled', job: undefined });
  assert.deepEqual(requests.open.get(), []);
  assert.equal(server.sent.length, 0);
});

test('several pending approvals never mix', async (t) => {
  const { door, requests, server } = bed(t);
  const outcomes = [1, 2, 3].map((a) => door.call(intent({ arguments: { a } }), never));
  await settle();
  const [one, two, three] = requests.open.get() as readonly ApprovalRequest[];
  requests.decide(three!.id, { kind: 'allow', scope: 'once', arguments: three!.arguments });
  requests.decide(one!.id, { kind: 'deny', reason: undefined });
  requests.decide(two!.id, { kind: 'allow', scope: 'once', arguments: two!.arguments });
  assert.deepEqual(
    (await Promise.all(outcomes)).map((o) => o.kind),
    ['denied', 'done', 'done'],
  );
  assert.deepEqual(
    server.sent.map((s) => s.request.arguments),
    [{ a: 3 }, { a: 2 }],
  );
});

test('when the activity line cannot be written the call is not made', async (t) => {
  const { door, requests, approval, server, activity, rows } = bed(t);
  activity.append = () => {
    throw new AppError('storage', 'disk full');
  };
  const outcome = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'allow', scope: 'once', arguments: {} });
  await assert.rejects(outcome, { code: 'storage' });
  assert.equal(server.sent.length, 0);
  assert.equal(rows.open().length, 0);
});

test('the log holds the decision before the send, hides secrets and its chain verifies', async (t) => {
  const { door, requests, approval, server, activity } = bed(t);
  server.onCall = () => {
    assert.equal(activity.page(1)[0]?.event.kind, 'call');
    return Promise.resolve({
      kind: 'done',
      result: { content: [], structuredContent: undefined, isError: false, meta: undefined },
    });
  };
  const outcome = door.call(intent({ arguments: { apiKey: 'sk-marked-secret', q: 'x' } }), never);
  const request = await approval();
  requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: request.arguments });
  assert.equal((await outcome).kind, 'done');
  const lines = activity.page(10);
  assert.deepEqual(
    lines.map((line) => line.event.kind),
    ['call-ended', 'call'],
  );
  assert.ok(!JSON.stringify(lines).includes('sk-marked-secret'));
  assert.equal(activity.verify(), undefined);
});

test('a call that is withdrawn, refused or denied leaves a line that says who wanted what, and nothing is sent', async (t) => {
  const { door, requests, approval, server, activity } = bed(t);
  const abort = new AbortController();
  const given = door.call(intent({ arguments: { token: 'marked-secret' } }), abort.signal);
  await approval();
  abort.abort();
  await given;
  const denied = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'deny', reason: 'not today' });
  await denied;
  server.disabled.add('echo');
  await assert.rejects(door.call(intent(), never), { code: 'blocked' });
  const events = activity.page(10).map(({ event }) => event);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['call-refused', 'call-denied', 'call-withdrawn'],
  );
  for (const event of events) {
    assert.ok('tool' in event && event.tool === 'echo' && 'rule' in event && 'serverName' in event);
    assert.ok(!JSON.stringify(event).includes('marked-secret'));
  }
  assert.ok(events[1]?.kind === 'call-denied' && events[1].rule === 'not today' && events[1].definitionHash);
  assert.equal(server.sent.length, 0);
});

test('a switched-off, unknown or task-only tool is refused with a reason', async (t) => {
  const { door, server } = bed(t);
  server.disabled.add('echo');
  await assert.rejects(door.call(intent(), never), { code: 'blocked' });
  await assert.rejects(door.call(intent({ tool: 'nope' }), never), { code: 'not-found' });
  await assert.rejects(door.call(intent({ serverId: 'other' }), never), { code: 'not-found' });
  server.tools = [fakeTool('long', { taskSupport: 'required' })];
  await assert.rejects(door.call(intent({ tool: 'long', mode: 'plain' }), never), { code: 'unsupported' });
});

test('a tool that reports an error is a failed job with its result kept', async (t) => {
  const { door, requests, approval, server, rows } = bed(t);
  server.onCall = () =>
    Promise.resolve({
      kind: 'done',
      result: {
        content: [{ type: 'text', text: 'no such file' }],
        structuredContent: undefined,
        isError: true,
        meta: undefined,
      },
    });
  const outcome = door.call(intent(), never);
  requests.decide((await approval()).id, { kind: 'allow', scope: 'once', arguments: {} });
  const ended = await outcome;
  assert.deepEqual(ended.kind === 'failed' && [ended.message, ended.job.status], [
    'no such file',
    { kind: 'failed', code: 'tool-error', message: 'no such file' },
  ]);
  assert.equal(rows.result(rows.finished(1)[0]!.id)?.result.isError, true);
});
