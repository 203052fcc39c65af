import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { TaskSnapshot } from '../../src/core/connection.ts';
import type { ResolvedLaunch } from '../../src/core/server.ts';
import { connect, httpLaunch, never, stdioLaunch, textOf, type Bed } from './connectionBed.ts';

// The official reference server, as published.
const script = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);

for (const transport of ['stdio', 'streamableHttp', 'sse'] as const) {
  describe(`everything server: ${transport}`, { timeout: 120_000 }, () => {
    test('runs research as tasks, one with a question', async (t) => {
      const bed = await open(t, transport);
      bed.hooks.answer = () => ({ kind: 'accept', content: { interpretation: 'snake' } });
      const plain = research(t, bed, { topic: 'rivers', ambiguous: false });
      const asking = research(t, bed, { topic: 'python', ambiguous: true });
      assert.match(String(textOf(await plain)), /Research Report: rivers\n/);
      assert.match(String(textOf(await asking)), /Research Report: python \(snake\)/);
      assert.equal(bed.hooks.asks.length, 1);
      assert.ok(bed.hooks.asks[0]!.origin.taskId !== undefined);
    });

    test('asks by form, by URL, for a page that must be opened first, for a model and for roots', async (t) => {
      const bed = await open(t, transport);
      bed.hooks.answer = (ask) =>
        ask.kind === 'sampling'
          ? {
              kind: 'accept',
              content: { model: 'm', role: 'assistant', content: { type: 'text', text: 'hello' } },
            }
          : { kind: 'accept', content: { name: 'Ada' } };
      assert.match(
        String((await bed.result('trigger-elicitation-request')).content[1]?.['text']),
        /Name: Ada/,
      );
      const from = bed.hooks.asks.length;
      const url = 'https://example.com/page';
      const opened = await bed.result(
        'trigger-url-elicitation',
        { url, message: 'Open it', errorPath: true },
        'call-url',
      );
      assert.match(String(textOf(opened)), /User completed the URL elicitation flow/);
      const asked = bed.hooks.asks.slice(from);
      assert.deepEqual(
        asked.map(({ ask, origin }) => [ask.kind === 'elicit-url' && ask.url, origin.callId]),
        [
          ['https://modelcontextprotocol.io', 'call-url'],
          [url, 'call-url'],
        ],
      );
      assert.match(
        String(textOf(await bed.result('trigger-sampling-request', { prompt: 'Hi', maxTokens: 5 }))),
        /hello/,
      );
      assert.match(String(textOf(await bed.result('get-roots-list'))), /file:\/\/\/workspace/);
    });
  });
}

async function research(t: TestContext, bed: Bed, args: { topic: string; ambiguous: boolean }) {
  const reply = await bed.call('simulate-research-query', args, { mode: 'plain' });
  assert.ok(reply.kind === 'task', 'the tool demands a task');
  const { taskId } = reply.task;
  t.after(bed.connection.watchTask(taskId, new Set()));
  for (;;) {
    const task: TaskSnapshot = await bed.connection.getTask(taskId, never);
    if (task.result) return task.result;
    assert.ok(task.status === 'working' || task.status === 'input-required', task.statusMessage);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function open(t: TestContext, transport: 'stdio' | 'streamableHttp' | 'sse'): Promise<Bed> {
  const bed = await connect(await launchOf(t, transport));
  t.after(() => bed.connection.close());
  // The server adds tools for what the client declares once it has heard of it.
  await bed.hooks.until(() => bed.hooks.frames.some((frame) => frame.method === 'roots/list'));
  const names = (await bed.connection.tools(never)).items.map((tool) => tool.name);
  assert.ok(
    names.includes('simulate-research-query') && names.includes('trigger-url-elicitation'),
    names.join(),
  );
  return bed;
}

async function launchOf(
  t: TestContext,
  transport: 'stdio' | 'streamableHttp' | 'sse',
): Promise<ResolvedLaunch> {
  if (transport === 'stdio') return stdioLaunch(process.execPath, [script, 'stdio']);
  const port = await freePort();
  const child = spawn(process.execPath, [script, transport], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PORT: String(port) },
  });
  t.after(async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  });
  for await (const line of createInterface({ input: child.stderr })) {
    if (/listening|running/i.test(line)) break;
  }
  child.stderr.resume();
  return httpLaunch(`http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`);
}

/** The server cannot be asked which port it took, so it is given one that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  const closed = once(probe, 'close');
  probe.close();
  await closed;
  return port;
}
