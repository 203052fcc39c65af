import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseConfigText } from '../../../src/core/config.ts';
import { launchHash, type Source, type SourceKind } from '../../../src/core/server.ts';

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

function launchOf(entry: object, kind: SourceKind = 'mcpJson') {
  const parsed = parse(JSON.stringify({ mcpServers: { one: entry } }), kind);
  assert.deepEqual(parsed.problems, []);
  return parsed.servers[0]?.launch;
}

describe('a VS Code mcp.json', () => {
  const text = `{
  // what the team uses
  "inputs": [
    { "id": "key", "type": "promptString", "description": "API key", "password": true },
    { "id": "region", "type": "pickString", "description": "Region", "options": ["eu", { "label": "United States", "value": "us" }], "default": "eu" },
    { "id": "made", "type": "command", "command": "acme.makeToken", "args": { "scope": "read" } },
    { "id": "unused", "type": "promptString" },
  ],
  "servers": {
    "local": {
      "type": "stdio", "command": "npx", "args": ["-y", "server", "\${input:region}"],
      "env": { "KEY": "\${input:key}", "RETRIES": 3, "BIG": 12345678901234567890, "OFF": null },
      "envFile": "\${workspaceFolder}/.env", "cwd": "\${workspaceFolder}",
      "dev": { "watch": "src/**" }, "gallery": true, "version": "1.0.0",
    },
    "remote": { "type": "http", "url": "https://example.com/mcp", "headers": { "Authorization": "Bearer \${input:made}" } },
    "old": { "type": "sse", "url": "https://example.com/sse" },
    "boxed": { "command": "x", "sandboxEnabled": true, "sandbox": { "network": { "allowedDomains": [] } } },
  },
}`;

  test('is read with comments, trailing commas, inputs and keys of VS Code that we do not use', () => {
    const { servers, problems } = parse(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      servers.map((server) => [server.id, server.line, server.launch.kind]),
      [
        ['workspace/local', 10, 'stdio'],
        ['workspace/remote', 16, 'http'],
        ['workspace/old', 17, 'http'],
        ['workspace/boxed', 18, 'stdio'],
      ],
    );
    assert.deepEqual(servers[0]?.launch, {
      kind: 'stdio',
      command: 'npx',
      args: ['-y', 'server', '${input:region}'],
      env: { KEY: '${input:key}', RETRIES: '3', BIG: '12345678901234567890' },
      envFile: '${workspaceFolder}/.env',
      cwd: '${workspaceFolder}',
    });
    assert.deepEqual(servers[1]?.launch, {
      kind: 'http',
      transport: 'auto',
      url: 'https://example.com/mcp',
      headers: { Authorization: 'Bearer ${input:made}' },
    });
    assert.equal(servers[2]?.launch.kind === 'http' && servers[2].launch.transport, 'sse');
    assert.deepEqual(
      servers.map((server) => server.wantsSandbox),
      [false, false, false, true],
    );
  });

  test('gives each server the inputs that it uses', () => {
    const { servers } = parse(text);
    assert.deepEqual(servers[0]?.inputs, [
      { id: 'key', kind: 'text', description: 'API key', isPassword: true, default: undefined, options: [] },
      {
        id: 'region',
        kind: 'pick',
        description: 'Region',
        isPassword: false,
        default: 'eu',
        options: ['eu', 'us'],
        optionLabels: ['eu', 'United States'],
      },
    ]);
    assert.deepEqual(servers[1]?.inputs[0]?.command, { id: 'acme.makeToken', args: { scope: 'read' } });
    assert.deepEqual(servers[2]?.inputs, []);
  });

  test('binds the launch hash to the launch and to nothing else', () => {
    const hashOf = (entry: object, line = '') =>
      parse(`${line}${JSON.stringify({ servers: { a: entry } })}`).servers[0]?.launchHash;
    const base = { command: 'node', args: ['a.js'] };
    assert.equal(hashOf(base), hashOf({ args: ['a.js'], command: 'node', type: 'stdio', dev: {} }, '\n\n'));
    assert.notEqual(hashOf(base), hashOf({ command: 'node', args: ['b.js'] }));
    assert.notEqual(hashOf(base), hashOf({ ...base, env: { A: '1' } }));
    assert.notEqual(hashOf(base), hashOf({ ...base, cwd: '/tmp' }));
    const [server] = parse(JSON.stringify({ servers: { a: base } })).servers;
    assert.equal(server?.launchHash, server && launchHash(server.launch, sha256));
  });
});

describe('files of other programs', () => {
  test('name the URL, the type and the switch in their own ways', () => {
    assert.deepEqual(
      launchOf({ serverUrl: 'https://a.example/mcp', headers: { 'X-Key': 'k' } }, 'windsurf'),
      {
        kind: 'http',
        transport: 'auto',
        url: 'https://a.example/mcp',
        headers: { 'X-Key': 'k' },
      },
    );
    const transportOf = (entry: object) => {
      const launch = launchOf(entry);
      return launch?.kind === 'http' ? launch.transport : launch?.kind;
    };
    const url = 'https://a.example/mcp';
    assert.equal(transportOf({ url }), 'auto');
    assert.equal(transportOf({ httpUrl: url }), 'streamable-http');
    assert.equal(transportOf({ type: 'http', url }), 'auto');
    assert.equal(transportOf({ type: 'streamable-http', url }), 'streamable-http');
    assert.equal(transportOf({ type: 'streamableHttp', url }), 'streamable-http');
    assert.equal(transportOf({ type: 'sse', url }), 'sse');
    assert.equal(transportOf({ type: 'local', command: 'x', tools: ['*'] }), 'stdio');
    assert.equal(transportOf({ type: 'stdio', command: 'x', url }), 'stdio');
  });

  test('say "disabled" and are listed all the same', () => {
    const { servers } = parse(
      '{"mcpServers":{"a":{"command":"x","disabled":true},"b":{"command":"x","disabled":false}}}',
      'cursor',
    );
    assert.deepEqual(
      servers.map((server) => server.isDisabledInFile),
      [true, false],
    );
  });

  test('may hold other settings, nulls and no servers at all', () => {
    assert.deepEqual(parse('{"globalShortcut":"","preferences":{}}', 'claudeDesktop'), {
      servers: [],
      problems: [],
    });
    assert.deepEqual(
      parse('{"mcpServers":{"a":{"command":"x","args":null,"env":null}}}', 'windsurf').problems,
      [],
    );
    assert.deepEqual(parse('{"mcpServers":null}', 'mcpJson'), { servers: [], problems: [] });
    for (const blank of ['', ' \n\t', '\uFEFF', '// nothing yet\n']) {
      assert.deepEqual(parse(blank, 'mcpJson').servers, []);
    }
    assert.deepEqual(problems(''), []);
  });

  test('that use the key of another program say so', () => {
    assert.deepEqual(problems('{"servers":{"a":{"command":"x"}}}', 'mcpJson'), [
      '1:2 - "servers" is not read in this file; its servers stand in "mcpServers"',
    ]);
    assert.equal(parse('{"mcpServers":{"a":{"command":"x"}}}', 'workspace').servers.length, 1);
    assert.deepEqual(
      problems('{"servers":{"a":{"command":"x"}},"mcpServers":{"a":{"command":"y"}}}', 'given'),
      ['1:48 a also stands in "servers", which counts'],
    );
  });
});

describe('a bad entry', () => {
  const cases: readonly (readonly [entry: string, problem: string])[] = [
    ['{}', '3:5 bad "command" (local server) or "url" (remote server) is missing'],
    ['{"type":"http"}', '3:5 bad "url" is missing'],
    ['{"command":7}', '3:23 bad command: expected a string, found a number'],
    ['{"command":["npx","-y"]}', '3:23 bad command: expected a string, found an array'],
    ['{"command":" "}', '3:23 bad command: is empty'],
    ['{"command":"x","args":"-y"}', '3:34 bad args: expected an array of strings, found a string'],
    ['{"command":"x","args":["a",3000]}', '3:39 bad args[1]: expected a string, found a number'],
    [
      '{"command":"x","env":{"DEBUG":true}}',
      '3:42 bad env.DEBUG: expected a string, a number or null, found a boolean',
    ],
    ['{"command":"x","env":["A=1"]}', '3:33 bad env: expected an object, found an array'],
    ['{"command":"x","env":{"A=B":"1"}}', '3:34 bad env."A=B": the name must not contain "="'],
    ['{"command":"x","env":{"":"1"}}', '3:34 bad env."": the name is empty'],
    ['{"command":"x","env":{"__proto__":"1"}}', '3:34 bad env.__proto__: the name is reserved'],
    ['{"command":"x","args":["a\\u0000b"]}', '3:35 bad args[0]: contains a NUL character'],
    [
      '{"command":"x","args":["\\ud800"]}',
      '3:35 bad args[0]: contains half of a character (a lone surrogate)',
    ],
    [
      '{"url":"https://a.example","headers":{"X":1}}',
      '3:54 bad headers.X: expected a string, found a number',
    ],
    [
      '{"url":"https://a.example","headers":{"X Y":"1"}}',
      '3:50 bad headers."X Y": the name is not a valid header name',
    ],
    [
      '{"url":"https://a.example","headers":{"X":"a\\r\\nHost: b"}}',
      '3:54 bad headers.X: must not contain a line break',
    ],
    ['{"url":"example.com/mcp"}', '3:19 bad url: is not a URL'],
    ['{"url":"ftp://a.example"}', '3:19 bad url: must start with http:// or https://'],
    [
      '{"url":"https://ada:pw@a.example"}',
      '3:19 bad url: must not hold a user name or password; use "headers"',
    ],
    [
      '{"url":"unix:///tmp/s.sock"}',
      '3:19 bad url: Unix sockets and named pipes are not supported; use http or https',
    ],
    [
      '{"url":"https://a.example","serverUrl":"https://b.example"}',
      '3:19 bad url and serverUrl differ; keep one of them',
    ],
    [
      '{"command":"x","url":"https://a.example"}',
      '3:5 bad has both "command" and "url"; say which one counts with "type"',
    ],
    [
      '{"type":"ws","url":"wss://a"}',
      '3:20 bad type: expected "stdio", "local", "http", "streamable-http" or "sse", found "ws"',
    ],
    [
      '{"type":"constructor","command":"x"}',
      '3:20 bad type: expected "stdio", "local", "http", "streamable-http" or "sse", found "constructor"',
    ],
    ['"npx server"', '3:12 bad expected an object, found a string'],
    ['null', '3:12 bad expected an object, found null'],
  ];
  for (const [entry, problem] of cases) {
    test(`${entry} is named with its place and leaves the others working`, () => {
      const text = `{ "servers": {\n    "before": { "command": "a" },\n    "bad": ${entry},\n    "after": { "url": "https://c.example" }\n} }`;
      assert.deepEqual(problems(text), [problem]);
      assert.deepEqual(
        parse(text).servers.map((server) => server.name),
        ['before', 'after'],
      );
    });
  }

  test('never shows a value, which may be a secret', () => {
    const text =
      '{"servers":{"a":{"command":"x","env":{"T":["sk-12345"]},"args":[{"k":"sk-12345"}]},"b":{"url":"sk-12345"}}}';
    assert.equal(problems(text).length, 3);
    assert.ok(!problems(text).join().includes('sk-12345'));
  });

  test('reports each wrong value of an entry once', () => {
    assert.deepEqual(problems('{"servers":{"a":{"command":1,"args":[1,2],"cwd":false}}}'), [
      '1:28 a command: expected a string, found a number',
      '1:49 a cwd: expected a string, found a boolean',
      '1:38 a args[0]: expected a string, found a number',
      '1:40 a args[1]: expected a string, found a number',
    ]);
  });

  test('with a wrong "disabled" still loads, as not disabled', () => {
    const parsed = parse('{"servers":{"a":{"command":"x","disabled":"yes"}}}');
    assert.equal(parsed.servers[0]?.isDisabledInFile, false);
    assert.equal(parsed.problems[0]?.message, 'disabled: expected a boolean, found a string');
  });
});

describe('names', () => {
  test('of servers may hold what people use', () => {
    for (const name of [
      'context7',
      'AWS API MCP Server',
      'io.github.upstash/context7',
      '@scope/x',
      'Größe',
      'constructor',
      'toString',
    ]) {
      const parsed = parse(JSON.stringify({ servers: { [name]: { command: 'x' } } }));
      assert.deepEqual(parsed.problems, []);
      assert.equal(parsed.servers[0]?.id, `workspace/${name}`);
    }
  });

  test('of servers that deceive or break are refused', () => {
    const refused: readonly (readonly [string, string])[] = [
      ['', 'the server name "" is empty'],
      [' a', 'the server name " a" starts or ends with a blank'],
      ['a\u202Eb', 'the server name "a<U+202E>b" holds hidden characters or line breaks'],
      ['a\nb', 'the server name "a\\nb" holds hidden characters or line breaks'],
      ['__proto__', 'the server name "__proto__" is reserved'],
      ['x'.repeat(201), `the server name "${'x'.repeat(80)}…" is longer than 200 characters`],
    ];
    for (const [name, message] of refused) {
      const parsed = parse(`{"servers":{${JSON.stringify(name)}:{"command":"x"},"ok":{"command":"x"}}}`);
      assert.deepEqual(
        parsed.problems.map((problem) => problem.message),
        [message],
      );
      assert.deepEqual(
        parsed.servers.map((server) => server.name),
        ['ok'],
      );
    }
  });

  test('that objects inherit change no prototype', () => {
    parse(
      '{"__proto__":{"polluted":1},"servers":{"__proto__":{"polluted":1},"a":{"command":"x","env":{"constructor":"1"}}}}',
    );
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const [server] = parse(
      '{"servers":{"a":{"command":"x","env":{"constructor":"1","toString":"2"}}}}',
    ).servers;
    assert.deepEqual(server?.launch.kind === 'stdio' && Object.entries(server.launch.env), [
      ['constructor', '1'],
      ['toString', '2'],
    ]);
  });

  test('that occur twice are reported where the second stands, and the last one counts', () => {
    const text =
      '{"servers":{\n"a":{"command":"first"},\n"b":{"command":"x","command":"y"},\n"a":{"command":"last"}}}';
    assert.deepEqual(problems(text), [
      '4:1 - "a" occurs twice, first in line 2; the last one counts',
      '3:20 b "command" occurs twice, first in line 3; the last one counts',
    ]);
    const servers = new Map(parse(text).servers.map((server) => [server.name, server]));
    assert.equal(servers.size, 2);
    const last = servers.get('a');
    assert.equal(last?.launch.kind === 'stdio' && last.launch.command, 'last');
    assert.equal(last?.line, 4);
  });
});

describe('inputs', () => {
  const inputProblems = (inputs: string, use = 'k') =>
    problems(`{"inputs":${inputs},\n"servers":{"a":{"command":"\${input:${use}}"}}}`);

  test('that are wrong are named', () => {
    assert.deepEqual(inputProblems('{}'), [
      '1:11 - inputs: expected an array, found an object',
      '2:12 a uses ${input:k}, but the file defines no such input',
    ]);
    assert.deepEqual(inputProblems('[7,{"id":"k","type":"promptString"}]'), [
      '1:12 - inputs[0]: expected an object, found a number',
    ]);
    const bad = (input: string) => inputProblems(`[${input},{"id":"k","type":"promptString"}]`);
    assert.deepEqual(bad('{"type":"promptString"}'), ['1:12 - inputs[0]: "id" is missing']);
    assert.deepEqual(bad('{"id":"x"}'), ['1:12 - inputs[0]: "type" is missing']);
    assert.deepEqual(bad('{"id":"x","type":"ask"}'), [
      '1:29 - inputs[0].type: expected "promptString", "pickString" or "command", found "ask"',
    ]);
    assert.deepEqual(bad('{"id":"x","type":"pickString"}'), [
      '1:12 - inputs[0].options: expected a list of choices',
    ]);
    assert.deepEqual(bad('{"id":"x","type":"pickString","options":["a",1]}'), [
      '1:57 - inputs[0].options[1]: expected a string or an object with "value", found a number',
    ]);
    assert.deepEqual(bad('{"id":"x","type":"command"}'), ['1:12 - inputs[0]: "command" is missing']);
    assert.deepEqual(bad('{"id":"x","type":"promptString","password":"yes"}'), [
      '1:55 - inputs[0].password: expected a boolean, found a string',
    ]);
    assert.deepEqual(bad('{"id":"k","type":"promptString"}'), [
      '1:45 - inputs[1]: the id "k" occurs twice; the first one counts',
    ]);
  });

  test('that are used but not defined are named at the server, which stays listed', () => {
    const parsed = parse('{"servers":{"a":{"command":"x","env":{"K":"${input:nope}"}}}}');
    assert.equal(parsed.servers.length, 1);
    assert.deepEqual(
      parsed.problems.map((problem) => problem.message),
      ['uses ${input:nope}, but the file defines no such input'],
    );
  });
});
