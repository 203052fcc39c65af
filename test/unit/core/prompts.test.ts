import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection, Prompt } from '../../../src/core/connection.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import type { DefinitionStanding } from '../../../src/core/definitionGate.ts';
import { previewOf, promptDetail } from '../../../src/core/dashboardPrompts.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { chatWords, readPromptResult } from '../../../src/core/promptResult.ts';
import { argumentsOf, Prompts } from '../../../src/core/prompts.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { listing, readyState, sampleOffer, sampleServer } from '../../fakes/samples.ts';

function prompt(name: string, args: readonly (string | [string, boolean])[] = []): Prompt {
  return {
    ...{ name, title: undefined, description: undefined, raw: { name } },
    arguments: args.map((arg) => ({
      name: typeof arg === 'string' ? arg : arg[0],
      description: undefined,
      isRequired: typeof arg !== 'string' && arg[1],
    })),
  };
}

type Get = Connection['getPrompt'];

/** Prompts of one server whose answers a test scripts. */
function bed(offered: readonly Prompt[], get: Get, standing: DefinitionStanding = 'accepted') {
  let server: ServerSnapshot = sampleServer('s', {
    state: readyState,
    offer: sampleOffer([], { prompts: listing(offered) }),
  });
  let isGone = false;
  const stands = { now: standing };
  const prompts = new Prompts({
    connections: {
      get: () => (isGone ? undefined : server),
      need: () => Promise.resolve({ getPrompt: get } as Connection),
    },
    definitions: { promptStanding: () => stands.now },
    clock: new FakeClock(),
  });
  return {
    prompts,
    stands,
    change: (items: readonly Prompt[]) => {
      server = { ...server, offer: sampleOffer([], { prompts: listing(items) }) };
    },
    remove: () => {
      isGone = true;
    },
    state: (name: string) => prompts.of('user/s', name)?.state,
  };
}

const message = (text: string, role = 'user'): JsonObject => ({ role, content: { type: 'text', text } });

describe('using a prompt', () => {
  test('asks the server once, with the arguments that it has, and keeps the answer', async () => {
    const asked: unknown[] = [];
    const { prompts, state } = bed([prompt('greet', [['name', true], 'tone'])], async (name, args) => {
      asked.push([name, args]);
      return { messages: [message('Hello Ada')] };
    });
    const fetching = prompts.fetch('user/s', 'greet', [
      { name: 'name', value: 'Ada' },
      { name: 'tone', value: '' },
      { name: 'other', value: 'never sent' },
    ]);
    assert.equal(state('greet')?.kind, 'fetching');
    await fetching;
    assert.deepEqual(asked, [['greet', { name: 'Ada' }]]);
    assert.equal(prompts.result('user/s', 'greet').messages[0]?.blocks[0]?.['text'], 'Hello Ada');
  });

  test('of one that is set aside asks nobody', async () => {
    let asked = 0;
    const get: Get = async () => {
      asked++;
      return { messages: [] };
    };
    const { prompts, state, stands } = bed([prompt('greet')], get, 'set-aside');
    await prompts.fetch('user/s', 'greet', []);
    assert.partialDeepStrictEqual(state('greet'), {
      kind: 'failed',
      nextStep: 'Review the change in the Inbox.',
    });
    assert.equal(asked, 0);
    stands.now = 'new';
    await prompts.fetch('user/s', 'greet', []);
    assert.equal(state('greet')?.kind, 'ready');
  });

  test('without an argument that it needs, or of one that is gone, fails and asks nobody', async () => {
    let asked = 0;
    const one = bed([prompt('greet', [['name', true]])], async () => {
      asked++;
      return {};
    });
    await one.prompts.fetch('user/s', 'greet', [{ name: 'name', value: '' }]);
    assert.partialDeepStrictEqual(one.state('greet'), { kind: 'failed', message: 'the prompt needs "name"' });
    one.change([]);
    await one.prompts.fetch('user/s', 'greet', [{ name: 'name', value: 'x' }]);
    assert.equal(one.state('greet')?.kind, 'failed');
    one.remove();
    await one.prompts.fetch('user/s', 'greet', [{ name: 'name', value: 'x' }]);
    assert.equal(one.state('greet')?.kind, 'failed');
    assert.equal(asked, 0);
    assert.throws(() => one.prompts.result('user/s', 'greet'), { code: 'not-found' });
  });

  test('again ends the one before, whose late answer counts for nothing', async () => {
    const answers: { readonly signal: AbortSignal; readonly give: (raw: JsonObject) => void }[] = [];
    const { prompts } = bed(
      [prompt('greet', ['name'])],
      (_name, _args, signal) => new Promise((give) => answers.push({ signal, give })),
    );
    const first = prompts.fetch('user/s', 'greet', [{ name: 'name', value: '1' }]);
    const second = prompts.fetch('user/s', 'greet', [{ name: 'name', value: '2' }]);
    await new Promise((resolve) => setImmediate(resolve));
    // The first was given up before the server heard of it.
    assert.equal(answers.length, 1);
    answers[0]?.give({ messages: [message('second')] });
    await Promise.all([first, second]);
    assert.equal(prompts.result('user/s', 'greet').messages[0]?.blocks[0]?.['text'], 'second');
    assert.deepEqual(prompts.of('user/s', 'greet')?.arguments, [{ name: 'name', value: '2' }]);
  });

  test('can be stopped: the request is given up and nothing is shown', async () => {
    const { prompts, state } = bed(
      [prompt('greet')],
      (_name, _args, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new AppError('cancelled', 'cancelled'))),
        ),
    );
    const fetching = prompts.fetch('user/s', 'greet', []);
    await new Promise((resolve) => setImmediate(resolve));
    prompts.stop('user/s', 'greet');
    await fetching;
    assert.equal(state('greet'), undefined);
  });

  test('says why a server failed', async () => {
    const { prompts, state } = bed([prompt('greet')], () =>
      Promise.reject(new AppError('server-error', 'no such user', { nextStep: 'Try another.' })),
    );
    await prompts.fetch('user/s', 'greet', []);
    assert.deepEqual(state('greet'), { kind: 'failed', message: 'no such user', nextStep: 'Try another.' });
  });

  test('keeps the last ten', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const { prompts, state } = bed(
      names.map((name) => prompt(name)),
      async () => ({ messages: [] }),
    );
    for (const name of names) await prompts.fetch('user/s', name, []);
    assert.deepEqual(
      names.filter((name) => state(name) !== undefined),
      names.slice(2),
    );
  });

  test('takes any name for an argument', () => {
    const hostile = ['__proto__', 'constructor', 'a\u0000b\u202E', 'toString'];
    const args = argumentsOf(
      prompt('p', hostile),
      hostile.map((name) => ({ name, value: `v ${name}` })),
    );
    assert.deepEqual(Object.keys(args), hostile);
    assert.equal(Object.getPrototypeOf(args), Object.prototype);
    assert.match(JSON.stringify(args), /"__proto__":"v __proto__"/);
    assert.throws(() => argumentsOf(prompt('p', [['__proto__', true]]), []), { code: 'invalid-input' });
    assert.throws(() => argumentsOf(prompt('p', [['toString', true]]), []), { code: 'invalid-input' });
  });
});

describe('the answer of a server', () => {
  test('is read as it came, unknown parts, roles and several parts of a message included', () => {
    const raw: JsonObject = {
      description: 'd',
      messages: [
        message('hi'),
        { role: 'system', content: { type: 'hologram', data: 1 } },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', data: 'AAAA', mimeType: 'image/png' },
          ],
        },
      ],
    };
    const { messages, problems } = readPromptResult(raw);
    assert.deepEqual(
      messages.map(({ role, blocks }) => [role, blocks.map((block) => block['type'])]),
      [
        ['user', ['text']],
        ['system', ['hologram']],
        ['assistant', ['text', 'image']],
      ],
    );
    assert.deepEqual(problems, ['message 2 has a role that the protocol does not know']);
  });

  test('that is no answer is shown as what it is', () => {
    assert.deepEqual(readPromptResult({}).problems, ['the answer has no list of messages']);
    const odd = readPromptResult({
      description: 3,
      messages: [null, { role: 7, content: 'text' }, { role: 'user' }],
    });
    assert.equal(odd.description, undefined);
    assert.equal(odd.messages.length, 3);
    assert.deepEqual(odd.messages[1]?.blocks, [{ content: 'text' }]);
    assert.equal(odd.problems.length, 4);
    const many = readPromptResult({ messages: Array.from({ length: 5_000 }, () => ({ role: 'x' })) });
    assert.equal(many.messages.length, 1_000);
    assert.equal(many.problems.length, 20);
  });

  test('is cut to what can be read, its hidden characters marked and counted', () => {
    const long = 'x'.repeat(10_000_000);
    const result = readPromptResult({
      messages: [
        message(long),
        message('a\u200Bb\u202Ec'),
        ...Array.from({ length: 100 }, () => message('m')),
      ],
    });
    const preview = previewOf(result);
    assert.equal(preview.messages.length, 50);
    assert.equal(preview.omitted, 52);
    assert.equal(preview.hidden, 2);
    assert.equal(preview.messages[0]?.blocks[0]?.text?.isTruncated, true);
    assert.ok(JSON.stringify(preview).length < 60_000);
    assert.equal(preview.messages[1]?.blocks[0]?.text?.text, 'a<U+200B>b<U+202E>c');
    assert.equal(previewOf(result), preview, 'made once');
  });
});

describe('words that a chat takes as its own', () => {
  const words = (...texts: string[]) =>
    chatWords(readPromptResult({ messages: texts.map((text) => message(text)) }));

  test('are commands and agents at the start, and references anywhere', () => {
    assert.deepEqual(words('/clear and then #file:secrets.env (#codebase)', 'more #file:secrets.env'), [
      '/clear',
      '#file:secrets.env',
      '#codebase',
    ]);
    assert.deepEqual(words('@workspace who?', '@later is only a word'), ['@workspace']);
  });

  test('are no headings, numbers, paths or addresses', () => {
    assert.deepEqual(
      words(
        '/usr/bin is a path',
        '# Title\nSee issue #12, C# and a@b.example, in /usr/lib or https://x.example/#top',
      ),
      [],
    );
  });

  test('are found in megabytes, and not without end', () => {
    assert.equal(words(' #a'.repeat(1_000_000)).length, 1);
    assert.equal(words(Array.from({ length: 50 }, (_, i) => `#w${i}`).join(' ')).length, 10);
  });
});

describe('the form of a prompt', () => {
  test('has one field for each name, with hidden characters marked, and not without end', () => {
    const detail = promptDetail(
      prompt('p', [
        ['a', true],
        'a',
        'b\u200B',
        '__proto__',
        ...Array.from({ length: 200 }, (_, i) => `n${i}`),
      ]),
      { review: undefined, use: undefined, canSend: false },
    );
    assert.deepEqual(
      detail.fields.slice(0, 3).map(({ name, shownName, isRequired }) => [name, shownName.text, isRequired]),
      [
        ['a', 'a', true],
        ['b\u200B', 'b<U+200B>', false],
        ['__proto__', '__proto__', false],
      ],
    );
    assert.equal(detail.fields.length, 100);
    assert.equal(detail.fieldsOmitted, 103);
    assert.match(detail.arguments, /^a, a\?, b<U\+200B>\?/);
  });
});
