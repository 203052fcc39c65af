import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openHost } from '../../scripts/host/headless.ts';
import type { PromptRequest } from '../../src/core/requests.ts';
import { Completions } from '../../src/core/completions.ts';
import { Prompts } from '../../src/core/prompts.ts';
import type { ServerReport } from '../../src/core/serverReports.ts';
import type { Host } from '../../src/node/host.ts';
import { askingStdio } from '../fixtures/servers/askingPrompts.ts';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { nightlyStdio } from '../fixtures/servers/nightly.ts';

const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);
const never = new AbortController().signal;
const serverId = 'given/one';

/** A host with one server connected, its prompts as the editor uses them, and what stood in its inbox. */
async function bed(
  t: TestContext,
  entry: { readonly command: string; readonly args: readonly string[] },
  answer: (host: Host, request: PromptRequest) => void = () => undefined,
) {
  const later = lastFirst(t);
  const dir = mkdtempSync(join(tmpdir(), 'prompts-'));
  later(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const config = join(dir, 'mcp.json');
  writeFileSync(config, JSON.stringify({ servers: { one: { type: 'stdio', ...entry } } }));
  const asked: PromptRequest[] = [];
  const open = await openHost({
    config,
    state: join(dir, 'state'),
    onRequest: (host, request) => {
      asked.push(request);
      answer(host, request);
    },
  });
  later(() => open.close());
  const { host } = open;
  const { connections, definitions, clock } = host;
  const prompts = new Prompts({ connections, definitions, clock });
  later(() => prompts.dispose());
  const completions = new Completions({ connections, clock });
  const connection = await connections.start(serverId, never);
  const use = async (prompt: string, args: Readonly<Record<string, string>> = {}) => {
    await prompts.fetch(
      serverId,
      prompt,
      Object.entries(args).map(([name, value]) => ({ name, value })),
    );
    const state = prompts.of(serverId, prompt)?.state;
    if (state?.kind !== 'ready') return state;
    return state.result.messages.map(({ role, blocks }) => [role, ...blocks]);
  };
  const suggest = async (prompt: string, name: string, value: string, context = {}) =>
    (
      await completions.ask(
        { serverId, ref: { kind: 'prompt', name: prompt }, argument: { name, value }, context },
        never,
      )
    ).values;
  return { host, asked, prompts, connection, use, suggest };
}

const textBlock = (text: string) => ({ type: 'text', text });

describe('prompts of the everything server', { timeout: 60_000 }, () => {
  test('are used with and without arguments, completed, and bring embedded resources', async (t) => {
    const { host, use, suggest } = await bed(t, { command: process.execPath, args: [everything, 'stdio'] });
    const names = host.connections.get(serverId)?.offer?.prompts.items.map(({ name }) => name);
    assert.deepEqual(names?.sort(), [
      'args-prompt',
      'completable-prompt',
      'resource-prompt',
      'simple-prompt',
    ]);
    assert.deepEqual(await use('simple-prompt'), [
      ['user', textBlock('This is a simple prompt without arguments.')],
    ]);
    assert.deepEqual(await use('args-prompt', { city: 'Berlin' }), [
      ['user', textBlock("What's weather in Berlin?")],
    ]);
    assert.partialDeepStrictEqual(await use('args-prompt'), {
      kind: 'failed',
      message: 'the prompt needs "city"',
    });
    assert.deepEqual(await suggest('completable-prompt', 'department', 'S'), ['Sales', 'Support']);
    const inSales = await suggest('completable-prompt', 'name', '', { department: 'Sales' });
    assert.deepEqual(inSales, ['David', 'Eve', 'Frank']);
    const withResource = await use('resource-prompt', { resourceType: 'Text', resourceId: '1' });
    assert.ok(Array.isArray(withResource));
    assert.ok(withResource.flat().some((block) => typeof block === 'object' && block['type'] === 'resource'));
  });
});

describe('prompts of the nightly server', { timeout: 60_000 }, () => {
  for (const era of ['modern', 'legacy'] as const) {
    test(`are used and completed over ${era}, one argument by another`, async (t) => {
      const state = mkdtempSync(join(tmpdir(), 'prompts-nightly-'));
      t.after(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
      const { connection, use, suggest } = await bed(t, nightlyStdio({ era, state }));
      assert.equal(connection.info.era, era);
      assert.deepEqual(await suggest('compare_strategies', 'symbol', 'H'), ['HELX']);
      const second = await suggest('compare_strategies', 'second', '', { first: 'momentum' });
      assert.deepEqual(second, ['mean_reversion', 'buy_and_hold']);
      const messages = await use('compare_strategies', {
        ...{ symbol: 'HELX', first: 'momentum', second: 'buy_and_hold' },
      });
      assert.ok(Array.isArray(messages));
      assert.match(JSON.stringify(messages), /Run run_backtest on HELX once with/);
      assert.partialDeepStrictEqual(await use('explain_run', { runId: 'nobody' }), { kind: 'failed' });
    });
  }
});

for (const era of ['modern', 'legacy'] as const) {
  describe(`a question of a ${era} server during a prompt or a resource`, { timeout: 60_000 }, () => {
    test('stands in the inbox, is answered there, and the messages come', async (t) => {
      const { asked, use, suggest } = await bed(t, askingStdio(era), (host, request) => {
        const field =
          request.kind === 'elicitation-form' && request.message.includes('cups') ? 'cups' : 'page';
        host.requests.answer(request.id, { kind: 'accept', content: { [field]: 3 } });
      });
      assert.deepEqual(await suggest('order', 'drink', 't'), ['tea', 'tea with milk']);
      assert.deepEqual(await suggest('order', 'size', '', { drink: 'coffee' }), ['mugs', 'espresso cups']);
      assert.deepEqual(await use('order', { drink: 'tea', size: 'pots' }), [
        ['user', textBlock('Order 3 pots of tea.')],
      ]);
      assert.partialDeepStrictEqual(asked, [
        { kind: 'elicitation-form', serverId, message: 'How many cups?', jobId: undefined },
      ]);
    });

    test('is answered for a resource, too', async (t) => {
      const { asked, connection } = await bed(t, askingStdio(era), (host, request) => {
        host.requests.answer(request.id, { kind: 'accept', content: { page: 7 } });
      });
      const [content] = await connection.readResource('menu://today', never);
      assert.equal(content?.['text'], 'page 7');
      assert.equal(asked.length, 1);
    });

    test('that is declined is said to the server, and what it makes of that is shown', async (t) => {
      const { use } = await bed(t, askingStdio(era), (host, request) => {
        host.requests.answer(request.id, { kind: 'decline' });
      });
      assert.partialDeepStrictEqual(await use('order', { drink: 'tea' }), {
        kind: 'failed',
        message: 'the server answered prompts/get with error -32000: nobody said: How many cups?',
      });
    });

    test('is withdrawn when the preview is stopped', async (t) => {
      const seen = Promise.withResolvers<void>();
      const { host, prompts } = await bed(t, askingStdio(era), () => seen.resolve());
      const fetching = prompts.fetch(serverId, 'order', [{ name: 'drink', value: 'tea' }]);
      await seen.promise;
      assert.equal(host.requests.open.get().length, 1);
      prompts.stop(serverId, 'order');
      await fetching;
      assert.equal(prompts.of(serverId, 'order'), undefined);
      assert.deepEqual(host.requests.open.get(), []);
    });
  });

  describe(`the log level of a ${era} server`, { timeout: 60_000 }, () => {
    test('decides what it says, and is asked for again after a restart', async (t) => {
      const { host, use } = await bed(t, askingStdio(era));
      const said: string[] = [];
      host.reports.subscribe((report: ServerReport) => {
        if (report.kind === 'log' && report.text.startsWith('[drinks]')) said.push(report.text);
      });
      const heard = async () => {
        said.length = 0;
        await use('greet');
        return [...said];
      };
      const both = ['[drinks] greeting in detail', '[drinks] greeting with a warning'];
      assert.deepEqual(await heard(), era === 'modern' ? [] : both, 'as the server likes');
      await host.connections.setLogLevel(serverId, 'debug', never);
      assert.deepEqual(await heard(), both);
      await host.connections.setLogLevel(serverId, 'warning', never);
      assert.deepEqual(await heard(), both.slice(1));
      await host.connections.restart(serverId, never);
      assert.deepEqual(await heard(), both.slice(1));
      await host.connections.setLogLevel(serverId, 'error', never);
      assert.deepEqual(await heard(), []);
    });
  });
}
