import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  answerDocument,
  answerSchema,
  cutAtStop,
  cutToTokens,
  promptDocument,
  promptOf,
  promptSchema,
  samplingResult,
} from '../../../src/core/sampling.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';

const validator = createSchemaValidator();
const ask = (more: JsonObject = {}): JsonObject => ({
  messages: [{ role: 'user', content: { type: 'text', text: 'Hello' } }],
  maxTokens: 50,
  ...more,
});

suite('a model request as a document', () => {
  test('shows the whole prompt, a text of several lines as lines, and reads back to the same prompt', () => {
    const document = promptDocument(
      ask({
        systemPrompt: 'Be brief.\nBe kind.',
        messages: [
          { role: 'user', content: { type: 'text', text: 'one\ntwo' } },
          {
            role: 'assistant',
            content: [
              { type: 'text', text: '' },
              { type: 'text', text: 'three' },
            ],
          },
        ],
        temperature: 0.2,
        stopSequences: ['END'],
      }),
    );
    assert.deepEqual(document['systemPrompt'], ['Be brief.', 'Be kind.']);
    assert.deepEqual(validator.validate(promptSchema, document), []);
    assert.deepEqual(promptOf(document), {
      system: 'Be brief.\nBe kind.',
      messages: [
        { role: 'user', parts: [{ kind: 'text', text: 'one\ntwo' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'text', text: '' },
            { kind: 'text', text: 'three' },
          ],
        },
      ],
      maxTokens: 50,
      temperature: 0.2,
      stopSequences: ['END'],
      tools: [],
      toolChoice: 'auto',
    });
  });

  test('carries tools, their uses and their results', () => {
    const document = promptDocument(
      ask({
        messages: [
          { role: 'user', content: { type: 'text', text: 'Weather?' } },
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'a', name: 'weather', input: { at: 'here' } }],
          },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                toolUseId: 'a',
                content: [{ type: 'text', text: 'rain' }],
                isError: true,
              },
            ],
          },
        ],
        tools: [{ name: 'weather', inputSchema: { type: 'object' } }],
        toolChoice: { mode: 'required' },
      }),
    );
    assert.deepEqual(validator.validate(promptSchema, document), []);
    const prompt = promptOf(document);
    assert.deepEqual(prompt.messages[1]?.parts, [
      { kind: 'tool-use', id: 'a', name: 'weather', input: { at: 'here' } },
    ]);
    assert.deepEqual(prompt.messages[2]?.parts, [
      { kind: 'tool-result', toolUseId: 'a', text: 'The tool failed:\nrain' },
    ]);
    assert.deepEqual(prompt.tools, [{ name: 'weather', description: '', inputSchema: { type: 'object' } }]);
    assert.equal(prompt.toolChoice, 'required');
  });

  test('what cannot be read or asked is refused with a word why', () => {
    const refused: readonly [JsonObject, RegExp][] = [
      [{ maxTokens: 5 }, /no messages/],
      [ask({ messages: [] }), /no messages/],
      [ask({ maxTokens: 0 }), /maxTokens/],
      [ask({ maxTokens: 1.5 }), /maxTokens/],
      [ask({ messages: [{ role: 'system', content: { type: 'text', text: 'x' } }] }), /role/],
      [
        ask({ messages: [{ role: 'user', content: { type: 'audio', data: '', mimeType: 'a/b' } }] }),
        /"audio"/,
      ],
      [ask({ messages: [{ role: 'user', content: { type: 'text' } }] }), /no text/],
      [ask({ tools: [{}] }), /tool has no name/],
      [ask({ messages: ['x'] }), /no object/],
    ];
    for (const [params, why] of refused)
      assert.throws(
        () => promptDocument(params),
        (error: Error) => isAppError(error) && why.test(error.message),
      );
  });

  test('an edit that breaks the shape is found', () => {
    const document = promptDocument(ask());
    for (const broken of [
      { ...document, maxTokens: 0 },
      { ...document, messages: [] },
      { ...document, model: 'mine' },
      { ...document, messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }] },
    ])
      assert.notDeepEqual(validator.validate(promptSchema, broken), []);
  });
});

suite('a model’s answer', () => {
  test('goes back as one part alone, or as a list when there are several', () => {
    const one = answerDocument({ text: 'a\nb', toolUses: [], stop: 'endTurn' }, 'm');
    assert.deepEqual(validator.validate(answerSchema, one), []);
    assert.deepEqual(samplingResult(one), {
      role: 'assistant',
      content: { type: 'text', text: 'a\nb' },
      model: 'm',
      stopReason: 'endTurn',
    });
    const two = answerDocument(
      { text: 'let me see', toolUses: [{ id: 'i', name: 'n', input: {} }], stop: 'toolUse' },
      'm',
    );
    assert.deepEqual(validator.validate(answerSchema, two), []);
    assert.deepEqual(samplingResult(two)['content'], [
      { type: 'text', text: 'let me see' },
      { type: 'tool_use', id: 'i', name: 'n', input: {} },
    ]);
  });

  test('ends before the first stop sequence', () => {
    assert.deepEqual(cutAtStop('one END two STOP', ['STOP', 'END']), { text: 'one ', isStopped: true });
    assert.deepEqual(cutAtStop('one', ['STOP']), { text: 'one', isStopped: false });
  });

  test('is cut to the tokens it may have, never in the middle of a character', async () => {
    const words = async (text: string) => text.split(' ').filter((word) => word !== '').length;
    assert.equal((await cutToTokens('a b c d', 2, words)).trim(), 'a b');
    assert.equal(await cutToTokens('a b', 5, words), 'a b');
    assert.equal(await cutToTokens('x😀', 2, async (text) => text.length), 'x');
  });
});
