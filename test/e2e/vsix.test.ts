import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { before, describe, it } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import { bundledPackages, type BundleReport } from '../../scripts/notices.ts';
import { vsixPath } from '../../scripts/package.ts';
import { root } from '../../scripts/processes.ts';

const media = [
  'activity.svg',
  'icon.png',
  'mcp-json.language.json',
  'mcp-json.tmLanguage.json',
  'mcp-policy.schema.json',
  'panel-dark.svg',
  'panel-light.svg',
  ...['add', 'agents', 'approve', 'connect', 'jobs'].map((picture) => `walkthrough/${picture}.svg`),
];

const reports = () => ['extension', 'start', 'gatewayStdio', 'webview'].map(reportOf);

describe('the VSIX', () => {
  let files: ReadonlyMap<string, Buffer>;
  before(async () => {
    files = await filesOf(vsixPath());
  });

  it('holds the bundles, the manifest with its texts, the pictures it names and the documents; nothing else', () => {
    const translations = readdirSync(root).filter((file) => /^package\.nls\.[a-z-]+\.json$/.test(file));
    const languages = translations.map((file) => /^package\.nls\.(.+)\.json$/.exec(file)?.[1] ?? '');
    const expected = [
      '[Content_Types].xml',
      'extension.vsixmanifest',
      ...[
        ...['LICENSE.txt', 'changelog.md', 'readme.md', 'package.json', 'package.nls.json'],
        ...translations,
        'l10n/bundle.l10n.json',
        ...languages.map((language) => `l10n/bundle.l10n.${language}.json`),
        ...media.map((file) => `media/${file}`),
        'dist/THIRD_PARTY_NOTICES.txt',
        ...reports().flatMap(({ outputs }) => Object.keys(outputs)),
      ].map((file) => `extension/${file}`),
    ];
    assert.deepEqual([...files.keys()].sort(), expected.sort());
  });

  it('is made of the sources that ship: no test, no demo, no script, no package for development only', () => {
    const { devDependencies } = manifest();
    const folders = bundledPackages(reports()).map((folder) =>
      folder.slice(folder.lastIndexOf('node_modules/') + 13),
    );
    assert.deepEqual(
      folders.filter((name) => Object.hasOwn(devDependencies, name)),
      [],
    );
    const ours = reports()
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.keys(inputs))
      .filter((file) => !file.includes('node_modules/'));
    assert.ok(ours.length > 300, 'the reports are of whole bundles');
    assert.deepEqual(
      ours.filter((file) => !/^(src|webview)\//.test(file)),
      [],
    );
  });

  it('is below 2 MB', () => {
    assert.ok(statSync(vsixPath()).size < 2_000_000, `${statSync(vsixPath()).size} bytes`);
  });

  it('reads at the start of a window what every window needs, and the rest when it is first used', () => {
    const [entry = { outputs: {} }, { outputs } = { outputs: {} }] = reports();
    assert.deepEqual(
      Object.keys(entry.outputs)
        .map((file) => files.get(`extension/${file}`)?.length ?? 0)
        .map((bytes) => bytes < 4_000),
      [true],
      'VS Code waits for a small file',
    );
    const read = new Set<string>();
    const follow = (file: string) => {
      if (read.has(file)) return;
      read.add(file);
      for (const { path: next, kind, external } of outputs[file]?.imports ?? [])
        if (kind === 'import-statement' && external !== true) follow(next);
    };
    follow('dist/start.mjs');
    const bytes = [...read].reduce((sum, file) => sum + (files.get(`extension/${file}`)?.length ?? 0), 0);
    assert.ok(bytes > 100_000 && bytes < 1_050_000, `${bytes} bytes in ${[...read].join(', ')}`);
    const sources = [...read].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
    const later =
      /@modelcontextprotocol|node_modules\/(?:yauzl|zod|jose|tldts)\/|webview\/|src\/node\/(?:wire|mcp\/|gateway\/|doctor\.ts)/;
    assert.deepEqual(
      sources.filter((file) => later.test(file)),
      [],
    );
  });

  it('has no source map, no path of the machine it was built on and no secret that tests mark', () => {
    const places = [root, homedir()].filter((place) => place.length > 3);
    for (const [name, content] of files) {
      if (name.endsWith('.png')) continue;
      const text = content.toString('utf8');
      assert.doesNotMatch(name, /\.map$/);
      assert.doesNotMatch(text, /sourceMappingURL=(?!data:text\/plain)[\w./-]+\.map/, name);
      assert.doesNotMatch(text, /\bmark-[a-z]+-[0-9a-f]{18}\b/, name);
      for (const place of places) assert.ok(!text.includes(`${place}/`), `${name} has ${place}`);
    }
  });

  it('has the licence of every package in it', () => {
    const notices = text('extension/dist/THIRD_PARTY_NOTICES.txt');
    const packages = bundledPackages(reports());
    assert.ok(packages.length > 20);
    for (const folder of packages) {
      const { name, version, license } = JSON.parse(
        readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
      ) as { name: string; version: string; license: string };
      const start = notices.indexOf(`${name} ${version} (${license})`);
      assert.ok(start >= 0, name);
      const part = notices.slice(start, notices.indexOf('\n' + '-'.repeat(80), start));
      assert.match(part, /permission|licen[cs]e/i, name);
    }
  });

  it('has the English texts that translators start from, and each translation speaks of the same', () => {
    const keys = (file: string) => Object.keys(JSON.parse(text(file)) as object).sort();
    const translations = [...files.keys()].filter((file) => /(nls|l10n)\.[a-z-]+\.json$/.test(file));
    for (const file of translations)
      assert.deepEqual(keys(file), keys(file.replace(/\.[a-z-]+\.json$/, '.json')), file);
    assert.ok(keys('extension/package.nls.json').length > 150);
  });

  it('its readme points at pictures that are in the repository, not in the package', () => {
    const pictures = [...text('extension/readme.md').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(
      ([, link]) => link ?? '',
    );
    assert.ok(pictures.length >= 5);
    for (const picture of pictures) {
      assert.match(picture, /^docs\/images\/[\w-]+\.png$/);
      assert.ok(statSync(path.join(root, picture)).size < 1_500_000, picture);
      assert.ok(!files.has(`extension/${picture}`), picture);
    }
  });

  const text = (name: string): string => {
    const content = files.get(name);
    assert.ok(content, name);
    return content.toString('utf8');
  };
});

function manifest(): { readonly devDependencies: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as ReturnType<typeof manifest>;
}

/** What esbuild reported of the bundles that were packed. */
function reportOf(name: string): BundleReport {
  return JSON.parse(readFileSync(path.join(root, `out/meta/${name}.json`), 'utf8')) as BundleReport;
}

async function filesOf(vsix: string): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await fromBufferPromise(readFileSync(vsix), { lazyEntries: true });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}
