import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Launch, ServerDefinition, SourceKind, StdioLaunch } from '../../../src/core/server.ts';
import { AppError, isAppError } from '../../../src/core/util/errors.ts';
import { envNamesIn, inputIdsIn } from '../../../src/core/variableReferences.ts';
import { resolveLaunch, type VariableContext } from '../../../src/core/variables.ts';

const live = new AbortController().signal;

function stdio(changes: Partial<StdioLaunch> = {}): StdioLaunch {
  return { kind: 'stdio', command: 'run', args: [], env: {}, envFile: undefined, cwd: undefined, ...changes };
}

function definition(launch: Launch, kind: SourceKind = 'workspace', folder?: string): ServerDefinition {
  return {
    id: `${kind}/s`,
    name: 's',
    source: { id: kind, kind, file: '/home/ada/mcp.json', folder },
    line: 7,
    launch,
    inputs: [
      { id: 'key', kind: 'text', description: '', isPassword: true, default: undefined, options: [] },
      { id: 'region', kind: 'text', description: '', isPassword: false, default: undefined, options: [] },
    ],
    launchHash: 'hash',
  };
}

function context(
  changes: Partial<VariableContext> & { vars?: Record<string, string> } = {},
): VariableContext {
  const { vars = {}, ...rest } = changes;
  return {
    env: (name) => (Object.hasOwn(vars, name) ? vars[name] : undefined),
    folders: [{ name: 'app', path: '/work/app' }],
    userHome: '/home/ada',
    pathSeparator: '/',
    input: async (_, input) => `value-of-${input.id}`,
    readEnvFile: async () => ({}),
    ...rest,
  };
}

async function argsOf(
  args: readonly string[],
  kind: SourceKind,
  changes: Parameters<typeof context>[0] = {},
  env = {},
) {
  const { launch } = await resolveLaunch(definition(stdio({ args, env }), kind), context(changes), live);
  assert.equal(launch.kind, 'stdio');
  return launch.kind === 'stdio' ? launch.args : [];
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  return assert.fail('did not fail');
}

describe('variables of VS Code', () => {
  test('are replaced in every place that may hold them', async () => {
    const launch = stdio({
      command: '${userHome}/bin/x',
      args: [
        '--root=${workspaceFolder}',
        '${workspaceFolder:lib}${/}src',
        '${workspaceFolderBasename}',
        '${pathSeparator}',
      ],
      env: { KEY: '${input:key}', HOME_DIR: '${env:HOME}' },
      cwd: '${workspaceFolder}/sub',
    });
    const folders = [
      { name: 'app', path: '/work/app' },
      { name: 'lib', path: '/work/lib' },
    ];
    const resolved = await resolveLaunch(
      definition(launch, 'workspace', '/work/app'),
      context({ folders, vars: { HOME: '/home/ada' } }),
      live,
    );
    assert.deepEqual(resolved.launch, {
      kind: 'stdio',
      command: '/home/ada/bin/x',
      args: ['--root=/work/app', '/work/lib/src', 'app', '/'],
      env: { KEY: 'value-of-key', HOME_DIR: '/home/ada' },
      cwd: '/work/app/sub',
    });
    assert.deepEqual(resolved.notes, []);
  });

  test('are replaced in URLs and headers', async () => {
    const launch: Launch = {
      kind: 'http',
      transport: 'auto',
      url: 'https://${env:HOST}/mcp?region=${input:region}',
      headers: { Authorization: 'Bearer ${input:key}' },
    };
    const resolved = await resolveLaunch(definition(launch), context({ vars: { HOST: 'a.example' } }), live);
    assert.deepEqual(resolved.launch, {
      kind: 'http',
      transport: 'auto',
      url: 'https://a.example/mcp?region=value-of-region',
      headers: { Authorization: 'Bearer value-of-key' },
    });
  });

  test('that come from a value stay text', async () => {
    const vars = { A: '${env:SECRET}', SECRET: 'no', B: '${input:key}$SECRET${SECRET}' };
    assert.deepEqual(await argsOf(['${env:A}', '${env:B}'], 'workspace', { vars }), [vars.A, vars.B]);
    assert.deepEqual(await argsOf(['${A}', '$B', '${X:-${SECRET}}'], 'copilot', { vars }), [
      vars.A,
      vars.B,
      '${SECRET}',
    ]);
    const input = async () => '${env:SECRET}';
    assert.deepEqual(await argsOf(['${input:region}'], 'workspace', { vars, input }), ['${env:SECRET}']);
  });

  test('of the environment that are not set are empty, and a note says so', async () => {
    const resolved = await resolveLaunch(definition(stdio({ env: { A: 'x${env:NOPE}y' } })), context(), live);
    assert.deepEqual(resolved.launch.kind === 'stdio' && resolved.launch.env, { A: 'xy' });
    assert.deepEqual(resolved.notes, ['${env:NOPE} in env.A is empty: the environment variable is not set']);
  });

  test('that are unknown are named with their place', async () => {
    for (const [text, name] of [
      ['a ${nope} b', '${nope}'],
      ['${command:x.y}', '${command:x.y}'],
      ['${config:a}', '${config:a}'],
      ['${}', '${}'],
      ['${env}', '${env}'],
      ['${X:-d}', '${X:-d}'],
    ] as const) {
      const error = await failure(argsOf(['ok', text], 'workspace'));
      assert.equal(error.code, 'invalid-config');
      assert.equal(error.message, `s: unknown variable ${name} in args[1] (/home/ada/mcp.json:7)`);
    }
  });

  test('may be part of text that looks like one but is not closed', async () => {
    assert.deepEqual(await argsOf(['${open', '$', '$x', 'a}b', '${'], 'workspace'), [
      '${open',
      '$',
      '$x',
      'a}b',
      '${',
    ]);
  });

  test('of a folder need one that is open, and a name when there are several', async () => {
    const none = await failure(argsOf(['${workspaceFolder}'], 'user', { folders: [] }));
    assert.match(none.message, /no folder is open/);
    const folders = [
      { name: 'a', path: '/a' },
      { name: 'b', path: '/b' },
      { name: 'b', path: '/c' },
    ];
    assert.match(
      (await failure(argsOf(['${workspaceFolder}'], 'user', { folders }))).message,
      /several folders are open/,
    );
    assert.deepEqual(await argsOf(['${workspaceFolder:a}'], 'user', { folders }), ['/a']);
    assert.match(
      (await failure(argsOf(['${workspaceFolder:b}'], 'user', { folders }))).message,
      /several open folders have this name/,
    );
    assert.match(
      (await failure(argsOf(['${workspaceFolder:z}'], 'user', { folders }))).message,
      /no open folder has this name/,
    );
    assert.deepEqual(await argsOf(['${workspaceFolder}'], 'user'), ['/work/app']);
  });

  test('take the folder of their own file, whichever others are open', async () => {
    const resolved = await resolveLaunch(
      definition(stdio({ args: ['${workspaceFolder}'] }), 'workspace', '/work/lib'),
      context(),
      live,
    );
    assert.deepEqual(resolved.launch.kind === 'stdio' && resolved.launch.args, ['/work/lib']);
  });
});

describe('variables of other programs', () => {
  test('in .mcp.json are ${X} and ${X:-default}', async () => {
    const vars = { SET: 'yes', EMPTY: '' };
    const args = [
      '${SET}',
      '${SET:-no}',
      '${NOPE:-def:ault}',
      '${EMPTY:-no}',
      '${NOPE:-}',
      '$SET',
      '${env:SET}',
    ];
    assert.deepEqual(await argsOf(args, 'mcpJson', { vars }), [
      'yes',
      'yes',
      'def:ault',
      '',
      '',
      '$SET',
      'yes',
    ]);
  });

  test('that have no value and no default are named, with what to do', async () => {
    const error = await failure(argsOf(['--k=${NOPE}'], 'mcpJson'));
    assert.equal(error.code, 'invalid-config');
    assert.equal(
      error.message,
      's: ${NOPE} in args[0] has no value: the environment variable is not set (/home/ada/mcp.json:7)',
    );
    assert.equal(error.nextStep, 'Set NOPE, or give a default: ${NOPE:-default}.');
  });

  test('that the entry itself hands to its program are left to that program', async () => {
    const args = ['mcp-remote', 'https://a.example', '--header', 'Authorization:${AUTH}'];
    for (const kind of ['mcpJson', 'cursor', 'workspace', 'windsurf'] as const) {
      assert.deepEqual(await argsOf(args, kind, {}, { AUTH: 'Bearer x' }), args);
    }
    const own = resolveLaunch(definition(stdio({ env: { AUTH: '${AUTH}' } }), 'mcpJson'), context(), live);
    assert.match((await failure(own)).message, /\$\{AUTH\} in env\.AUTH has no value/);
  });

  test('in the Copilot file are also $X, which stays text when it is not set', async () => {
    const args = ['$SET/x', '$NOPE', 'pa$$word', '$1'];
    assert.deepEqual(await argsOf(args, 'copilot', { vars: { SET: 'yes' } }), [
      'yes/x',
      '$NOPE',
      'pa$$word',
      '$1',
    ]);
  });

  test('are not replaced in Claude Desktop files, as Claude Desktop does not', async () => {
    const args = ['${HOME}', '${env:HOME}', '${workspaceFolder}', '$HOME', '${input:key}'];
    assert.deepEqual(await argsOf(args, 'claudeDesktop', { vars: { HOME: '/x' } }), args);
  });
});

describe('the ready launch', () => {
  test('has a working directory: as configured, else the folder of its file, else the home', async () => {
    const cwdOf = async (cwd: string | undefined, folder: string | undefined, changes = {}) => {
      const { launch } = await resolveLaunch(
        definition(stdio({ cwd }), 'workspace', folder),
        context(changes),
        live,
      );
      return launch.kind === 'stdio' ? launch.cwd : undefined;
    };
    assert.equal(await cwdOf(undefined, '/work/app'), '/work/app');
    assert.equal(await cwdOf(undefined, undefined), '/home/ada');
    assert.equal(await cwdOf('sub/dir', '/work/app/'), '/work/app/sub/dir');
    assert.equal(await cwdOf('~/x', '/work/app'), '/home/ada/x');
    assert.equal(await cwdOf('~', undefined), '/home/ada');
    assert.equal(await cwdOf('/abs', '/work/app'), '/abs');
    const windows = { pathSeparator: '\\', userHome: 'C:\\Users\\ada' };
    assert.equal(await cwdOf('C:\\x', 'D:\\app', windows), 'C:\\x');
    assert.equal(await cwdOf('\\\\host\\share', 'D:\\app', windows), '\\\\host\\share');
    assert.equal(await cwdOf('sub', 'D:\\app', windows), 'D:\\app\\sub');
  });

  test('takes the env file first and lets the entry win over it', async () => {
    const asked: string[] = [];
    const readEnvFile = async (file: string) => {
      asked.push(file);
      return { A: 'file', B: 'file-${env:X}' };
    };
    const launch = stdio({ envFile: 'conf/.env', env: { A: 'entry' } });
    const resolved = await resolveLaunch(
      definition(launch, 'workspace', '/work/app'),
      context({ readEnvFile }),
      live,
    );
    assert.deepEqual(asked, ['/work/app/conf/.env']);
    assert.deepEqual(resolved.launch.kind === 'stdio' && resolved.launch.env, {
      A: 'entry',
      B: 'file-${env:X}',
    });
  });

  test('is refused when its URL or headers came out unusable, without showing the values', async () => {
    const http = (url: string, headers = {}): Launch => ({ kind: 'http', transport: 'auto', url, headers });
    const resolve = (launch: Launch, vars: Record<string, string>) =>
      resolveLaunch(definition(launch), context({ vars }), live);
    const cases: readonly (readonly [Launch, Record<string, string>, RegExp])[] = [
      [http('${env:U}'), { U: 'file:///etc/passwd' }, /the URL must start with http/],
      [http('https://${env:U}'), { U: 'sesame:pw@a.example' }, /must not hold a user name/],
      [http('https://${env:U}/'), { U: '' }, /is not a URL/],
      [
        http('https://a.example', { X: '${env:U}' }),
        { U: 'sesame\r\nHost: b' },
        /headers\.X would hold a line break/,
      ],
    ];
    for (const [launch, vars, message] of cases) {
      const error = await failure(resolve(launch, vars));
      assert.equal(error.code, 'invalid-config');
      assert.match(error.message, message);
      assert.ok(!error.message.includes('sesame') && !error.message.includes('passwd'));
    }
    const blank = await failure(resolveLaunch(definition(stdio({ command: '${env:C}' })), context(), live));
    assert.match(blank.message, /the command is empty/);
    const nul = await failure(
      resolveLaunch(definition(stdio({ args: ['${env:C}'] })), context({ vars: { C: 'a\0b' } }), live),
    );
    assert.match(nul.message, /NUL/);
  });

  test('is not made when an input is not answered or the start is cancelled', async () => {
    const input = async () => {
      throw new AppError('cancelled', 'no answer');
    };
    assert.equal((await failure(argsOf(['${input:key}'], 'workspace', { input }))).code, 'cancelled');
    const stopped = AbortSignal.abort();
    const promise = resolveLaunch(definition(stdio({ args: ['${env:A}'] })), context(), stopped);
    await assert.rejects(promise, (error) => isAppError(error, 'cancelled'));
  });

  test('asks for each input of the launch, in order', async () => {
    const asked: string[] = [];
    const input: VariableContext['input'] = async (_, { id }) => {
      asked.push(id);
      return id;
    };
    await argsOf(['${input:region}', '${input:key}'], 'workspace', { input });
    assert.deepEqual(asked, ['region', 'key']);
    const unknown = await failure(argsOf(['${input:other}'], 'workspace', { input }));
    assert.match(unknown.message, /\$\{input:other\} in args\[0\]: the file defines no such input/);
  });
});

describe('secret values', () => {
  async function secrets(
    launch: Launch,
    changes: Parameters<typeof context>[0] = {},
    kind: SourceKind = 'workspace',
  ) {
    return [...(await resolveLaunch(definition(launch, kind), context(changes), live)).secretValues].sort();
  }

  test('are password inputs, env files, and what stands under the name of a secret', async () => {
    const launch = stdio({
      args: [
        '${input:key}',
        '${input:region}',
        '--api-key',
        'flag-secret',
        '--token=joined-secret',
        '--verbose',
        'plain',
      ],
      env: {
        GITHUB_TOKEN: 'literal-token',
        PATH_LIKE: '/usr/bin',
        MY_VAR: '${env:DB_PASSWORD}',
        AUTHOR: 'Ada Lovelace',
      },
      envFile: '.env',
    });
    const readEnvFile = async () => ({ ANY: 'from-the-file', PORT: '8080', DEBUG: 'true' });
    assert.deepEqual(await secrets(launch, { readEnvFile, vars: { DB_PASSWORD: 'hunter22' } }), [
      'flag-secret',
      'from-the-file',
      'hunter22',
      'joined-secret',
      'literal-token',
      'value-of-key',
    ]);
  });

  test('of a remote server are its header values from outside, its credentials and secret query parameters', async () => {
    const launch: Launch = {
      kind: 'http',
      transport: 'auto',
      url: 'https://a.example/mcp?api_key=query-secret&page=first-page',
      headers: { Authorization: 'Bearer abc12345', 'X-Team': '${env:TEAM}', Accept: 'text/plain' },
    };
    assert.deepEqual(await secrets(launch, { vars: { TEAM: 'blue-team' } }), [
      'Bearer abc12345',
      'abc12345',
      'blue-team',
      'query-secret',
    ]);
  });

  test('are never ordinary words or too short to hide', async () => {
    assert.deepEqual(
      await secrets(stdio({ env: { TOKEN: 'abc', SECRET: 'false', API_KEY: '12345', PASSWORD: '' } })),
      [],
    );
    assert.deepEqual(
      await secrets(stdio({ args: ['${HOME}'] }), { vars: { HOME: '/home/ada' } }, 'mcpJson'),
      [],
    );
  });
});

describe('what a launch uses', () => {
  test('is listed by name: inputs and environment variables', () => {
    const launch = stdio({
      args: ['${input:a}', '${input:b}${input:a}', '${env:ONE}', '${TWO:-x}', '$THREE', '${workspaceFolder}'],
    });
    assert.deepEqual([...inputIdsIn(launch, 'workspace')], ['a', 'b']);
    assert.deepEqual(envNamesIn(launch, 'workspace'), ['ONE']);
    assert.deepEqual(envNamesIn(launch, 'mcpJson'), ['ONE', 'TWO']);
    assert.deepEqual(envNamesIn(launch, 'copilot'), ['ONE', 'TWO', 'THREE']);
    assert.deepEqual(envNamesIn(launch, 'claudeDesktop'), []);
    assert.equal(inputIdsIn(launch, 'claudeDesktop').size, 0);
  });

  test('is found in linear time in hostile text', () => {
    const count = 50_000;
    for (const part of ['${', '${A:-${A:-}', '${A:-', '$A', '${A}']) {
      // A quadratic search would take minutes here.
      inputIdsIn(stdio({ args: [part.repeat(count)] }), 'mcpJson');
    }
  });
});
