import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Progress } from '../../src/core/connection.ts';
import { pixel, silence } from '../fixtures/servers/contractOffer.ts';
import {
  connect,
  counts,
  modes,
  never,
  rejection,
  textOf,
  untilCounts,
  type Bed,
  type Mode,
} from './connectionBed.ts';

const toolNames = [
  ...['echo', 'add', 'slow_progress', 'fail', 'throw', 'big', 'image', 'audio', 'resource_link', 'embedded'],
  ...[
    'ask',
    'ask_url',
    'ask_twice',
    'roots',
    'sample',
    'log',
    'hang',
    'cancelled_count',
    'change_tools',
    'touch',
  ],
];

for (const mode of modes) {
  describe(`contract: ${mode.name}`, { timeout: 120_000 }, () => {
    let server: Awaited<ReturnType<Mode['start']>>;
    let bed: Bed;
    before(async () => {
      server = await mode.start();
      bed = await connect(server.launch);
    });
    after(async () => {
      await bed.connection.close();
      await server.close();
    });

    test('says who the server is and what it speaks', () => {
      const { info, verdict, resumeState } = bed.connection;
      assert.equal(info.era, mode.era);
      assert.equal(info.transport, mode.transport);
      assert.equal(info.protocolVersion, mode.protocolVersion);
      assert.deepEqual(info.serverInfo, {
        name: 'contract',
        title: 'Contract',
        version: '1.2.3',
        description: 'The same offer in every era',
        websiteUrl: 'https://example.com/contract',
      });
      assert.equal(info.instructions, 'Serves the same offer in every era.');
      assert.deepEqual(info.capabilities['tools'], { listChanged: true });
      assert.equal(info.pid === undefined, mode.transport !== 'stdio');
      assert.equal(verdict.era, mode.era);
      assert.equal(verdict.discover === undefined, mode.era === 'legacy');
      assert.equal(resumeState.protocolVersion, mode.protocolVersion);
      assert.equal(resumeState.sessionId !== undefined, mode.name === 'legacy http');
    });

    test('lists all pages of tools with hints, schemas and the untouched definition', async () => {
      const { items, problems } = await bed.connection.tools(never, true);
      assert.deepEqual(
        items.map((tool) => tool.name),
        toolNames,
      );
      assert.deepEqual(problems, []);
      const echo = items[0]!;
      assert.deepEqual(echo.annotations, { readOnly: true, idempotent: true, openWorld: false });
      assert.equal(echo.title, 'Echo');
      assert.equal(echo.taskSupport, 'forbidden');
      assert.deepEqual(echo.raw, {
        name: 'echo',
        title: 'Echo',
        description: 'Says the text again',
        inputSchema: {
          type: 'object',
          properties: { text: { type: 'string' } },
          required: ['text'],
          additionalProperties: false,
        },
        annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
      });
      assert.deepEqual(items[1]!.outputSchema!['required'], ['sum']);
    });

    test('reuses a list as long as the server allows and no longer', async () => {
      const requests = () => bed.hooks.sent('tools/list').length;
      const { ttlMs } = await bed.connection.tools(never, true);
      assert.equal(ttlMs, mode.era === 'modern' ? 60_000 : undefined);
      const before = requests();
      await bed.connection.tools(never);
      assert.equal(requests() - before, mode.era === 'modern' ? 0 : 2);
      await bed.connection.tools(never, true);
      assert.equal(requests() - before, mode.era === 'modern' ? 2 : 4);
    });

    test('calls a tool', async () => {
      assert.deepEqual(await bed.result('echo', { text: 'grüß dich \u{1F44B}' }), {
        content: [{ type: 'text', text: 'grüß dich \u{1F44B}' }],
        structuredContent: undefined,
        isError: false,
        meta: metaOf(mode),
      });
    });

    test('gives structured content', async () => {
      assert.deepEqual((await bed.result('add', { a: 2, b: 3 })).structuredContent, { sum: 5 });
    });

    test('gives images, audio, links and embedded resources as received', async () => {
      const content = async (tool: string) => (await bed.result(tool)).content;
      assert.deepEqual(await content('image'), [{ type: 'image', data: pixel, mimeType: 'image/png' }]);
      assert.deepEqual(await content('audio'), [{ type: 'audio', data: silence, mimeType: 'audio/wav' }]);
      assert.deepEqual(await content('resource_link'), [
        { type: 'resource_link', uri: 'contract://readme', name: 'readme', mimeType: 'text/markdown' },
      ]);
      assert.deepEqual(await content('embedded'), [
        {
          type: 'resource',
          resource: { uri: 'contract://readme', mimeType: 'text/markdown', text: '# Contract\n' },
        },
      ]);
    });

    test('gives a result of eight megabytes', async () => {
      const text = textOf(await bed.result('big', { bytes: 8 * 2 ** 20 }));
      assert.equal(String(text).length, 8 * 2 ** 20);
      const frame = bed.hooks.frames.findLast(
        (one) => one.direction === 'received' && one.kind === 'response',
      )!;
      assert.ok(frame.bytes >= 8 * 2 ** 20 && frame.text.length < 10_000);
    });

    test('tells a failed tool from a failed request', async () => {
      const failed = await bed.result('fail');
      assert.equal(failed.isError, true);
      assert.equal(textOf(failed), 'It did not work');
      const thrown = await rejection(bed.result('throw'));
      assert.equal(thrown.code, 'server-error');
      assert.match(thrown.message, /4242: .*Thrown on purpose/);
      const unknown = await rejection(bed.result('no_such_tool'));
      assert.equal(unknown.code, 'server-error');
      assert.match(unknown.message, /Unknown tool: no_such_tool/);
    });

    for (const burst of [false, true]) {
      test(`reports progress in order and before the result${burst ? ', also when all arrives at once' : ''}`, async () => {
        const steps = burst ? 100 : 5;
        const seen: Progress[] = [];
        let isDone = false;
        const onProgress = (progress: Progress) => {
          assert.equal(isDone, false);
          seen.push(progress);
        };
        await bed.call('slow_progress', { steps, delayMs: 1, burst }, { onProgress });
        isDone = true;
        assert.deepEqual(
          seen,
          Array.from({ length: steps }, (_, index) => ({
            progress: index + 1,
            total: steps,
            message: `Step ${index + 1}`,
          })),
        );
      });
    }

    test('brings a cancel to the server', async () => {
      const before = await counts(bed);
      const abort = new AbortController();
      const call = rejection(bed.call('hang', {}, { signal: abort.signal }));
      await untilCounts(bed, ({ hanging }) => hanging === before.hanging + 1);
      abort.abort();
      assert.equal((await call).code, 'cancelled');
      await untilCounts(
        bed,
        ({ hanging, cancelled }) => hanging === before.hanging && cancelled === before.cancelled + 1,
      );
    });

    test('does not send a call that is cancelled already', async () => {
      const before = bed.hooks.sent('tools/call').length;
      assert.equal(
        (await rejection(bed.call('echo', { text: 'x' }, { signal: AbortSignal.abort() }))).code,
        'cancelled',
      );
      assert.equal(bed.hooks.sent('tools/call').length, before);
    });

    test('lists, reads and templates resources', async () => {
      const { items, problems } = await bed.connection.resources(never, true);
      assert.equal(items.length, 27);
      assert.deepEqual(problems, []);
      const { raw, ...readme } = items[0]!;
      assert.equal(raw['uri'], 'contract://readme');
      assert.deepEqual(readme, {
        uri: 'contract://readme',
        name: 'readme',
        title: 'Read me',
        description: 'What this is',
        mimeType: 'text/markdown',
        size: 11,
      });
      const templates = await bed.connection.resourceTemplates(never);
      assert.deepEqual(
        templates.items.map((template) => [template.uriTemplate, template.title]),
        [['contract://item/{n}', 'Item']],
      );
      assert.deepEqual(await bed.connection.readResource('contract://pixel', never), [
        { uri: 'contract://pixel', mimeType: 'image/png', blob: pixel },
      ]);
      assert.match(
        (await rejection(bed.connection.readResource('contract://nothing', never))).message,
        /no resource contract:\/\/nothing/,
      );
    });

    test('tells when a subscribed resource changes, and not after the end of the subscription', async () => {
      const updates = () =>
        bed.hooks.frames.filter((frame) => frame.method === 'notifications/resources/updated').length;
      const end = await bed.connection.subscribeResource('contract://readme', never);
      await bed.result('touch');
      await bed.hooks.until(() => bed.hooks.updatedUris.length === 1);
      await end();
      const before = updates();
      await bed.result('touch');
      const again = await bed.connection.subscribeResource('contract://readme', never);
      await bed.result('touch');
      await bed.hooks.until(() => bed.hooks.updatedUris.length === 2);
      assert.equal(updates() - before, 1);
      assert.deepEqual(bed.hooks.updatedUris, ['contract://readme', 'contract://readme']);
      await again();
      await end();
    });

    test('lists and fills prompts', async () => {
      const { items } = await bed.connection.prompts(never);
      assert.deepEqual(
        items.map((prompt) => prompt.name),
        ['greet', 'plain', 'media'],
      );
      assert.deepEqual(items[0]!.arguments, [
        { name: 'name', description: 'Whom', isRequired: true },
        { name: 'style', description: 'formal or casual', isRequired: false },
      ]);
      const prompt = await bed.connection.getPrompt('greet', { name: 'Ada', style: 'casual' }, never);
      assert.deepEqual(prompt['messages'], [{ role: 'user', content: { type: 'text', text: 'Hi, Ada' } }]);
      assert.match(
        (await rejection(bed.connection.getPrompt('greet', {}, never))).message,
        /greet needs "name"/,
      );
    });

    test('completes arguments of prompts and templates', async () => {
      const complete = (ref: Parameters<typeof bed.connection.complete>[0], name: string, value: string) =>
        bed.connection.complete(ref, { name, value }, {}, never);
      assert.deepEqual(await complete({ kind: 'prompt', name: 'greet' }, 'name', 'A'), ['Ada', 'Alan']);
      assert.deepEqual(await complete({ kind: 'template', uriTemplate: 'contract://item/{n}' }, 'n', '2'), [
        ...['2', '20', '21', '22', '23', '24', '25'],
      ]);
      assert.deepEqual(await complete({ kind: 'prompt', name: 'greet' }, 'unknown', ''), []);
    });

    test('brings log messages of the wanted level', async () => {
      await bed.connection.setLogLevel('warning', never);
      await bed.result('log', { level: 'info', text: 'too quiet' });
      await bed.result('log', { level: 'error', text: 'loud enough' });
      await bed.hooks.until(() =>
        bed.hooks.logs.some((line) => line.text === '[contract] loud enough' && line.level === 'error'),
      );
      assert.equal(
        bed.hooks.logs.some((line) => line.text.includes('too quiet')),
        false,
      );
    });

    test('tells when the list of tools changes, and lists anew', async () => {
      assert.equal((await bed.connection.tools(never)).items.length, 20);
      await bed.result('change_tools');
      await bed.hooks.until(() => bed.hooks.changedLists.includes('tools'));
      const { items } = await bed.connection.tools(never);
      assert.equal(items.at(-1)?.name, 'added');
      assert.equal(textOf(await bed.result('added')), 'I was added');
    });

    test('records every frame', () => {
      const { frames } = bed.hooks;
      const call = frames.find((frame) => frame.method === 'tools/call' && frame.direction === 'sent')!;
      const answer = frames.find((frame) => frame.kind === 'response' && frame.id === call.id)!;
      assert.ok(frames.indexOf(answer) > frames.indexOf(call));
      assert.equal(call.bytes, Buffer.byteLength(call.text));
      assert.equal((JSON.parse(call.text) as { params: { name: string } }).params.name, 'echo');
    });
  });
}

function metaOf(mode: Mode): unknown {
  if (mode.era === 'legacy') return undefined;
  return {
    'io.modelcontextprotocol/serverInfo': {
      name: 'contract',
      title: 'Contract',
      version: '1.2.3',
      description: 'The same offer in every era',
      websiteUrl: 'https://example.com/contract',
    },
  };
}
