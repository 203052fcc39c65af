import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { loadApp, originOf } from '../../../src/core/mcpAppSession.ts';
import { mcpAppMimeType } from '../../../src/core/mcpApps.ts';
import type { CallOutcome } from '../../../src/core/toolCalls.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { AppBed, textOf } from '../../fakes/appBed.ts';

const forever = new AbortController().signal;
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted;
const job = { serverId: 'user/clock', tool: 'get-time', launchHash: 'launch' };

test('the app of a job is read from the server that ran it', async () => {
  const bed = new AppBed();
  bed.contents = [{ uri: bed.uri, mimeType: mcpAppMimeType, text: '<h1>' }];
  const { document, tool } = await loadApp(bed.connections, job, forever);
  assert.equal(document.html, '<h1>');
  assert.equal(tool.name, 'get-time');
  await assert.rejects(loadApp(bed.connections, { ...job, tool: 'none' }, forever), code('not-found'));
  await assert.rejects(loadApp(bed.connections, { ...job, launchHash: 'old' }, forever), code('conflict'));
  bed.contents = [{ uri: bed.uri, mimeType: 'text/html', text: '<h1>' }];
  await assert.rejects(loadApp(bed.connections, job, forever), code('invalid-input'));
});

test('a call of an app goes through the one door in its name', async () => {
  const bed = new AppBed();
  const result = await bed.session.callTool('refresh', { a: 1 }, forever);
  assert.deepEqual(result, textOf('12:00'));
  const intent = bed.calls[0]!.intent;
  assert.deepEqual(intent.caller, { kind: 'app', name: 'app:ui://clock/app.html' });
  assert.deepEqual([intent.serverId, intent.tool, intent.arguments], ['user/clock', 'refresh', { a: 1 }]);
});

test('an app gets no tool that is for models alone, and none of another server', async () => {
  const bed = new AppBed();
  await assert.rejects(bed.session.callTool('report', {}, forever), code('not-found'));
  await assert.rejects(bed.session.callTool('delete_everything', {}, forever), code('not-found'));
  assert.equal(bed.calls.length, 0);
});

test('how a call ended is told: a refusal with its reason, a failure with its result where there is one', async () => {
  const bed = new AppBed();
  const ends: [CallOutcome, string | object][] = [
    [{ kind: 'denied', reason: 'no', decision: {} as never }, 'denied'],
    [{ kind: 'cancelled', job: undefined }, 'cancelled'],
    [{ kind: 'failed', job: {} as never, message: 'broke', result: undefined }, 'server-error'],
    [{ kind: 'failed', job: {} as never, message: 'broke', result: textOf('why') }, textOf('why')],
  ];
  for (const [outcome, wanted] of ends) {
    bed.onCall = async () => outcome;
    const call = bed.session.callTool('get-time', {}, forever);
    if (typeof wanted === 'string') await assert.rejects(call, code(wanted));
    else assert.deepEqual(await call, wanted);
  }
});

test('closing an app withdraws what waits for a decision and lets go on what was sent', async () => {
  const bed = new AppBed();
  const waiting = Promise.withResolvers<CallOutcome>();
  bed.onCall = () => waiting.promise;
  const unsent = bed.session.callTool('get-time', {}, forever);
  const app = new AbortController();
  bed.onCall = (intent) => {
    intent.onJob?.({} as never);
    return waiting.promise;
  };
  const sent = bed.session.callTool('get-time', {}, app.signal);
  bed.session.close();
  app.abort(); // the end of the bridge aborts what its app had asked for
  assert.deepEqual(
    bed.calls.map(({ signal }) => signal.aborted),
    [true, false],
  );
  waiting.resolve({ kind: 'cancelled', job: undefined });
  await Promise.allSettled([unsent, sent]);
  await assert.rejects(bed.session.callTool('get-time', {}, forever), code('cancelled'));
  await assert.rejects(bed.session.openLink('https://a.example'), code('cancelled'));
});

test('an app that cancels its call cancels the job', async () => {
  const bed = new AppBed();
  const waiting = Promise.withResolvers<CallOutcome>();
  bed.onCall = (intent) => {
    intent.onJob?.({} as never);
    return waiting.promise;
  };
  const app = new AbortController();
  const call = bed.session.callTool('get-time', {}, app.signal);
  app.abort();
  assert.equal(bed.calls[0]!.signal.aborted, true);
  waiting.resolve({ kind: 'cancelled', job: undefined });
  await assert.rejects(call, code('cancelled'));
});

test('four calls at once and sixty a minute are enough for an app', async () => {
  const bed = new AppBed();
  const waiting = Promise.withResolvers<CallOutcome>();
  bed.onCall = () => waiting.promise;
  const open = [1, 2, 3, 4].map(() => bed.session.callTool('get-time', {}, forever));
  await assert.rejects(bed.session.callTool('get-time', {}, forever), code('conflict'));
  waiting.resolve(bed.done('ok'));
  await Promise.all(open);
  for (let n = 4; n < 60; n++) await bed.session.callTool('get-time', {}, forever);
  await assert.rejects(bed.session.callTool('get-time', {}, forever), code('conflict'));
  await assert.rejects(bed.session.readResource('file:///a', forever), code('conflict'));
  bed.clock.advance(60_000);
  await bed.session.callTool('get-time', {}, forever);
});

test('an app knows whether its server is the one that it came from', () => {
  const bed = new AppBed();
  const app = bed.app();
  assert.equal(originOf(app, bed.server()), 'same');
  assert.equal(originOf(app, undefined), 'gone');
  bed.launchHash = 'another';
  assert.equal(originOf(app, bed.server()), 'changed');
});

test('an app ends with the server that it came from', async () => {
  const bed = new AppBed();
  bed.launchHash = 'another';
  await assert.rejects(bed.session.callTool('get-time', {}, forever), code('conflict'));
  await assert.rejects(bed.session.readResource('file:///a', forever), code('conflict'));
  await assert.rejects(bed.session.list('resources', forever), code('conflict'));
});

test('the lists are those of the own server as it sent them, up to a size, and count as calls', async () => {
  const bed = new AppBed();
  assert.deepEqual(await bed.session.list('resources', forever), bed.resources);
  assert.deepEqual(await bed.session.list('resourceTemplates', forever), bed.templates);
  bed.resources = [{ uri: 'file:///a', name: 'a'.repeat(8_000_000) }];
  await assert.rejects(bed.session.list('resources', forever), code('too-large'));
  for (let n = 3; n < 60; n++) await bed.session.list('resourceTemplates', forever);
  await assert.rejects(bed.session.list('resourceTemplates', forever), code('conflict'));
});

test('resources are those of the own server, up to a size', async () => {
  const bed = new AppBed();
  assert.deepEqual(await bed.session.readResource('file:///a', forever), bed.contents);
  bed.contents = [{ uri: 'file:///a', text: 'a'.repeat(8_000_000) }];
  await assert.rejects(bed.session.readResource('file:///a', forever), code('too-large'));
});

test('only https links are asked about, and opened only after a yes', async () => {
  const bed = new AppBed();
  for (const url of [
    'http://a.example',
    'javascript:alert(1)',
    'command:workbench.action.quit',
    'vscode://a',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://user:pass@a.example',
    'https://user@a.example',
    '//a.example',
    'a',
    `https://a.example/${'a'.repeat(2_000)}`,
  ])
    await assert.rejects(bed.session.openLink(url), code('invalid-input'), url);
  assert.deepEqual(bed.asked, []);
  await bed.session.openLink('https://a.example/x?y');
  bed.answer = false;
  await assert.rejects(bed.session.openLink('https://b.example'), code('denied'));
  assert.deepEqual(bed.asked, ['link https://a.example/x?y', 'link https://b.example/']);
});

test('a message for the chat is a text of some length', async () => {
  const bed = new AppBed();
  const text = (value: string): JsonObject => ({ type: 'text', text: value });
  for (const bad of [[], [text(' ')], [text('a'), { type: 'image', data: '' }], [text('a'.repeat(2_001))]])
    await assert.rejects(bed.session.message(bad), code('invalid-input'));
  await bed.session.message([text('a'), text('b')]);
  assert.deepEqual(bed.asked, ['chat a\n\nb']);
});

test('an app asks the user one thing at a time', async () => {
  const bed = new AppBed();
  const answer = Promise.withResolvers<boolean>();
  bed.onAsk = () => answer.promise;
  const first = bed.session.openLink('https://a.example');
  await assert.rejects(bed.session.openLink('https://b.example'), code('conflict'));
  await assert.rejects(bed.session.message([{ type: 'text', text: 'a' }]), code('conflict'));
  answer.resolve(true);
  await first;
  await bed.session.openLink('https://b.example');
});

test('what an app logs is one line of visible text', () => {
  const bed = new AppBed();
  bed.session.log('info', 'a\nb\u202e');
  bed.session.log('error', { a: 1 });
  assert.deepEqual(bed.logged, ['info a b<U+202E>', 'error {"a":1}']);
});
