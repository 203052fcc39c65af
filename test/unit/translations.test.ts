import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
type Table = Readonly<Record<string, string>>;
const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Table;

const languages = readdirSync(path.join(root, 'l10n')).flatMap(
  (name) => /^bundle\.l10n\.([a-z-]+)\.json$/.exec(name)?.[1] ?? [],
);

/** What must be the same in every language: placeholders, icons, links to commands, settings and lines. */
const fixedParts = (text: string): readonly string[] =>
  [...new Set(text.match(/\{\d\}|\$\([a-z-]+\)|\]\(command:[\w.]+\)|#[\w.]+#|`[^`]+`/g) ?? [])].sort();

suite('translations', () => {
  test('there is a complete one', () => assert.ok(languages.includes('de'), languages.join()));

  for (const language of languages) {
    for (const [english, translated] of [
      ['l10n/bundle.l10n.json', `l10n/bundle.l10n.${language}.json`],
      ['package.nls.json', `package.nls.${language}.json`],
    ] as const) {
      test(`${translated} has every text and no other, in the same order`, () => {
        assert.deepEqual(Object.keys(read(translated)), Object.keys(read(english)));
      });

      test(`${translated} keeps placeholders, links, line breaks and outer spaces`, () => {
        const texts = read(translated);
        for (const [key, text] of Object.entries(read(english))) {
          const other = texts[key] ?? '';
          assert.deepEqual(fixedParts(other), fixedParts(text), key);
          assert.equal(other.split('\n').length, text.split('\n').length, key);
          assert.equal(other === other.trim(), text === text.trim(), key);
          assert.notEqual(other, '', key);
        }
      });
    }

    test(`most texts of ${language} are other words than the English ones`, () => {
      const same = Object.entries(read(`l10n/bundle.l10n.${language}.json`)).filter(
        ([key, text]) => key === text,
      );
      assert.ok(
        same.length < 0.06 * Object.keys(read('l10n/bundle.l10n.json')).length,
        `${same.length} are the same`,
      );
    });
  }
});
