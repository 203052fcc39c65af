import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test, { afterEach } from 'node:test';
import { checkTexts } from '../../../../src/core/identityTexts.ts';
import { say, sayings, speak } from '../../../../src/core/util/say.ts';
import { l10nBundle, sayingsIn } from '../../../../scripts/l10n.ts';
import { root } from '../../../../scripts/processes.ts';

afterEach(() => speak(undefined));

test('without a language a text is English with its values', () => {
  assert.equal(say`${'npx'} is in none of the ${3} folders.`, 'npx is in none of the 3 folders.');
});

test('a language gets the text with places, and the values apart', () => {
  const asked: unknown[] = [];
  speak((text, ...values) => {
    asked.push([text, ...values]);
    return 'gesagt';
  });
  assert.equal(say`${'npx'} is in none of the ${3} folders.`, 'gesagt');
  assert.deepEqual(asked, [['{0} is in none of the {1} folders.', 'npx', '3']]);
});

test('a value that looks like a place stays as it is', () => {
  speak((text, ...values) => text.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? ''));
  assert.equal(say`${'{1}'} and ${'b'}`, '{1} and b');
});

test('a table is made once, and again when the language changes', () => {
  let made = 0;
  const table = sayings(() => ({ made: ++made, word: say`word` }));
  assert.equal(table(), table());
  speak((text) => text.toUpperCase());
  assert.deepEqual(table(), { made: 2, word: 'WORD' });
});

test('what the collector finds in a source is what is looked up when it runs', () => {
  const found = sayingsIn('say`${a} is ${`${b}!`}.`; say`plain`; other`no`;');
  const asked: string[] = [];
  speak((text) => {
    asked.push(text);
    return text;
  });
  const [a, b] = ['a', 'b'];
  assert.equal(say`${a} is ${`${b}!`}.` + say`plain`, '{0} is {1}.plain');
  assert.deepEqual(found, asked);
});

test('in German every word of the identity checks is German', () => {
  const german = JSON.parse(readFileSync(path.join(root, 'l10n/bundle.l10n.de.json'), 'utf8')) as Readonly<
    Record<string, string>
  >;
  const english = checkTexts();
  const collected = new Set(Object.values(l10nBundle()));
  speak((text) => german[text] ?? text);
  for (const [id, { title, proves }] of Object.entries(checkTexts())) {
    assert.notEqual(title, english[id as keyof typeof english].title);
    assert.notEqual(proves, english[id as keyof typeof english].proves);
    assert.ok(collected.has(english[id as keyof typeof english].proves));
  }
});
