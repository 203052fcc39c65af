import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseConfigText } from '../../../src/core/config.ts';
import type { Source, SourceKind } from '../../../src/core/server.ts';
import { seededRandom, type Random } from '../../fakes/seededRandom.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function source(kind: SourceKind): Source {
  return { id: kind, kind, file: `/home/ada/${kind}.json`, folder: undefined };
}

function parse(text: string, kind: SourceKind = 'workspace') {
  return parseConfigText(source(kind), text, sha256);
}

/** Problems as `line:column entry message`, the way a reader meets them. */
function problems(text: string, kind: SourceKind = 'workspace'): string[] {
  return parse(text, kind).problems.map(
    (problem) => `${problem.line}:${problem.column} ${problem.entry ?? '-'} ${problem.message}`,
  );
}

describe('a damaged file', () => {
  test('names the place and the reason of the first error', () => {
    assert.deepEqual(
      problems('{\n  "servers": {\n    "a" { "command": "x" }\n  }\n}')[0],
      '3:9 - not valid JSON: a colon is expected',
    );
    assert.deepEqual(problems('{"servers":{'), ['1:13 - not valid JSON: a closing brace } is missing']);
    assert.deepEqual(problems('{"servers":{}} {}'), ['1:16 - not valid JSON: the file should end here']);
    assert.deepEqual(
      problems("{'servers':{}}")[0],
      '1:2 - not valid JSON: unknown word; texts need double quotes',
    );
    assert.deepEqual(problems('[]'), ['1:1 - expected an object, found an array']);
    assert.deepEqual(problems('{"servers":[]}'), ['1:12 - servers: expected an object, found an array']);
  });

  test('says that entries may be hidden, which a bad entry does not', () => {
    const hides = (text: string) => parse(text).problems.map(({ hidesEntries }) => hidesEntries === true);
    assert.deepEqual(hides('{"servers":{"a":{"command":"x"'), [true, false]);
    assert.deepEqual(hides('['.repeat(100)), [true]);
    assert.deepEqual(hides('{"servers":{"a":7}}'), [false]);
  });

  test('still gives the entries that are whole', () => {
    const text = '{"servers":{"a":{"command":"x"}\n"b":{"command":"y" "args":[]},\n"c":{"command":"z"}}}';
    assert.deepEqual(
      parse(text).servers.map((server) => server.name),
      ['a', 'c'],
    );
    assert.deepEqual(problems(text), [
      '2:1 - not valid JSON: a comma is expected',
      '2:1 b not loaded: the entry is damaged by the syntax error',
    ]);
  });

  test('never gives a half-read entry: an argument that is cut off could change what the command does', () => {
    const whole = '{"servers":{"a":{"command":"x","args":["--read-only"],"env":{"A":"1"}}}}';
    for (let end = 0; end < whole.length; end++) {
      for (const server of parse(whole.slice(0, end)).servers) {
        assert.deepEqual(server.launch, parse(whole).servers[0]?.launch, `cut at ${end}`);
      }
    }
  });

  test('counts columns behind a byte order mark as editors do', () => {
    assert.deepEqual(problems('\uFEFF{"servers":[]}'), [
      '1:12 - servers: expected an object, found an array',
    ]);
    assert.equal(parse('\uFEFF{"servers":{"a":{"command":"x"}}}').servers.length, 1);
  });

  test('counts every kind of line end', () => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const text = ['{', '"servers":', '', '[]}'].join(lineEnd);
      assert.deepEqual(problems(text), ['4:1 - servers: expected an object, found an array']);
    }
  });

  test('that is nested endlessly is refused, not a crash', () => {
    for (const text of ['['.repeat(200_000), '{"a":'.repeat(200_000), `{"servers":{"a":${'['.repeat(100)}`]) {
      const parsed = parse(text);
      assert.deepEqual(parsed.servers, []);
      assert.match(parsed.problems[0]?.message ?? '', /nested more than 64 levels deep/);
    }
  });

  test('gives a bounded number of problems', () => {
    const entries = Array.from({ length: 5000 }, (_, index) => `"s${index}":7`).join(',');
    assert.equal(parse(`{"servers":{${entries}}}`).problems.length, 100);
  });
});

describe('any text', () => {
  const samples = [
    '{"servers":{"a":{"command":"npx","args":["-y","x"],"env":{"A":"1"}},"b":{"url":"https://e.example/${input:k}"}},"inputs":[{"id":"k","type":"pickString","options":["a"]}]}',
    '\uFEFF{\r\n  // note\r\n  "mcpServers": { "ü": { "serverUrl": "https://e.example", "headers": { "X-A": "b" } }, },\r\n}',
  ];
  const fragments = [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\\u',
    '\\ud800',
    '//',
    '/*',
    '*/',
    '\n',
    '\r',
    '\0',
    'null',
    '1e9',
    '__proto__',
    '\uFEFF',
    '\uD800',
    '💻',
    ' ',
  ];

  function mutate(text: string, random: Random): string {
    let mutated = text;
    for (let change = random.below(4) + 1; change > 0; change--) {
      const at = random.below(mutated.length + 1);
      const removed = random.below(3) === 0 ? random.below(20) : random.below(2);
      mutated =
        mutated.slice(0, at) +
        (random.below(2) === 0 ? random.pick(fragments) : '') +
        mutated.slice(at + removed);
    }
    return random.below(4) === 0 ? mutated.slice(0, random.below(mutated.length + 1)) : mutated;
  }

  function assertSound(text: string, kind: SourceKind): void {
    const parsed = parse(text, kind);
    const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
    for (const place of [
      ...parsed.problems,
      ...parsed.servers.map((server) => ({ line: server.line, column: 1 })),
    ]) {
      assert.ok(place.line >= 1 && place.line <= lines.length, `line ${place.line} of ${lines.length}`);
      const length = lines[place.line - 1]?.length ?? 0;
      // A position at the line's end may stand before or after the characters of the line end.
      assert.ok(place.column >= 1 && place.column <= length + 2, `column ${place.column} of ${length}`);
    }
    for (const server of parsed.servers) assert.match(server.launchHash, /^[0-9a-f]{64}$/);
    assert.equal(new Set(parsed.servers.map((server) => server.id)).size, parsed.servers.length);
  }

  test('cut off anywhere gives problems inside the file and never throws', () => {
    for (const sample of samples) {
      for (let end = 0; end <= sample.length; end++) {
        assertSound(sample.slice(0, end), 'workspace');
        assertSound(sample.slice(end), 'given');
      }
    }
  });

  test('changed at random gives problems inside the file and never throws', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 4000; round++) {
      assertSound(
        mutate(random.pick(samples), random),
        random.pick(['workspace', 'mcpJson', 'given', 'cursor'] as const),
      );
    }
  });
});
