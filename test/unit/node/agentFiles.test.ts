import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'jsonc-parser';
import {
  agentSnippet,
  isGatewayLaunch,
  withShortToken,
  type AgentGrant,
  type AgentWay,
} from '../../../src/core/agentSnippets.ts';
import { agentKinds, type AgentKind } from '../../../src/core/callerRecord.ts';
import type { Launch } from '../../../src/core/server.ts';
import { agentFile, planAgentEdit, undoAgentEdit, writeAgentEdit } from '../../../src/node/agentFiles.ts';
import { LauncherFiles } from '../../../src/node/launcherFiles.ts';
import { scratch } from '../../fakes/doorBed.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

const token = 'mcpsb_0123456789abcdef';
const grant: AgentGrant = {
  url: 'http://127.0.0.1:21000/mcp',
  token,
  command: { command: 'node', args: ['/state/gateway-stdio.cjs', '/state/a.json'], env: {} },
};
const headers = { Authorization: `Bearer ${token}` };

async function fileOf(t: TestContext, agent: AgentKind, env: Record<string, string> = {}) {
  const home = scratch(t);
  const file = await agentFile(agent, { platform: 'linux', home, env }, join(home, 'globalStorage'));
  assert.ok(file);
  return { home, file };
}

async function write(t: TestContext, agent: AgentKind, way: AgentWay, text?: string) {
  const { file } = await fileOf(t, agent);
  if (text !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const edit = await planAgentEdit(file, agentSnippet(agent, way, grant));
  await writeAgentEdit(edit);
  return { file, edit, text: readFileSync(file, 'utf8') };
}

test('each agent gets its own words', () => {
  const entry = (agent: AgentKind, way: AgentWay = 'http') => agentSnippet(agent, way, grant).entry;
  const { url } = grant;
  assert.deepEqual(entry('claude-code'), { type: 'http', url, headers });
  assert.deepEqual(entry('cursor'), { url, headers });
  assert.deepEqual(entry('cline'), { type: 'streamableHttp', url, headers, disabled: false, timeout: 3600 });
  assert.deepEqual(entry('other'), { type: 'http', url, headers });
  assert.deepEqual(entry('cursor', 'command'), { command: 'node', args: grant.command.args });
  assert.deepEqual(entry('claude-code', 'command'), {
    type: 'stdio',
    command: 'node',
    args: grant.command.args,
  });
  assert.equal(
    agentSnippet('codex', 'command', { ...grant, command: { ...grant.command, env: { A: 'b' } } }).text,
    '[mcp_servers.mcp-switchboard]\ncommand = "node"\nargs = ["/state/gateway-stdio.cjs", "/state/a.json"]\nenv = { A = "b" }\ntool_timeout_sec = 3600\n',
  );
});

test('a snippet for a command holds no token, and what is shown of one is cut', () => {
  for (const agent of agentKinds) {
    assert.equal(agentSnippet(agent, 'command', grant).text.includes(token), false);
    const { text } = agentSnippet(agent, 'http', grant);
    assert.ok(text.includes(token));
    assert.equal(withShortToken(text, token).includes(token), false);
    assert.ok(withShortToken(text, token).includes('mcpsb_0123…'));
  }
});

test('the files are those of the agents, also where the environment moves them', async (t) => {
  const at = async (agent: AgentKind, env: Record<string, string> = {}) => {
    const { file, home } = await fileOf(t, agent, env);
    return file.replace(home, '~');
  };
  assert.equal(await at('claude-code'), '~/.claude.json');
  assert.equal(await at('claude-code', { CLAUDE_CONFIG_DIR: '/c' }), '/c/.claude.json');
  assert.equal(await at('codex'), '~/.codex/config.toml');
  assert.equal(await at('codex', { CODEX_HOME: '/x' }), '/x/config.toml');
  assert.equal(await at('codex', { CODEX_HOME: 'relative' }), '~/.codex/config.toml');
  assert.equal(await at('cursor'), '~/.cursor/mcp.json');
  assert.equal(await at('cline'), '~/.cline/data/settings/cline_mcp_settings.json');
  const home = scratch(t);
  const beside = join(home, 'gs/saoudrizwan.claude-dev/settings/cline_mcp_settings.json');
  mkdirSync(dirname(beside), { recursive: true });
  writeFileSync(beside, '{}');
  assert.equal(await agentFile('cline', { platform: 'linux', home, env: {} }, join(home, 'gs')), beside);
  for (const agent of ['vscode', 'other'] as const)
    assert.equal(await agentFile(agent, { platform: 'linux', home, env: {} }, home), undefined);
});

test('a missing file is made for the user alone', async (t) => {
  for (const agent of ['claude-code', 'cursor', 'cline', 'codex'] as const) {
    const { file, text } = await write(t, agent, 'http');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(text, agentSnippet(agent, 'http', grant).text);
  }
});

test('comments, other servers and other settings stay, and undo gives every byte back', async (t) => {
  const before =
    '{\n\t// mine\n\t"numStartups": 4,\n\t"mcpServers": {\n\t\t"docs": { "command": "x" } // keep\n\t},\n}\n';
  for (const agent of ['claude-code', 'cursor', 'cline'] as const) {
    const { file, edit, text } = await write(t, agent, 'http', before);
    assert.equal(edit.isReplaced, false);
    assert.ok(text.includes('// mine') && text.includes('// keep'));
    const value = parse(text) as { numStartups: number; mcpServers: Record<string, unknown> };
    assert.equal(value.numStartups, 4);
    assert.deepEqual(Object.keys(value.mcpServers), ['docs', 'mcp-switchboard']);
    await undoAgentEdit(edit);
    assert.equal(readFileSync(file, 'utf8'), before);
  }
  const toml = '# mine\nmodel = "o9"\n\n[mcp_servers.docs]\ncommand = "x"\n';
  const codex = await write(t, 'codex', 'http', toml);
  assert.ok(codex.text.startsWith(toml));
  await undoAgentEdit(codex.edit);
  assert.equal(readFileSync(codex.file, 'utf8'), toml);
});

test('connecting again replaces the entry', async (t) => {
  for (const agent of ['cursor', 'codex'] as const) {
    const { file, text } = await write(t, agent, 'http');
    const snippet = agentSnippet(agent, 'http', { ...grant, token: 'mcpsb_new' });
    const edit = await planAgentEdit(file, snippet);
    assert.equal(edit.isReplaced, true);
    assert.equal(edit.after, text.replace(token, 'mcpsb_new'));
  }
});

test('a broken file is left alone and the user is told what to do', async (t) => {
  const broken = [
    ['cursor', '{ "mcpServers": { '],
    ['claude-code', '[]'],
    ['cline', '{ "mcpServers": 3 }'],
    ['codex', 'model = "open'],
  ] as const;
  for (const [agent, text] of broken) {
    const { file } = await fileOf(t, agent);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    await assert.rejects(planAgentEdit(file, agentSnippet(agent, 'http', grant)), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'invalid-config', agent);
      assert.ok(error.message.includes(file), error.message);
      assert.equal(error.message.includes(token), false);
      return true;
    });
    assert.equal(readFileSync(file, 'utf8'), text);
  }
});

test('a file that was saved meanwhile is not overwritten, by writing or by undoing', async (t) => {
  const { file } = await fileOf(t, 'cursor');
  const edit = await planAgentEdit(file, agentSnippet('cursor', 'http', grant));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{}');
  await assert.rejects(writeAgentEdit(edit), { code: 'conflict' });
  await assert.rejects(undoAgentEdit(edit), { code: 'conflict' });
  assert.equal(readFileSync(file, 'utf8'), '{}');
});

test('the launcher and its connections are the user’s alone, and follow the gateway', async (t) => {
  const dir = scratch(t);
  const bundle = join(dir, 'bundle.cjs');
  writeFileSync(bundle, 'one');
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const files = (path: string) =>
    new LauncherFiles({
      folder: join(dir, 'gateway'),
      bundle,
      env: { PATH: path },
      execPath: '/editor',
      logger: new RecordingLogger(),
    });
  const without = await files(bin).grant('id-1', { url: 'http://127.0.0.1:1/mcp', token });
  assert.deepEqual([without.command, without.env], ['/editor', { ELECTRON_RUN_AS_NODE: '1' }]);
  const [launcher = '', connection = ''] = without.args;
  assert.equal(statSync(dirname(launcher)).mode & 0o777, 0o700);
  assert.equal(statSync(connection).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(connection, 'utf8')), { url: 'http://127.0.0.1:1/mcp', token });
  writeFileSync(join(bin, 'node'), '', { mode: 0o755 });
  writeFileSync(bundle, 'two');
  const withNode = await files(bin).grant('../../id-2', { url: 'http://127.0.0.1:1/mcp', token });
  assert.deepEqual([withNode.command, withNode.env], ['node', {}]);
  assert.equal(dirname(withNode.args[1] ?? ''), dirname(launcher), 'an id leads nowhere else');
  assert.equal(readFileSync(launcher, 'utf8'), 'two');
  await files(bin).moveTo('http://127.0.0.1:2/mcp');
  assert.deepEqual(JSON.parse(readFileSync(connection, 'utf8')), { url: 'http://127.0.0.1:2/mcp', token });
  assert.equal(statSync(connection).mode & 0o777, 0o600);
  await files(bin).renew('id-1', { url: 'http://127.0.0.1:2/mcp', token: 'mcpsb_new' });
  assert.equal((JSON.parse(readFileSync(connection, 'utf8')) as { token: string }).token, 'mcpsb_new');
  await files(bin).revoke('id-1');
  assert.throws(() => statSync(connection));
  await files(bin).revoke('id-1');
});

test('what is written for an agent is known again as our own, and nothing else is', () => {
  const launchOf = (command: string, args: readonly string[]): Launch => ({
    ...{ kind: 'stdio', command, args, env: {}, envFile: undefined, cwd: undefined },
  });
  const http = (given: Readonly<Record<string, string>>): Launch => ({
    ...{ kind: 'http', transport: 'auto', url: grant.url, headers: given },
  });
  assert.equal(isGatewayLaunch(http(headers)), true);
  assert.equal(isGatewayLaunch(launchOf('node', grant.command.args)), true);
  assert.equal(isGatewayLaunch(http({ Authorization: 'Bearer other' })), false);
  assert.equal(isGatewayLaunch(launchOf('node', ['server.cjs'])), false);
});
