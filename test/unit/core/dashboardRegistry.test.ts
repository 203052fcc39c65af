import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { entryFacts, ownerOf } from '../../../src/core/dashboardEntry.ts';
import { compareView } from '../../../src/core/dashboardCompare.ts';
import { RegistryViews } from '../../../src/core/dashboardRegistry.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { hasHiddenText } from '../../../src/core/util/text.ts';
import { entryOf, packageEntry } from '../../fakes/registryEntries.ts';
import { siteOf } from '../../../src/node/publicSuffixes.ts';
import { RegistryShelf, when } from '../../fakes/registryShelf.ts';
import { edgeCases, latestServers } from '../../fixtures/registry/registryFixtures.ts';

const url = 'https://one.example.com';
const unknown = { kind: 'unknown', schema: undefined } as const;
const facts = (entry: RegistryEntry) => entryFacts(entry, unknown);

const versioned = (version: string, isLatest: boolean, env: readonly JsonObject[] = []): RegistryEntry =>
  entryOf({
    server: {
      name: 'com.example/tool',
      description: 'A tool',
      version,
      packages: [
        {
          registryType: 'npm',
          identifier: '@example/tool',
          version,
          transport: { type: 'stdio' },
          environmentVariables: [...env],
        },
      ],
    },
    _meta: {
      'io.modelcontextprotocol.registry/official': {
        status: 'active',
        publishedAt: '2026-01-01T00:00:00Z',
        updatedAt: '2026-01-01T00:00:00Z',
        isLatest,
      },
    },
  });

suite('an entry for the eye', () => {
  test('a namespace names its owner by its grammar only', () => {
    assert.equal(ownerOf('io.github.octo-cat').kind, 'github');
    const domain = ownerOf('com.example.tools');
    assert.equal(domain.kind === 'domain' && domain.name.text, 'tools.example.com');
    for (const odd of ['microsoft', 'com.ex_ample', 'com..example', 'io.github.a/b'])
      assert.equal(ownerOf(odd).kind, 'unknown', odd);
  });

  test('says what would run, and marks secrets by declaration and by name', () => {
    const { parts } = facts(
      versioned('1.0.0', true, [
        { name: 'DECLARED', isSecret: true, isRequired: true },
        { name: 'API_TOKEN', default: 'abc' },
        { name: 'REGION', default: 'eu' },
        { name: 'MODE', value: 'fast' },
      ]),
    );
    const [part] = parts;
    assert.match(part?.launch?.text ?? '', /^npx -y @example\/tool@1\.0\.0$/);
    assert.deepEqual(
      part?.inputs.map(({ name, isSecret, isDeclaredSecret, isRequired, default: value }) => [
        name.text,
        isSecret,
        isDeclaredSecret,
        isRequired,
        value?.text,
      ]),
      [
        ['DECLARED', true, true, true, undefined],
        ['API_TOKEN', true, false, false, undefined],
        ['REGION', false, false, false, 'eu'],
      ],
    );
    assert.deepEqual(
      part?.fixed.map(({ text }) => text),
      ['MODE=fast'],
    );
  });

  test('what is refused still shows what it declares, and why', () => {
    const { parts } = facts(
      packageEntry({
        identifier: '--evil',
        environmentVariables: [{ name: 'PASSWORD' }, { name: 'X', value: 'y' }],
      }),
    );
    assert.equal(parts[0]?.plan, 'refused');
    assert.match(parts[0]?.reasons[0]?.text ?? '', /not the name of an npm package/);
    assert.deepEqual(
      parts[0]?.inputs.map(({ name, isSecret }) => [name.text, isSecret]),
      [['PASSWORD', true]],
    );
  });

  test('only web pages can be opened', () => {
    const link = (address: string) => facts(packageEntry({}, { websiteUrl: address })).website?.url;
    assert.equal(link('https://example.com/docs'), 'https://example.com/docs');
    for (const address of [
      'javascript:alert(1)',
      'command:evil',
      'vscode://x',
      'file:///etc/passwd',
      'nonsense',
    ])
      assert.equal(link(address), undefined, address);
  });

  test('no real or odd entry breaks the page, and none leaves a hidden character in it', () => {
    let count = 0;
    for (const json of [...edgeCases().map(({ response }) => response), ...latestServers().slice(0, 400)]) {
      let entry: RegistryEntry;
      try {
        entry = entryOf(json);
      } catch {
        continue; // flagged when its page was read
      }
      count++;
      const { name: _name, version: _version, repository, website, ...view } = facts(entry);
      for (const text of textsOf([view, repository?.text, website?.text]))
        assert.equal(hasHiddenText(text), false, text);
    }
    assert.ok(count > 300);
  });

  test('a comparison puts the older version first, however it was asked for', () => {
    const [old, young] = [
      versioned('1.0.0', false),
      versioned('1.10.0', true, [{ name: 'KEY', isRequired: true }]),
    ];
    for (const view of [compareView(old, young), compareView(young, old)]) {
      assert.deepEqual([view.from.text, view.to.text], ['1.0.0', '1.10.0']);
      assert.deepEqual(
        view.parts[0]?.args.map(({ kind, text }) => `${kind} ${text.text}`),
        ['same -y', 'removed @example/tool@1.0.0', 'added @example/tool@1.10.0'],
      );
      assert.ok(view.parts[0]?.members.some(({ kind, name }) => kind === 'input' && name.text === 'KEY'));
    }
  });
});

suite('the registry page', () => {
  let shelf: RegistryShelf;
  afterEach(() => shelf.dispose());
  const start = async (entries: readonly RegistryEntry[]) => {
    shelf = new RegistryShelf({ [url]: entries });
    const service = shelf.window();
    let advised = 0;
    const views = new RegistryViews({
      service,
      choice: () => shelf.choice.get(),
      advise: () => {
        advised++;
        return unknown;
      },
      siteOf,
      known: () => [],
    });
    service.look();
    await when(service, () => service.status().every(({ sync }) => sync.kind === 'done'));
    await settle();
    return { service, views, advised: () => advised };
  };
  const on = (version?: string, compare?: string) => ({
    kind: 'registry' as const,
    entry: { registryId: url, name: 'com.example/tool', version, compare },
  });

  test('opens the latest version unless it is told which, and remembers the page it made', async () => {
    const { views, advised } = await start([versioned('1.0.0', false), versioned('2.0.0', true)]);
    const first = views.view(on()).entry;
    assert.ok(first?.kind === 'entry');
    assert.equal(first.version, '2.0.0');
    assert.equal(first.isLatest, true);
    assert.equal(views.view(on()).entry, first, 'the same page');
    assert.equal(advised(), 1);
    const old = views.view(on('1.0.0', '2.0.0')).entry;
    assert.ok(old?.kind === 'entry');
    assert.equal(old.isLatest, false);
    assert.equal(old.compare?.to.text, '2.0.0');
    assert.equal(views.view(on('9.9.9')).entry?.kind, 'missing');
  });

  test('a failed registry says what failed and what still works, and whether a key would help', async () => {
    const { service, views } = await start([versioned('1.0.0', true)]);
    shelf.weather = () => {
      throw new AppError('needs-sign-in', 'One (one.example.com), listing servers: its key is not stored');
    };
    service.sync(url);
    await when(service, () => service.status()[0]?.sync.kind === 'failed');
    const { sync } = views.view({ kind: 'registry', entry: undefined }).registries[0]!;
    assert.ok(sync.kind === 'failed');
    assert.match(sync.message, /one\.example\.com/);
    assert.match(sync.nextStep ?? '', /can still be searched/);
    assert.equal(sync.needsKey, true);
  });
});

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
