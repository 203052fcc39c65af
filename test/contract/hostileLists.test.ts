import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostileOptions } from '../fixtures/servers/hostile.ts';
import { lyingText } from '../fixtures/servers/hostileOffer.ts';
import { connect, never, textOf, type Bed } from './connectionBed.ts';
import { connectHostile, hostile, type Transport } from './hostileBed.ts';

const faces = [
  { era: 'legacy', transport: 'stdio' },
  { era: 'modern', transport: 'stdio' },
  { era: 'legacy', transport: 'http' },
  { era: 'modern', transport: 'http' },
] as const;

for (const { era, transport } of faces) {
  const open = (t: Parameters<typeof connectHostile>[0], options: Omit<HostileOptions, 'era'>) =>
    connectHostile(t, transport satisfies Transport, { ...options, era });

  describe(`hostile lists: ${era} ${transport}`, { timeout: 60_000 }, () => {
    test('one bad item costs itself only, and is named', async (t) => {
      const bed = await open(t, { mode: 'malformed-items' });
      const tools = await bed.connection.tools(never);
      assert.deepEqual(
        tools.items.map((tool) => tool.name),
        ['no_schema', 'bad_icons', 'bad_schema', 'bad_annotations', 'echo', 'structured'],
      );
      assert.deepEqual(tools.items[3]!.annotations, {});
      assert.equal(tools.problems.length, 7);
      assert.match(tools.problems.join('\n'), /"no_schema" has no inputSchema/);
      assert.match(tools.problems.join('\n'), /tool 5: has no name/);
      const resources = await bed.connection.resources(never);
      assert.deepEqual(
        resources.items.map((resource) => [resource.uri, resource.name]),
        [
          ['hostile://good', 'good'],
          ['hostile://nameless', 'hostile://nameless'],
        ],
      );
      assert.equal(resources.problems.length, 4);
      const prompts = await bed.connection.prompts(never);
      assert.deepEqual(
        prompts.items.map((prompt) => prompt.name),
        ['good', 'odd'],
      );
      assert.equal(prompts.problems.length, 3);
      await works(bed);
    });

    test('null where text should be is left out', async (t) => {
      const bed = await open(t, { mode: 'null-descriptions' });
      const { items, problems } = await bed.connection.tools(never);
      const nameless = items.find((tool) => tool.name === 'nameless')!;
      assert.equal(nameless.title, undefined);
      assert.equal(nameless.description, undefined);
      assert.ok(problems.some((problem) => /"nameless" has a description that is not text/.test(problem)));
      assert.equal((await bed.connection.resources(never)).items.length, 2);
      assert.equal((await bed.connection.prompts(never)).items.length, 2);
      await works(bed);
    });

    test('a name that is listed twice counts once', async (t) => {
      const bed = await open(t, { mode: 'duplicate-tools' });
      const { items, problems } = await bed.connection.tools(never);
      assert.deepEqual(
        items.map((tool) => [tool.name, tool.description]),
        [
          ['echo', 'Says the text again'],
          ['structured', undefined],
        ],
      );
      assert.deepEqual(problems, [
        '"echo" is listed more than once; the first is used',
        '"structured" is listed more than once; the first is used',
      ]);
      await works(bed);
    });

    test('ten thousand tools on one page are listed', async (t) => {
      const bed = await open(t, { mode: 'ten-thousand-tools' });
      const { items, problems } = await bed.connection.tools(never);
      assert.equal(items.length, 10_002);
      assert.deepEqual(problems, []);
      await works(bed);
    });

    test('schemas that refer to themselves are passed on as they are', async (t) => {
      const bed = await open(t, { mode: 'cyclic-ref' });
      const { items } = await bed.connection.tools(never);
      assert.equal(items.length, 8);
      assert.deepEqual(items.find((tool) => tool.name === 'self')!.inputSchema, {
        type: 'object',
        properties: { again: { $ref: '#' } },
      });
      await works(bed);
    });

    test('a URL in a schema is never fetched', async (t) => {
      const bed = await open(t, { mode: 'external-ref' });
      assert.equal((await bed.connection.tools(never)).items.length, 5);
      await bed.result('referring');
      await bed.result('referring_input', { a: 1 });
      assert.equal(textOf(await bed.result('canary_hits')), '0');
    });

    test('names of Object.prototype are names like others', async (t) => {
      const bed = await open(t, { mode: 'prototype-names' });
      const { items } = await bed.connection.tools(never);
      assert.deepEqual(
        items.map((tool) => tool.name),
        ['echo', 'structured', '__proto__', 'constructor', 'toString'],
      );
      assert.deepEqual(Object.keys(items[2]!.inputSchema['properties']!), ['__proto__', 'constructor']);
      for (const name of ['__proto__', 'constructor', 'toString'])
        assert.equal(textOf(await bed.result(name)), 'ok');
      assert.equal(({} as Record<string, unknown>)['type'], undefined);
    });

    test('hidden characters reach the caller untouched, for it to mark them', async (t) => {
      const bed = await open(t, { mode: 'ansi-bidi-tags' });
      const { items } = await bed.connection.tools(never);
      assert.equal(items.find((tool) => tool.name === 'paint')!.description, lyingText);
      assert.equal(textOf(await bed.result('paint')), lyingText);
    });

    for (const [value, what] of [
      [0, 'repeats its cursor'],
      [1, 'always has a next page'],
    ] as const) {
      test(`a list that ${what} comes to an end`, async (t) => {
        const bed = await open(t, { mode: 'never-ending-pagination', value });
        const { items, problems } = await bed.connection.tools(never);
        assert.equal(items.length, 2);
        const expected = value === 0 ? /its cursor comes back a second time/ : /it goes on after 64 pages/;
        assert.ok(
          problems.some((problem) => expected.test(problem)),
          problems.join(),
        );
        assert.ok(bed.hooks.sent('tools/list').length <= 64);
        await works(bed);
      });
    }
  });
}

test('hostile lists: the same items and problems in every era and transport', async (t) => {
  const seen: unknown[] = [];
  for (const { era, transport } of faces) {
    const { launch } = await hostile(t, transport, { mode: 'malformed-items', era });
    const { connection } = await connect(launch);
    seen.push([
      await connection.tools(never),
      await connection.resources(never),
      await connection.prompts(never),
    ]);
    await connection.close();
  }
  const text = (value: unknown) =>
    JSON.stringify(value, (key, member: unknown) => (key === 'ttlMs' ? undefined : member));
  for (const one of seen) assert.equal(text(one), text(seen[0]));
});

async function works(bed: Bed): Promise<void> {
  assert.equal(textOf(await bed.result('echo', { text: 'still here' })), 'still here');
}
