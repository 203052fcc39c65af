import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doctorReport, type DoctorStepId } from '../../../src/core/doctor.ts';
import type {
  CommandFacts,
  ConnectFacts,
  DoctorFacts,
  EntryFacts,
  Failure,
  HostFacts,
  HttpExchange,
  ListFacts,
} from '../../../src/core/doctorFacts.ts';

const failure = (part: Partial<Failure> = {}): Failure => ({
  code: 'connect-failed',
  message: 'it failed',
  nextStep: undefined,
  status: undefined,
  rpcCode: undefined,
  system: undefined,
  ...part,
});
const entry: EntryFacts = { ms: 1, failure: undefined, notes: [], isDisabled: false, hasOwnSignIn: false };
const command: CommandFacts = {
  ms: 2,
  command: 'node',
  found: '/usr/bin/node',
  problem: undefined,
  isPath: false,
  pathFolders: 9,
  cwd: undefined,
  script: undefined,
};
const host: HostFacts = {
  ms: 3,
  host: 'mcp.example',
  isLoopback: false,
  isSecure: true,
  addresses: ['192.0.2.7'],
  failure: undefined,
};
const connect: ConnectFacts = {
  startMs: 20,
  handshakeMs: 40,
  failure: undefined,
  exchanges: [],
  http: [],
  info: undefined,
  exit: undefined,
  stderr: [],
  noise: undefined,
  patience: 30,
};
const info: NonNullable<ConnectFacts['info']> = {
  era: 'modern',
  protocolVersion: '2026-07-28',
  transport: 'stdio',
  serverName: 'files',
  serverVersion: '1.0.0',
  pid: 77,
};
const answered = (part: Partial<HttpExchange> = {}): HttpExchange => ({
  method: 'POST',
  url: 'https://mcp.example/mcp',
  ms: 12,
  status: 200,
  contentType: 'application/json',
  redirectedTo: undefined,
  system: undefined,
  ...part,
});
const list = (part: Partial<ListFacts> = {}): ListFacts => ({
  list: 'tools',
  ms: 5,
  isDeclared: true,
  count: 3,
  problems: [],
  failure: undefined,
  ...part,
});
const server = (kind: 'stdio' | 'http'): DoctorFacts['server'] => ({
  id: 'user/files',
  name: 'files',
  kind,
  target: 'node files.js',
  file: '/mcp.json',
  line: 3,
});
const local = (part: Partial<DoctorFacts> = {}): DoctorFacts => ({
  ...{ server: server('stdio'), platform: 'linux', at: 0, way: 'trial' as const, entry, command },
  ...part,
});
const remote = (part: Partial<DoctorFacts> = {}): DoctorFacts => ({
  ...{ server: server('http'), platform: 'linux', at: 0, way: 'trial' as const, entry, host },
  ...part,
});
const step = (facts: DoctorFacts, id: DoctorStepId) => {
  const found = doctorReport(facts, true).steps.find((one) => one.id === id);
  assert.ok(found, `no step ${id}`);
  return found;
};
const failed = (facts: DoctorFacts, id: DoctorStepId, what: RegExp, fix: RegExp) => {
  const { result, found, fix: todo } = step(facts, id);
  assert.equal(result, 'fail', found);
  assert.match(found, what);
  assert.match(todo?.text ?? '', fix);
};

describe('the order', () => {
  test('a server that works: every step in order, and one sentence', () => {
    const report = doctorReport(
      local({ connect: { ...connect, info }, lists: [list(), list({ list: 'prompts', count: 1 })] }),
      true,
    );
    assert.equal(report.result, 'ok');
    assert.deepEqual(
      report.steps.map(({ id, result, ms }) => [id, result, ms]),
      [
        ['entry', 'ok', 1],
        ['command', 'ok', 2],
        ['process', 'ok', 20],
        ['handshake', 'ok', 40],
        ['discovery', 'skipped', undefined],
        ['registration', 'skipped', undefined],
        ['token', 'skipped', undefined],
        ['lists', 'ok', 10],
      ],
    );
    assert.equal(step(local({ lists: [list()] }), 'lists').found, '3 tools.');
  });

  test('what is not looked at yet is pending, and a failure is said at once', () => {
    const early = doctorReport(local(), false);
    assert.equal(early.result, 'pending');
    assert.deepEqual(
      early.steps.map(({ result }) => result),
      ['ok', 'ok', 'pending', 'pending', 'skipped', 'skipped', 'skipped', 'pending'],
    );
    assert.equal(doctorReport(local({ command: { ...command, problem: 'missing' } }), false).result, 'fail');
  });
});

describe('the entry', () => {
  const entryFailed = (code: Failure['code'], what: RegExp, fix: RegExp) =>
    failed(
      { ...local(), entry: { ...entry, failure: failure({ code, message: 'x is wrong' }) } },
      'entry',
      what,
      fix,
    );

  test('is not agreed to, not trusted, not allowed, or wrong', () => {
    entryFailed('cancelled', /not agreed/, /whole command/);
    entryFailed('not-connected', /nothing was started/, /Start it/);
    entryFailed('needs-trust', /not trusted/, /Trust the workspace/);
    entryFailed('blocked', /^X is wrong\.$/, /organization/);
    entryFailed('invalid-config', /^X is wrong\.$/, /Correct the entry/);
  });

  test('has a variable that is empty', () => {
    const notes = ['${env:KEY} in env.KEY is empty: the environment variable is not set'];
    const { result, details } = step(local({ entry: { ...entry, notes } }), 'entry');
    assert.deepEqual([result, details], ['warn', notes]);
  });
});

describe('the command', () => {
  const lost = (part: Partial<CommandFacts>, platform = 'linux') =>
    local({ platform, command: { ...command, found: undefined, problem: 'missing', ...part } });

  test('is missing: what to install, by system', () => {
    failed(lost({ command: 'uvx' }), 'command', /none of the 9 folders/, /Install uv \(.*pipx/);
    failed(lost({ command: 'uvx' }, 'darwin'), 'command', /uvx/, /brew install uv/);
    failed(lost({ command: 'npx.cmd' }, 'win32'), 'command', /npx/, /winget install OpenJS/);
    failed(lost({ command: 'docker' }), 'command', /docker/, /Install Docker/);
    failed(lost({ command: 'toString' }), 'command', /toString/, /full path/);
    failed(lost({ command: '/opt/x', isPath: true }), 'command', /no file \/opt\/x/, /Correct the path/);
  });

  test('is there but of no use', () => {
    failed(lost({ problem: 'not-executable', found: '/x' }), 'command', /not be executed/, /chmod/);
    failed(lost({ problem: 'folder', found: '/x' }), 'command', /is a folder/, /program inside/);
    const cwd = { path: '/gone', exists: false };
    failed(local({ command: { ...command, cwd } }), 'command', /\/gone does not exist/, /cwd/);
    const script = { path: '/gone.js', exists: false };
    failed(local({ command: { ...command, script } }), 'command', /\/gone\.js/, /"args"/);
  });

  test('that the system found in its own way is found', () => {
    const facts = lost({});
    assert.equal(step({ ...facts, connect: { ...connect, info } }, 'command').result, 'ok');
  });

  test('that is missing says why nothing starts, once', () => {
    const facts = lost({ command: 'uvx' });
    const { steps } = doctorReport(
      { ...facts, connect: { ...connect, failure: failure({ system: 'ENOENT' }) } },
      true,
    );
    assert.deepEqual(
      steps.filter(({ result }) => result === 'fail').map(({ id }) => id),
      ['command'],
    );
  });
});

describe('the process', () => {
  const died = (exit: NonNullable<ConnectFacts['exit']>, stderr: readonly string[] = []) =>
    local({ connect: { ...connect, exit, stderr, failure: failure() } });
  const hints: readonly (readonly [string, RegExp])[] = [
    ["Error: Cannot find module '/srv/x.js'", /\/srv\/x\.js/],
    ["ModuleNotFoundError: No module named 'mcp'", /Python module mcp/],
    ['npm error code E404', /registry has no package/],
    ['Error: GITHUB_TOKEN is required', /environment variable GITHUB_TOKEN/],
    ['fatal: cannot read configuration: missing API_URL', /environment variable API_URL/],
    ['Please make sure OPENAI_API_KEY must be set', /OPENAI_API_KEY/],
    ['Cannot connect to the Docker daemon at unix:///x', /Docker .* start it/],
    ['Error: listen EADDRINUSE: address already in use :::3000', /port 3000 is taken/],
  ];
  for (const [line, fix] of hints) {
    test(`dies with words that say why: ${line}`, () => {
      failed(died({ code: 1, signal: undefined }, [line]), 'process', /exit code 1/, fix);
    });
  }

  test('a word that only looks like a variable is no hint', () => {
    const { fix } = step(died({ code: 1, signal: undefined }, ['LOG_LEVEL set to info']), 'process');
    assert.match(fix?.text ?? '', /Mend what it says/);
  });

  test('dies without words: the exit code or signal says what it can', () => {
    failed(died({ code: 0, signal: undefined }), 'process', /exit code 0.*without a word/, /argument/);
    failed(died({ code: 127, signal: undefined }), 'process', /127/, /PATH/);
    failed(died({ code: undefined, signal: 'SIGKILL' }), 'process', /SIGKILL/, /memory/);
    failed(died({ code: undefined, signal: 'SIGSEGV' }), 'process', /SIGSEGV/, /crashed/);
  });

  test('its last words are shown once, without the calls of a stack', () => {
    const words = ['Error: x', '    at a (b:1)', 'Error: x', 'bye'];
    assert.deepEqual(step(died({ code: 1, signal: undefined }, words), 'process').details, [
      'Error: x',
      'bye',
    ]);
  });

  test('could not be started by the system', () => {
    const spawn = (system: string) => local({ connect: { ...connect, failure: failure({ system }) } });
    failed(spawn('EACCES'), 'process', /does not let/, /executable/);
    failed(spawn('ENOEXEC'), 'process', /cannot execute/, /build for this system/);
    failed(spawn('E2BIG'), 'process', /too long/, /file/);
  });
});

describe('the network', () => {
  const lost = (system: string, part: Partial<HostFacts> = {}) =>
    remote({
      host: { ...host, ...part },
      connect: {
        ...connect,
        failure: failure({ system }),
        http: [answered({ status: undefined, contentType: undefined, system })],
      },
    });
  const cases: readonly (readonly [string, RegExp, RegExp])[] = [
    ['ECONNREFUSED', /refuses/, /port/],
    ['ECONNRESET', /breaks the connection off/, /proxy/],
    ['UND_ERR_CONNECT_TIMEOUT', /in time/, /firewall/i],
    ['EHOSTUNREACH', /no way/, /online/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not signed by anybody/, /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /expired/, /renew/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host/, /host name/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/, /http:\/\//],
    ['EWEIRD', /network failed/, /Look again/],
  ];
  for (const [system, what, fix] of cases) {
    test(`${system} is explained`, () => failed(lost(system), 'reach', what, fix));
  }

  test('a refusal on this machine says that nothing listens', () => {
    failed(lost('ECONNREFUSED', { isLoopback: true }), 'reach', /refuses/, /start the server/);
  });

  test('a host name that nobody knows is said once', () => {
    const facts = remote({
      host: { ...host, addresses: [], failure: failure({ system: 'ENOTFOUND' }) },
      connect: { ...connect, failure: failure({ system: 'ENOTFOUND' }) },
    });
    failed(facts, 'host', /mcp\.example is not known/, /VPN/);
    assert.equal(step(facts, 'reach').result, 'skipped');
  });

  test('a proxy may know a host that this machine does not', () => {
    const unknown = { ...host, addresses: [], failure: failure({ system: 'ENOTFOUND' }) };
    assert.equal(
      step(remote({ host: unknown, connect: { ...connect, http: [answered()] } }), 'host').result,
      'ok',
    );
  });
});

describe('the handshake', () => {
  const over = (http: readonly HttpExchange[], part: Partial<ConnectFacts> = {}) =>
    remote({ connect: { ...connect, http, failure: failure(), ...part } });

  for (const [status, what] of [
    [403, /denies access/],
    [404, /no MCP server at this address/],
    [405, /takes no POST/],
    [407, /proxy/],
    [429, /fewer requests/],
    [503, /fault of its own/],
    [302, /somewhere else/],
  ] as const) {
    test(`HTTP ${status} is explained`, () => {
      failed(over([answered({ status })]), 'handshake', what, /./);
    });
  }

  test('a page instead of MCP', () => {
    failed(over([answered({ contentType: 'text/html' })]), 'handshake', /"text\/html"/, /\/mcp/);
  });

  test('a protocol version that nobody here speaks', () => {
    const exchange = {
      method: 'initialize',
      ms: 4,
      rpcCode: undefined,
      message: undefined,
      version: '1999-01-01',
    };
    const facts = local({ connect: { ...connect, exchanges: [exchange], failure: failure() } });
    failed(facts, 'handshake', /1999-01-01/, /2026-07-28/);
    const refused = { ...exchange, rpcCode: -32022, version: undefined };
    failed(
      local({ connect: { ...connect, exchanges: [refused], failure: failure() } }),
      'handshake',
      /no protocol version/,
      /Update/,
    );
  });

  test('silence: plain text on stdout, a download, or nothing', () => {
    const sent = {
      method: 'initialize',
      ms: undefined,
      rpcCode: undefined,
      message: undefined,
      version: undefined,
    };
    const silent = (part: Partial<ConnectFacts>, name = 'node') =>
      local({
        command: { ...command, command: name },
        connect: { ...connect, exchanges: [sent], failure: failure({ code: 'timeout' }), ...part },
      });
    failed(silent({ noise: 'Listening on 3000' }), 'handshake', /within 30 s/, /plain text to stdout/);
    failed(silent({}, 'npx'), 'handshake', /within 30 s/, /downloads packages/);
    failed(silent({}), 'handshake', /within 30 s/, /terminal/);
  });

  test('the old transport works, with a word about it', () => {
    const facts = remote({
      connect: { ...connect, http: [answered()], info: { ...info, transport: 'sse' } },
    });
    const { result, found } = step(facts, 'handshake');
    assert.equal(result, 'warn');
    assert.match(found, /replaced in 2025/);
  });
});

describe('the sign-in', () => {
  const refused = {
    ...connect,
    http: [answered({ status: 401 })],
    failure: failure({ code: 'needs-sign-in', status: 401 }),
  };

  test('a key of the entry that is refused is to be replaced', () => {
    const facts = remote({ entry: { ...entry, hasOwnSignIn: true }, connect: refused });
    failed(facts, 'token', /header of the entry was refused/, /Replace the key/);
    assert.equal(step(facts, 'discovery').result, 'skipped');
  });

  test('a server that wants none needs none', () => {
    const facts = remote({ connect: { ...connect, http: [answered()], info } });
    assert.match(step(facts, 'token').found, /without a sign-in/);
  });
});

describe('the lists', () => {
  test('that fail, are broken in part, or are empty', () => {
    const facts = (lists: readonly ListFacts[]) => local({ connect: { ...connect, info }, lists });
    failed(facts([list({ failure: failure({ code: 'timeout' }) })]), 'lists', /list of tools/, /hangs/);
    assert.match(step(facts([list({ problems: ['tool 2: has no name'] })]), 'lists').found, /one thing/);
    assert.match(step(facts([list({ count: 0 })]), 'lists').found, /Every list is empty/);
    assert.match(step(facts([list({ isDeclared: false, count: 0 })]), 'lists').found, /offers nothing/);
    const templates = list({ list: 'resourceTemplates', failure: failure({ code: 'unsupported' }) });
    assert.equal(step(facts([list(), templates]), 'lists').result, 'ok');
  });
});
