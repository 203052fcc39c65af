import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PromptRequest, SamplingRequest } from '../../../src/core/requests.ts';
import { promptDocument } from '../../../src/core/sampling.ts';
import { requestView } from '../../../src/vscode/requestText.ts';
import { answerText, promptText } from '../../../src/vscode/samplingText.ts';
import { english, sampleApproval } from '../../fakes/samples.ts';

const base = {
  id: 'r',
  serverId: 's',
  serverName: 'nightly',
  createdAt: 1,
  caller: undefined,
  jobId: 'job-1',
  tool: 'export',
};
const form = (schema: JsonObject): PromptRequest => ({
  ...base,
  kind: 'elicitation-form',
  message: 'Go?',
  schema,
});
const contextOf = (request: PromptRequest) => requestView(request, english).context;

test('a row of the inbox says what can be done with it: a simple question is answered there', () => {
  assert.equal(
    contextOf(form({ type: 'object', properties: { ok: { type: 'boolean' } } })),
    'request elicitation-form question simple',
  );
  const two = { a: { type: 'string' }, b: { type: 'string' } };
  assert.equal(contextOf(form({ type: 'object', properties: two })), 'request elicitation-form question');
  assert.equal(
    contextOf({ ...base, kind: 'elicitation-url', message: 'm', url: 'https://x' }),
    'request elicitation-url question',
  );
  assert.equal(contextOf({ ...base, kind: 'sampling', params: {} }), 'request sampling');
  assert.equal(contextOf(sampleApproval()), 'request approval');
});

const params: JsonObject = {
  messages: [{ role: 'user', content: { type: 'text', text: 'one\ntwo\u202E' } }],
  systemPrompt: 'Be brief.',
  maxTokens: 9,
  includeContext: 'allServers',
  modelPreferences: { hints: [{ name: 'claude' }] },
};
const request: SamplingRequest = { ...base, kind: 'sampling', params };
const room = { requests: 3, tokens: 40, limits: { requestsPerHour: 20, tokensPerDay: 1000 } };

test('a model request says who asks, what is used up and what is not passed on, and shows the whole prompt', () => {
  const text = promptText(request, promptDocument(params), room, english);
  for (const part of [
    /Server: +nightly/,
    /Tool: +export/,
    /Job: +job-1/,
    /Caller: +unknown/,
    /Wishes: +a model like claude/,
    /Used up: +3 of 20 requests in this hour, 40 of 1000 tokens in this day/,
    /allServers/,
    /hidden characters/,
    /"one",\n +"two\\u202e"/,
    /"Be brief."/,
  ])
    assert.match(text, part);
  assert.ok(!text.includes('\u202E'));
});

test('a server cannot end the header of a document by its name', () => {
  const text = promptText(
    { ...request, serverName: 'x\n{"maxTokens": 5}' },
    promptDocument(params),
    room,
    english,
  );
  const header = text.slice(0, text.indexOf('\n{'));
  for (const line of header.split('\n')) assert.ok(line.startsWith('//'), line);
  const name = '\u2028y\r\nz';
  for (const line of answerText(request, {}, name, 1, english).split('\n').slice(0, 8))
    assert.ok(line.startsWith('//'), line);
});
