import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { openHost } from '../../scripts/host/headless.ts';
import { exportActivity } from '../../src/core/activityExport.ts';
import type { Page } from '../../src/core/dashboard.ts';
import { createDashboardState } from '../../src/core/dashboardState.ts';
import { doctorReport } from '../../src/core/doctor.ts';
import { doctorDocument, doctorMarkdown } from '../../src/core/doctorText.ts';
import type { Host } from '../../src/node/host.ts';
import { sha256 } from '../../src/node/host.ts';
import { startTellingHttp, tellingStdio } from '../fixtures/servers/telling.ts';
import { never } from './connectionBed.ts';

/** What must be nowhere, by where it was given. */
function marks() {
  const mark = (kind: string) => `mark-${kind}-${randomBytes(9).toString('hex')}`;
  return {
    input: mark('input'),
    literalKey: mark('literal'),
    envFile: mark('envfile'),
    argument: mark('argument'),
    bearer: mark('bearer'),
    header: mark('header'),
    query: mark('query'),
    password: mark('password'),
  };
}

/** How a secret can be written. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 of a text that stands inside another one: without the groups it shares with its neighbours.
  const shifted = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, bytes.toString('hex'), ...shifted];
}

const caller = { kind: 'command-line', name: 'test' } as const;

test('what servers repeat of their secrets is in no log, file, export, report or dashboard', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-leak-'));
  const http = await startTellingHttp();
  const secrets = marks();
  const config = join(folder, 'mcp.json');
  const state = join(folder, 'state');
  await writeFile(join(folder, 'telling.env'), `TELL_FILE_SECRET=${secrets.envFile}\n`);
  const { command, args } = tellingStdio();
  const headers = { Authorization: `Bearer ${secrets.bearer}`, 'X-Api-Key': secrets.header };
  const withPassword = http.url.replace('://', `://user:${secrets.password}@`);
  await writeFile(
    config,
    JSON.stringify({
      inputs: [{ id: 'leak_word', type: 'promptString', description: 'a word', password: true }],
      servers: {
        local: {
          command,
          args: [...args, '--token', secrets.argument],
          env: { TELL_WORD: '${input:leak_word}', TELL_API_KEY: secrets.literalKey },
          envFile: join(folder, 'telling.env'),
        },
        remote: { type: 'http', url: `${http.url}/mcp?api_key=${secrets.query}`, headers },
        broken: { type: 'http', url: `${http.url}/broken?api_key=${secrets.query}`, headers },
        unreachable: { type: 'http', url: `${withPassword.replace(/:\d+$/, ':1')}/mcp`, headers },
      },
    }),
  );
  process.env['MCP_INPUT_LEAK_WORD'] = secrets.input;
  const said: Record<string, string[]> = {
    log: [],
    server: [],
    inbox: [],
    outcome: [],
    export: [],
    page: [],
  };
  const note = (where: keyof typeof said, what: unknown) =>
    said[where]?.push(typeof what === 'string' ? what : inspect(what, { depth: 12, maxStringLength: null }));
  const log = (message: string, cause?: unknown) => note('log', [message, cause]);
  const open = await openHost({
    ...{ config, state, connectTimeout: '10', timeout: '10' },
    logger: { debug: log, info: log, warn: log, error: log },
    onRequest: (host, request) => {
      note('inbox', request);
      if (request.kind === 'approval')
        host.requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: request.arguments });
      else host.requests.answer(request.id, { kind: 'accept', content: {} });
    },
  });
  const { host } = open;
  try {
    host.reports.subscribe((report) => note('server', report));
    host.connections.servers.subscribe((servers) =>
      note(
        'server',
        servers.map(({ state: now }) => now),
      ),
    );
    for (const { definition } of host.connections.servers.get()) {
      await host.connections.start(definition.id, never).catch((error: unknown) => note('outcome', error));
      const names = host.connections.get(definition.id)?.offer?.tools.items.map(({ name }) => name) ?? [];
      for (const tool of names) {
        const call = { serverId: definition.id, tool, arguments: {}, caller } as const;
        const mode = tool === 'work' ? 'task' : 'plain';
        note('outcome', await host.calls.call({ ...call, mode }, never).catch((error: unknown) => error));
      }
      if (definition.name === 'local' || definition.name === 'remote') assert.ok(names.includes('ask'));
      note('outcome', host.connections.lastError(definition.id));
      const facts = await host.examine(definition.id, { prompting: 'may-ask', onFacts: () => {} }, never);
      const report = doctorReport(facts, true);
      note('export', [doctorMarkdown(report), doctorDocument(report)]);
      note('page', host.connections.frames(definition.id));
    }
    const pause = () => Promise.resolve();
    for (const format of ['jsonl', 'otlp'] as const)
      for await (const text of exportActivity(host.activity, {}, format, '0', pause, never))
        note('export', text);
    for (const page of pagesOf(host)) note('page', pageState(host, page));
    assert.ok(host.jobs.finished.get().length >= 12, `${host.jobs.finished.get().length} jobs`);
  } finally {
    await open.close();
    await http.close();
    delete process.env['MCP_INPUT_LEAK_WORD'];
  }
  const files: Record<string, string> = {};
  for (const name of await readdir(state, { recursive: true })) {
    const file = join(state, name);
    if ((await stat(file)).isFile() && !name.startsWith('results'))
      files[name] = await readFile(file, 'latin1');
  }
  await rm(folder, { recursive: true, force: true });
  assert.ok(Object.keys(files).some((name) => name.endsWith('.db')));

  const found: string[] = [];
  const everything = {
    ...files,
    ...Object.fromEntries(Object.entries(said).map(([k, v]) => [k, v.join('\n')])),
  };
  for (const [where, text] of Object.entries(everything)) {
    assert.ok(text.length > 0, `nothing was seen in ${where}`);
    for (const [kind, secret] of Object.entries(secrets))
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form);
        if (at < 0) continue;
        found.push(`${kind} in ${where}: ${text.slice(Math.max(0, at - 160), at).replaceAll(/\s+/g, ' ')}`);
        break;
      }
  }
  assert.deepEqual(found, []);
});

function pagesOf(host: Host): readonly Page[] {
  const tabs = ['overview', 'tools', 'prompts', 'resources', 'traffic', 'doctor', 'identity'] as const;
  return [
    { kind: 'servers' },
    { kind: 'requests', requestId: undefined },
    { kind: 'jobs', jobId: undefined },
    ...host.jobs.finished.get().map(({ id }): Page => ({ kind: 'jobs', jobId: id })),
    ...host.connections.servers
      .get()
      .flatMap(({ definition: { id } }) =>
        tabs.map((tab): Page => ({ kind: 'server', serverId: id, tab, tool: undefined })),
      ),
  ];
}

/** What the webview would be sent. */
function pageState(host: Host, page: Page): string {
  const { connections, jobs, requests } = host;
  return JSON.stringify(
    createDashboardState(sha256)({
      page,
      servers: connections.servers.get(),
      openJobs: jobs.open.get(),
      finishedJobs: jobs.finished.get(),
      finishedTotal: jobs.countFinished(),
      requests: requests.open.get(),
      now: host.clock.now(),
      job: (id) => jobs.get(id),
      result: (id) => jobs.result(id),
      frames: (id) => connections.frames(id),
      jobFrames: ({ id, serverId, task }) => connections.jobFrames(serverId, id, task?.taskId),
      lastArguments: (serverId, tool) => jobs.lastArguments(serverId, tool),
      definitions: host.definitions,
    }),
  );
}
