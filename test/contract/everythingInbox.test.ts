import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openHost, type HeadlessHost } from '../../scripts/host/headless.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { HumanAnswer, PromptRequest } from '../../src/core/requests.ts';
import type { CallOutcome } from '../../src/core/toolCalls.ts';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';

// The official reference server, as published; every question goes through the inbox that the surfaces show.
const script = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);
const caller = { kind: 'gateway', name: 'claude-code' } as const;
const accept = (content: JsonObject): HumanAnswer => ({ kind: 'accept', content });

/** A host with the server started, and what stood in its inbox. */
class Bed {
  readonly config: string;
  readonly state: string;
  readonly asked: PromptRequest[] = [];
  readonly later: ReturnType<typeof lastFirst>;
  answer: (request: PromptRequest) => HumanAnswer | undefined = () => ({ kind: 'decline' });

  constructor(t: TestContext) {
    this.later = lastFirst(t);
    const dir = mkdtempSync(join(tmpdir(), 'everything-'));
    this.later(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
    this.config = join(dir, 'mcp.json');
    this.state = join(dir, 'state');
    const entry = { type: 'stdio', command: process.execPath, args: [script, 'stdio'] };
    writeFileSync(this.config, JSON.stringify({ servers: { everything: entry } }));
  }

  /** A host whose server has heard what we declare, and offers its tools by that. */
  async open(): Promise<HeadlessHost> {
    const open = await openHost({
      config: this.config,
      state: this.state,
      features: { elicitation: true, sampling: true, roots: true, tasks: true },
      onRequest: ({ requests }, request) => {
        if (request.kind === 'approval') {
          requests.decide(request.id, { kind: 'allow', scope: 'session', arguments: request.arguments });
          return;
        }
        this.asked.push(request);
        const answer = this.answer(request);
        if (answer) requests.answer(request.id, answer);
      },
    });
    this.later(() => open.close());
    const { connections } = open.host;
    await connections.start(serverId, open.signal);
    await new Promise<void>((resolve) => {
      const look = () => {
        if (toolsOf(open).includes('trigger-sampling-request')) resolve();
      };
      const subscription = connections.servers.subscribe(look);
      this.later(() => subscription.dispose());
      look();
    });
    return open;
  }
}

const serverId = 'given/everything';

function toolsOf({ host }: HeadlessHost): readonly string[] {
  return host.connections.get(serverId)?.offer?.tools.items.map(({ name }) => name) ?? [];
}

function call({ host, signal }: HeadlessHost, tool: string, args: JsonObject = {}): Promise<CallOutcome> {
  return host.calls.call({ serverId, tool, arguments: args, caller, mode: 'auto' }, signal);
}

function textOf(outcome: CallOutcome): string {
  if (outcome.kind !== 'done') return JSON.stringify(outcome);
  return outcome.result.content.map((block) => String(block['text'])).join('\n');
}

describe('the everything server through the inbox', { timeout: 120_000 }, () => {
  test('research runs as a task; an ambiguous topic is asked about, with tool, job and caller', async (t) => {
    const bed = new Bed(t);
    bed.answer = () => accept({ interpretation: 'snake' });
    const open = await bed.open();
    const [plain, asking] = await Promise.all([
      call(open, 'simulate-research-query', { topic: 'rivers', ambiguous: false }),
      call(open, 'simulate-research-query', { topic: 'python', ambiguous: true }),
    ]);
    assert.match(textOf(plain), /Research Report: rivers\n/);
    assert.match(textOf(asking), /Research Report: python \(snake\)/);
    assert.ok(plain.kind === 'done' && plain.job.task && asking.kind === 'done');
    const [question, ...others] = bed.asked;
    assert.deepEqual(others, []);
    assert.equal(question?.kind, 'elicitation-form');
    assert.deepEqual(
      [question.jobId, question.tool, question.caller, question.serverName],
      [asking.job.id, 'simulate-research-query', caller, 'everything'],
    );
    assert.ok(asking.job.timeline.some(({ status }) => status === 'needs-input'));
  });

  test('a form is accepted, declined and cancelled', async (t) => {
    const bed = new Bed(t);
    const open = await bed.open();
    const said = async (answer: HumanAnswer) => {
      bed.answer = () => answer;
      return textOf(await call(open, 'trigger-elicitation-request'));
    };
    assert.match(await said(accept({ name: 'Ada' })), /Name: Ada/);
    assert.match(await said({ kind: 'decline' }), /declined/);
    assert.match(await said({ kind: 'cancel' }), /cancelled/);
    assert.deepEqual(
      bed.asked.map(({ kind }) => kind),
      ['elicitation-form', 'elicitation-form', 'elicitation-form'],
    );
  });

  test('a page is asked for before the call, and by the call that demands it', async (t) => {
    const bed = new Bed(t);
    bed.answer = () => accept({});
    const open = await bed.open();
    const url = 'https://example.com/page';
    const opened = await call(open, 'trigger-url-elicitation', { url, message: 'Open it', errorPath: true });
    assert.match(textOf(opened), /User completed the URL elicitation flow/);
    assert.ok(opened.kind === 'done');
    assert.deepEqual(
      bed.asked.map((request) => [request.kind === 'elicitation-url' && request.url, request.jobId]),
      [
        ['https://modelcontextprotocol.io', opened.job.id],
        [url, opened.job.id],
      ],
    );
    assert.equal(open.host.jobs.countFinished(), 1); // asking again is not calling again
  });

  test('a model is asked for, and may be refused', async (t) => {
    const bed = new Bed(t);
    const open = await bed.open();
    const sample = { prompt: 'Say hello', maxTokens: 5 };
    bed.answer = () =>
      accept({ model: 'm', role: 'assistant', content: { type: 'text', text: 'hello there' } });
    assert.match(textOf(await call(open, 'trigger-sampling-request', sample)), /hello there/);
    const [request] = bed.asked;
    assert.ok(request?.kind === 'sampling');
    assert.match(JSON.stringify(request.params), /Say hello.*"maxTokens":5|"maxTokens":5.*Say hello/);
    bed.answer = () => ({ kind: 'decline' });
    const refused = await call(open, 'trigger-sampling-request', sample);
    assert.equal(refused.kind, 'failed');
    assert.match(refused.message, /User rejected sampling request/);
  });

  test('a question that the server wants held as a task is polled for, and answered when the human did', async (t) => {
    const bed = new Bed(t);
    const open = await bed.open();
    let release: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      bed.answer = (request) => {
        release = () => {
          assert.equal(open.host.requests.answer(request.id, accept({ name: 'Ada' })), true);
        };
        resolve();
        return undefined;
      };
    });
    const outcome = call(open, 'trigger-elicitation-request-async');
    await waiting;
    const [question] = bed.asked;
    assert.equal(question?.kind, 'elicitation-form');
    assert.equal(question.tool, 'trigger-elicitation-request-async');
    release?.();
    const done = await outcome;
    assert.match(textOf(done), /\[COMPLETED\]/);
    assert.match(textOf(done), /Name: Ada/);
    assert.match(textOf(done), /Poll 1: (working|completed)/);

    bed.answer = () => ({ kind: 'decline' });
    assert.match(textOf(await call(open, 'trigger-elicitation-request-async')), /\[DECLINED\]|declined/i);
  });

  test('a model request that the server wants held as a task is answered, or refused', async (t) => {
    const bed = new Bed(t);
    const open = await bed.open();
    bed.answer = () =>
      accept({ model: 'm', role: 'assistant', content: { type: 'text', text: 'hello there' } });
    const sample = { prompt: 'Say hello', maxTokens: 5 };
    assert.match(textOf(await call(open, 'trigger-sampling-request-async', sample)), /hello there/);
    bed.answer = () => ({ kind: 'decline' });
    assert.match(textOf(await call(open, 'trigger-sampling-request-async', sample)), /FAILED/);
  });

  test('a task of a server that kept it in memory is lost with its process, with the reason', async (t) => {
    const bed = new Bed(t);
    const first = await bed.open();
    const asked = new Promise<void>((resolve) => {
      bed.answer = () => void resolve();
    });
    const outcome = call(first, 'simulate-research-query', { topic: 'python', ambiguous: true });
    outcome.catch(() => {});
    await asked;
    await first.close();
    const second = await bed.open();
    await new Promise<void>((resolve) => {
      const look = () => {
        if (second.host.jobs.open.get().length === 0) resolve();
      };
      const subscription = second.host.jobs.open.subscribe(look);
      bed.later(() => subscription.dispose());
      look();
    });
    const [job] = second.host.jobs.finishedPage(1);
    assert.equal(job?.status.kind, 'lost');
    assert.match(job.status.message, /keeps in memory ends with its process/);
  });
});
