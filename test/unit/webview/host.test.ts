import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { DashboardState } from '../../../src/core/dashboard.ts';
import type { ToHost, ToWebview } from '../../../src/shared/protocol.ts';
import { connectHost, HostError, type Host } from '../../../webview/host.ts';

type Listener = (event: { readonly data: ToWebview }) => void;
// What a webview's window has and Node has not.
const window = globalThis as unknown as Record<string, unknown>;
let sent: ToHost[];
let states: unknown[];
let listeners: Set<Listener>;
let host: Host;
const receive = (data: ToWebview) => listeners.forEach((listener) => listener({ data }));
const state = (name: string) => name as unknown as DashboardState;

beforeEach(() => {
  sent = [];
  states = [];
  listeners = new Set();
  window['addEventListener'] = (_kind: string, listener: Listener) => listeners.add(listener);
  window['removeEventListener'] = (_kind: string, listener: Listener) => listeners.delete(listener);
  window['acquireVsCodeApi'] = () => ({
    postMessage: (message: ToHost) => sent.push(message),
    getState: () => 'saved',
    setState: () => undefined,
  });
  host = connectHost((one) => states.push(one));
});
afterEach(() => {
  host.dispose();
  for (const name of ['addEventListener', 'removeEventListener', 'acquireVsCodeApi']) delete window[name];
});

const hasCode = (code: string) => (error: unknown) => error instanceof HostError && error.code === code;

suite('a call to the host', () => {
  test('settles with its own answer, whatever the order', async () => {
    const first = host.call('server.stop', { serverId: 'a' });
    const second = host.call('jobs.more', { before: 1 });
    receive({ kind: 'reply', id: 1, ok: true, value: { jobs: [] } });
    receive({ kind: 'reply', id: 0, ok: false, code: 'not-found', message: 'gone' });
    assert.deepEqual(await second, { jobs: [] });
    await assert.rejects(first, hasCode('not-found'));
  });

  test('ignores a second answer and answers to nobody', async () => {
    const call = host.call('server.stop', { serverId: 'a' });
    receive({ kind: 'reply', id: 0, ok: true, value: null });
    receive({ kind: 'reply', id: 0, ok: false, code: 'internal', message: 'late' });
    receive({ kind: 'reply', id: 99, ok: true, value: null });
    assert.equal(await call, null);
  });

  test('is cancelled at the host when its signal aborts, and rejects at once', async () => {
    const abort = new AbortController();
    const call = host.call('server.start', { serverId: 'a' }, abort.signal);
    abort.abort();
    await assert.rejects(call, hasCode('cancelled'));
    assert.deepEqual(sent.at(-1), { kind: 'cancel', id: 0 });
    await assert.rejects(host.call('server.start', { serverId: 'a' }, abort.signal), hasCode('cancelled'));
    assert.equal(sent.length, 2);
  });

  test('fails when the view goes away, before and after', async () => {
    const call = host.call('server.stop', { serverId: 'a' });
    host.dispose();
    await assert.rejects(call, hasCode('gone'));
    await assert.rejects(host.call('server.stop', { serverId: 'a' }), hasCode('gone'));
  });
});

suite('states', () => {
  test('arrive in order; an older one is dropped', () => {
    receive({ kind: 'state', rev: 3, state: state('three') });
    receive({ kind: 'state', rev: 2, state: state('two') });
    receive({ kind: 'state', rev: 4, state: state('four') });
    assert.deepEqual(states, ['three', 'four']);
  });
});
