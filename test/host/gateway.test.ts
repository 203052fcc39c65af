import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, it, before } from 'mocha';
import { commands, env, lm, workspace, type LanguageModelTextPart } from 'vscode';
import type { App } from '../../src/app.ts';
import { activated, agree, everything, until } from './bed.ts';

interface Entry {
  readonly url: string;
  readonly headers: { readonly Authorization: string };
}

const textOf = (result: { readonly content: readonly unknown[] }) =>
  result.content.map((part) => (part as LanguageModelTextPart).value).join('\n');

/** Connects "another agent" by copying its snippet, and gives what the snippet says. */
async function copied(app: App): Promise<Entry> {
  app.dialogs.pick = async ({ items }) => items.find(({ label }) => label === 'Copy the snippet');
  await commands.executeCommand('mcpSwitchboard.connectAgent', 'other');
  const text = await env.clipboard.readText();
  const { mcpServers } = JSON.parse(text) as { mcpServers: Record<string, Entry> };
  const entry = mcpServers['mcp-switchboard'];
  assert.ok(entry, text.slice(0, 20));
  return entry;
}

async function connect({ url, headers }: Entry): Promise<Client> {
  const client = new Client({ name: 'outer', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

/** Allows the next call that waits. */
async function allowNext(app: App): Promise<string> {
  const request = await until('the approval', () =>
    app.host.requests.open.get().find(({ kind }) => kind === 'approval'),
  );
  assert.ok(request.kind === 'approval');
  app.host.requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: request.arguments });
  return request.caller?.name ?? '';
}

describe('gateway', () => {
  let app: App;
  let serverId: string;
  before(async () => {
    app = await activated();
    serverId = await everything(app);
  });

  it('an agent that was connected calls a tool over HTTP, with our approval, until it is revoked', async () => {
    const entry = await copied(app);
    assert.match(entry.url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    const client = await connect(entry);
    const { tools } = await client.listTools();
    const echo = tools.find(({ name }) => name.endsWith('echo'));
    assert.ok(echo, tools.map(({ name }) => name).join());
    const answer = client.callTool({ name: echo.name, arguments: { message: 'through' } });
    assert.equal(await allowNext(app), 'agent');
    assert.match(JSON.stringify(await answer), /through/);
    const denied = client.callTool({ name: echo.name, arguments: { message: 'no' } });
    const request = await until('the approval', () => app.host.requests.open.get()[0]);
    app.host.requests.decide(request.id, { kind: 'deny', reason: 'not this one' });
    assert.match(JSON.stringify(await denied), /not this one/);

    const questions = agree(app);
    app.dialogs.pick = async ({ items }) => items[0];
    await commands.executeCommand('mcpSwitchboard.revokeAgent');
    assert.match(questions[0]?.message ?? '', /agent/);
    await assert.rejects(client.listTools());
    await assert.rejects(connect(entry));
    await client.close().catch(() => undefined);
  });

  it('VS Code is one caller, however often it is connected', async () => {
    await commands.executeCommand('mcpSwitchboard.connectAgent', 'vscode');
    const row = app.host.callers.all().find(({ agent }) => agent === 'vscode');
    assert.equal(row?.name, 'vscode');
    await commands.executeCommand('mcpSwitchboard.connectAgent', 'vscode');
    assert.equal(app.host.callers.all().filter(({ agent }) => agent === 'vscode').length, 1);
  });

  it('the language-model tools are there and go through the one door', async () => {
    const ours = lm.tools.filter(({ name }) => name.startsWith('mcpSwitchboard_'));
    assert.deepEqual(ours.map(({ name }) => name.slice('mcpSwitchboard_'.length)).sort(), [
      'call_tool',
      'cancel_job',
      'describe_tool',
      'job_result',
      'job_status',
      'search_tools',
      'start_job',
    ]);
    const call = async (name: string, input: object) =>
      lm.invokeTool(`mcpSwitchboard_${name}`, { input, toolInvocationToken: undefined });
    const found = JSON.parse(textOf(await call('search_tools', { query: 'echo' }))) as {
      tools: { name: string }[];
    };
    const tool = found.tools[0]?.name ?? '';
    assert.match(tool, /echo/);
    assert.match(textOf(await call('describe_tool', { tool })), /inputSchema/);
    const answer = call('call_tool', { tool, arguments: { message: 'by a model' } });
    assert.equal(await allowNext(app), 'vscode-tools');
    assert.match(textOf(await answer), /by a model/);

    const started = JSON.parse(
      textOf(await call('start_job', { tool, arguments: { message: 'as a job' } })),
    ) as { job: string; state: string };
    assert.equal(started.state, 'waiting-for-approval');
    await allowNext(app);
    const job = started.job;
    assert.match(textOf(await call('job_result', { job, wait_seconds: 30 })), /as a job/);
    assert.match(textOf(await call('job_status', { job })), /completed/);
    assert.match(textOf(await call('describe_tool', { tool: 'nothing' })), /no tool/);
    assert.equal(app.host.jobs.get(job)?.serverId, serverId);
  });

  it('switched off, no agent gets through; switched on, it is where it was', async () => {
    const entry = await copied(app);
    const gateway = workspace.getConfiguration('mcpSwitchboard');
    await gateway.update('gateway.enabled', 'off', true);
    await until('the end', () =>
      connect(entry).then(
        () => false,
        () => true,
      ),
    );
    await gateway.update('gateway.enabled', undefined, true);
    const client = await until('the same place', () => connect(entry).catch(() => undefined));
    assert.ok((await client.listTools()).tools.length > 0);
    await client.close();
  });
});
