import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { contractStdio } from '../fixtures/servers/contract.ts';

const host = fileURLToPath(new URL('../../scripts/host.ts', import.meta.url));

interface Told {
  readonly url: string;
  readonly callers: readonly { readonly name: string; readonly tokenFile: string }[];
}

const policy = `{
  // what the one may, the other may not
  "version": 1,
  "rules": [
    { "effect": "deny", "tool": "fail", "reason": "Not at night." },
    { "effect": "allow", "tool": "echo", "caller": "codex" },
    { "effect": "allow", "tool": "add" }
  ]
}
`;

describe('the headless gateway under a policy file', () => {
  let folder: string;
  let child: ChildProcess;
  let told: Told;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-policy-'));
    const config = join(folder, 'mcp.json');
    await writeFile(config, JSON.stringify({ servers: { contract: contractStdio('modern') } }));
    await writeFile(join(folder, 'mcp-policy.json'), policy);
    await mkdir(join(folder, 'project/.vscode'), { recursive: true });
    // A workspace may tighten, and not widen.
    const tightening = {
      version: 1,
      rules: [
        { effect: 'deny', tool: 'add', caller: 'cursor', reason: 'Only codex counts here.' },
        { effect: 'allow', tool: '*' },
      ],
    };
    await writeFile(join(folder, 'project/.vscode/mcp-policy.json'), JSON.stringify(tightening));
    child = spawn(
      process.execPath,
      [
        ...[host, 'gateway', '--config', config, '--state', join(folder, 'state')],
        ...['--policy', join(folder, 'mcp-policy.json'), '--folder', join(folder, 'project')],
        ...['--caller', 'codex', '--caller', 'cursor'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    told = JSON.parse(line) as Told;
  });
  after(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  async function as<T>(name: string, use: (client: Client) => Promise<T>): Promise<T> {
    const file = told.callers.find((caller) => caller.name === name)?.tokenFile ?? '';
    const authorization = `Bearer ${(await readFile(file, 'utf8')).trim()}`;
    const client = new Client({ name, version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(told.url), { requestInit: { headers: { authorization } } }),
    );
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }
  const said = (name: string, tool: string, args: Record<string, unknown>): Promise<string> =>
    as(name, async (client) =>
      JSON.stringify(await client.callTool({ name: `contract_${tool}`, arguments: args })),
    );

  test('allows, denies with the reason, and denies what it would have to ask about, by caller', async () => {
    const [codex, cursor] = await Promise.all([
      said('codex', 'echo', { text: 'from codex' }),
      said('cursor', 'echo', { text: 'from cursor' }),
    ]);
    assert.match(codex, /from codex/);
    assert.match(cursor, /not approved on the command line/);
    for (const name of ['codex', 'cursor']) assert.match(await said(name, 'fail', {}), /Not at night\./);
    assert.match(await said('codex', 'add', { a: 2, b: 3 }), /5/);
  });

  test('lets a workspace file tighten and not widen', async () => {
    assert.match(await said('cursor', 'add', { a: 2, b: 3 }), /Only codex counts here\./);
    assert.match(await said('cursor', 'echo', { text: 'x' }), /not approved on the command line/);
  });

  test('denies everything once the file is broken, and says where', async () => {
    const file = join(folder, 'mcp-policy.json');
    await writeFile(file, policy.replace('"allow"', '"alow"'));
    let answer = '';
    while (!answer.includes('cannot be used')) answer = await said('codex', 'add', { a: 1, b: 1 });
    assert.match(answer, /mcp-policy\.json.*cannot be used|cannot be used.*mcp-policy\.json/);
    await writeFile(file, policy);
    while (!answer.includes('2')) answer = await said('codex', 'add', { a: 1, b: 1 });
  });

  test('a policy file that is not there ends the command with a reason', async () => {
    const missing = spawn(process.execPath, [
      ...[host, 'gateway', '--config', join(folder, 'mcp.json'), '--state', join(folder, 'other')],
      ...['--policy', join(folder, 'nothing.json')],
    ]);
    let error = '';
    missing.stderr.on('data', (text) => (error += text));
    const [code] = (await once(missing, 'exit')) as [number];
    assert.notEqual(code, 0);
    assert.match(error, /nothing\.json is no policy file/);
  });
});
