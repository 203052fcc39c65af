import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { bundledPackages, noticesOf } from '../../../scripts/notices.ts';

function project(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'switchboard-notices-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const all = { 'src/core/confusables.json': '{"source":"tables of a standard"}', ...files };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

const manifest = (name: string) => JSON.stringify({ name, version: '1.2.3', license: 'MIT' });
const report = (...inputs: string[]) => ({
  outputs: { 'dist/x.js': { inputs: Object.fromEntries(inputs.map((file) => [file, {}])) } },
});

test('a package is named by its own folder, also below another and with a scope; our own files are none', () => {
  assert.deepEqual(
    bundledPackages([
      report('node_modules/b/lib/x.js', 'node_modules/@s/a/x.js', 'src/app.ts'),
      report('node_modules/@s/a/node_modules/c/x.js', 'node_modules/b/y.js'),
    ]),
    ['node_modules/@s/a', 'node_modules/@s/a/node_modules/c', 'node_modules/b'],
  );
});

test('every licence and notice of a bundled package is in the text, whatever the case of its name', (t) => {
  const root = project(t, {
    'node_modules/a/package.json': manifest('a'),
    'node_modules/a/license': 'terms of a',
    'node_modules/a/NOTICE.md': 'notice of a',
    'node_modules/a/readme.md': 'not for lawyers',
  });
  const text = noticesOf(root, [report('node_modules/a/x.js')]);
  assert.match(text, /^a 1\.2\.3 \(MIT\)\n\nnotice of a\n\nterms of a\n/);
  assert.match(text, /tables of a standard\n$/);
  assert.doesNotMatch(text, /lawyers/);
});

test('a bundled package without a licence text ends the build with its name; a notice alone is none', (t) => {
  const root = project(t, {
    'node_modules/a/package.json': manifest('a'),
    'node_modules/a/LICENSE': 'terms of a',
    'node_modules/bare/package.json': manifest('bare'),
    'node_modules/bare/NOTICE': 'not terms',
  });
  assert.throws(
    () => noticesOf(root, [report('node_modules/a/x.js', 'node_modules/bare/x.js')]),
    /no licence text was found for: bare 1\.2\.3;/,
  );
});

test('an empty licence file is not a licence', (t) => {
  const root = project(t, { 'node_modules/a/package.json': manifest('a'), 'node_modules/a/LICENSE': '\n' });
  assert.throws(() => noticesOf(root, [report('node_modules/a/x.js')]), /LICENSE is empty/);
});
