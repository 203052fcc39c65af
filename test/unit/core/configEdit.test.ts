import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfigText } from '../../../src/core/config.ts';
import { editConfigText, entryOf, type ConfigChange } from '../../../src/core/configEdit.ts';
import type { HttpLaunch, Launch, Source, SourceKind } from '../../../src/core/server.ts';
import { isAppError, type ErrorCode } from '../../../src/core/util/errors.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

function source(kind: SourceKind = 'workspace'): Source {
  return { id: kind, kind, file: '/work/mcp.json', folder: undefined };
}

const entry = { type: 'stdio', command: 'node', args: ['x.js'] };
const add = (name: string): ConfigChange => ({ kind: 'add', name, entry });
const edit = (text: string | undefined, change: ConfigChange, kind?: SourceKind) =>
  editConfigText(source(kind), text, change);
const refused = (code: ErrorCode, message?: RegExp) => (error: unknown) =>
  isAppError(error, code) && (message === undefined || message.test(error.message));

const commented = `// our servers
{
    // asked once
    "inputs": [],
    "servers": {
        /* the old one */
        "a": { "command": "a" }, // keep
        "b": {
            "command": "b", // why b
        },
    },
    "other": 1,
}
`;

describe('an edit of a configuration file', () => {
  test('adds an entry and keeps comments, layout, trailing commas and all else', () => {
    const edited = edit(commented, add('c'));
    const [before, after] = commented.split('"other"');
    assert.equal(
      edited.text,
      `${before?.replace(
        `        },
    },
`,
        `        },
        "c": {
            "type": "stdio",
            "command": "node",
            "args": [
                "x.js"
            ]
        },
    },
`,
      )}"other"${after}`,
    );
    assert.equal(edited.line, 11);
  });

  test('replaces an entry where it stands', () => {
    const edited = edit(commented, { kind: 'replace', name: 'a', entry });
    assert.equal(edited.line, 7);
    assert.ok(
      edited.text.includes('/* the old one */') &&
        edited.text.includes('// keep') &&
        edited.text.includes('// why b'),
    );
    assert.deepEqual(
      parseConfigText(source(), edited.text, () => '').servers.map(({ name, launch }) => [
        name,
        launch.kind === 'stdio' && launch.command,
      ]),
      [
        ['a', 'node'],
        ['b', 'b'],
      ],
    );
  });

  test('removes an entry and nothing else', () => {
    const edited = edit(commented, { kind: 'remove', name: 'a' });
    assert.equal(edited.line, undefined);
    assert.deepEqual(
      parseConfigText(source(), edited.text, () => '').servers.map(({ name }) => name),
      ['b'],
    );
    assert.ok(
      edited.text.includes('// our servers') &&
        edited.text.includes('// why b') &&
        edited.text.includes('"other": 1'),
    );
  });

  test('makes what is missing: the file, the member, the list', () => {
    const expected =
      '{\n  "servers": {\n    "c": {\n      "type": "stdio",\n      "command": "node",\n      "args": [\n        "x.js"\n      ]\n    }\n  }\n}\n';
    for (const text of [undefined, '', ' \n'])
      assert.deepEqual(edit(text, add('c')), { text: expected, line: 3 });
    assert.equal(
      edit('{"servers":null}', add('c')).text.replaceAll(/\s/g, ''),
      expected.replaceAll(/\s/g, ''),
    );
    assert.match(edit('{}', add('c'), 'mcpJson').text, /"mcpServers"/);
    assert.match(edit('// mine\n', add('c')).text, /^\/\/ mine\n\{\n {2}"servers"/);
  });

  test('follows the indentation and line ends of the file, and keeps its byte order mark', () => {
    assert.match(edit('{\n\t"servers": {}\n}', add('c')).text, /\n\t\t"c": \{\n\t\t\t"type"/);
    assert.match(edit('{\r\n  "servers": {}\r\n}', add('c')).text, /^(?:[^\r\n]*\r\n)+\}$/);
    const marked = edit('\uFEFF{"servers":{}}', add('c'));
    assert.ok(marked.text.startsWith('\uFEFF{'));
  });

  test('goes to the member that holds the entry', () => {
    const text = '{"mcpServers":{"a":{"command":"a"}}}';
    assert.match(edit(text, { kind: 'replace', name: 'a', entry }).text, /"mcpServers":\{"a":\s*\{\s*"type"/);
    assert.doesNotMatch(edit(text, add('c')).text, /"servers"/);
  });

  test('adds the definitions of inputs that are not there yet', () => {
    const key = { id: 'key', type: 'promptString', description: 'Key', password: true };
    const withInputs = (text: string | undefined) =>
      edit(text, { kind: 'add', name: 'c', entry: { ...entry, env: { K: '${input:key}' } }, inputs: [key] })
        .text;
    for (const text of [undefined, commented, '{"inputs":null}']) {
      const parsed = parseConfigText(source(), withInputs(text), () => '');
      assert.deepEqual(parsed.problems, []);
      assert.deepEqual(
        parsed.servers.find(({ name }) => name === 'c')?.inputs.map(({ id }) => id),
        ['key'],
      );
    }
    const again = withInputs(JSON.stringify({ inputs: [key] }));
    assert.equal(again.match(/promptString/g)?.length, 1);
    const other = JSON.stringify({ inputs: [{ ...key, password: false }] });
    assert.throws(() => withInputs(other), refused('conflict', /another input with the id "key"/));
    assert.throws(
      () => edit('{}', { kind: 'add', name: 'c', entry, inputs: [key] }, 'copilot'),
      refused('invalid-input', /has no inputs/),
    );
  });
});

describe('an edit is refused', () => {
  test('when the file cannot be understood', () => {
    for (const text of [
      '{',
      '{"servers":{}',
      '{"servers":[]}',
      '[]',
      '"x"',
      '}{',
      '{"servers":{}} x',
      '{"servers":{},"servers":{}}',
      '{"a":'.repeat(100),
    ]) {
      assert.throws(
        () => edit(text, add('c')),
        refused('invalid-config', /^\/work\/mcp\.json was not changed: /),
        text,
      );
    }
  });

  test('when the name is taken, ambiguous or not there', () => {
    assert.throws(() => edit(commented, add('a')), refused('conflict', /has a server "a" already/));
    for (const kind of ['replace', 'remove'] as const) {
      assert.throws(() => edit(commented, { kind, name: 'z', entry }), refused('not-found'));
      const twice = '{"servers":{"a":{"command":"x"},"a":{"command":"y"}}}';
      assert.throws(() => edit(twice, { kind, name: 'a', entry }), refused('conflict', /twice/));
      const both = '{"servers":{"a":{"command":"x"}},"mcpServers":{"a":{"command":"y"}}}';
      assert.throws(() => edit(both, { kind, name: 'a', entry }), refused('conflict', /twice/));
    }
  });

  test('when the name or the entry would not load', () => {
    for (const name of ['', ' a', 'a\u202Eb', '__proto__'])
      assert.throws(() => edit('{}', add(name)), refused('invalid-input'));
    for (const bad of [{}, { command: 1 }, { url: 'x' }]) {
      assert.throws(
        () => edit('{}', { kind: 'add', name: 'c', entry: bad }),
        refused('invalid-input', /not sound/),
      );
    }
  });
});

describe('the entry for a launch', () => {
  const local: Launch = {
    kind: 'stdio',
    command: 'npx',
    args: ['-y', 'x'],
    env: { A: '1' },
    envFile: undefined,
    cwd: '/tmp',
  };
  const remote: HttpLaunch = {
    kind: 'http',
    transport: 'auto',
    url: 'https://a.example/mcp',
    headers: { X: '1' },
  };

  test('is in the words of the program that the file belongs to', () => {
    assert.deepEqual(entryOf(local, 'workspace'), {
      type: 'stdio',
      command: 'npx',
      args: ['-y', 'x'],
      env: { A: '1' },
      cwd: '/tmp',
    });
    assert.deepEqual(entryOf(local, 'copilot'), {
      type: 'local',
      command: 'npx',
      args: ['-y', 'x'],
      env: { A: '1' },
      cwd: '/tmp',
      tools: ['*'],
    });
    assert.deepEqual(entryOf(remote, 'cursor'), { url: 'https://a.example/mcp', headers: { X: '1' } });
    assert.deepEqual(entryOf(remote, 'windsurf'), {
      serverUrl: 'https://a.example/mcp',
      headers: { X: '1' },
    });
    assert.deepEqual(entryOf({ ...remote, transport: 'sse' }, 'mcpJson'), {
      type: 'sse',
      url: 'https://a.example/mcp',
      headers: { X: '1' },
    });
  });

  test('is read back as that launch from every kind of file', () => {
    const kinds: readonly SourceKind[] = [
      'workspace',
      'user',
      'given',
      'mcpJson',
      'cursorWorkspace',
      'copilot',
      'claudeDesktop',
      'cursor',
      'windsurf',
    ];
    const bare: Launch = {
      kind: 'stdio',
      command: 'x',
      args: [],
      env: {},
      envFile: undefined,
      cwd: undefined,
    };
    const launches: readonly Launch[] = [local, remote, bare, { ...remote, transport: 'sse' }];
    for (const kind of kinds) {
      for (const launch of launches) {
        const { text } = edit(undefined, { kind: 'add', name: 'c', entry: entryOf(launch, kind) }, kind);
        const parsed = parseConfigText(source(kind), text, () => '');
        assert.deepEqual(parsed.servers[0]?.launch, launch, kind);
      }
    }
  });
});

describe('random edits', () => {
  test('leave a sound file with exactly the entries that were asked for', () => {
    const random = seededRandom(21);
    for (let round = 0; round < 150; round++) {
      let text: string | undefined = random.pick([
        undefined,
        commented,
        '{"servers":{"a":{"command":"a"},"b":{"command":"b"}}}',
        '{\r\n\t"servers": {\r\n\t}\r\n}',
      ]);
      const expected = new Set(
        text === undefined ? [] : parseConfigText(source(), text, () => '').servers.map(({ name }) => name),
      );
      for (let step = 0; step < 6; step++) {
        const name = random.pick(['a', 'b', 'c', 'ü 1', 'x/y', '"q"']);
        const change: ConfigChange = expected.has(name)
          ? random.pick([
              { kind: 'remove', name } as const,
              { kind: 'replace', name, entry: { command: `n${step}` } } as const,
            ])
          : { kind: 'add', name, entry: { command: `n${step}` } };
        text = edit(text, change).text;
        if (change.kind === 'remove') expected.delete(name);
        else expected.add(name);
        const parsed = parseConfigText(source(), text, () => '');
        assert.deepEqual(parsed.problems, []);
        assert.deepEqual(new Set(parsed.servers.map((server) => server.name)), expected);
      }
    }
  });
});
