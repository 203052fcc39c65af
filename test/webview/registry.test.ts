import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { RegistryPageView } from '../../src/core/dashboardRegistry.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { DashboardBed, type OpenDashboard } from './harness/dashboardBed.ts';
import type { FakeHost } from './harness/fakeHost.ts';
import {
  hostileEntry,
  installRecord,
  official,
  realEntries,
  startRegistryBed,
  team,
  type RegistryBed,
} from './harness/registryPage.ts';

let bed: DashboardBed;
let registry: RegistryBed;
before(async () => {
  [bed, registry] = await Promise.all([
    DashboardBed.start(),
    startRegistryBed({ [official]: realEntries(), [team]: [hostileEntry] }),
  ]);
});
after(async () => {
  await bed.stop();
  await registry.dispose();
});

type Page = OpenDashboard['page'];
const search = (page: Page) => page.getByRole('textbox', { name: /^Search by name/ });
const grid = (page: Page) => page.getByRole('grid', { name: 'Servers of the registries' });
const context7 = {
  registryId: official,
  name: 'io.github.upstash/context7',
  version: undefined,
  compare: undefined,
};

/** The focused element's row, by its place. */
const focusedRow = (page: Page) => page.evaluate('document.activeElement?.dataset?.index');

suite('the registry list', () => {
  test('holds every server, but draws only those in sight, with their badges and descriptions as text', async () => {
    await bed.with(registry.host(), async ({ page }) => {
      await page.getByText('1,105 servers').waitFor();
      assert.equal(await grid(page).getAttribute('aria-rowcount'), '1105');
      assert.ok((await grid(page).getByRole('row').count()) < 40);
      const first = await grid(page).getByRole('row').first().innerText();
      assert.match(first, /spotdb/);
      assert.match(first, /ai\.aliengiraffe\/spotdb · 0\.1\.0 · Official Registry/);
      assert.match(first, /Ephemeral data sandbox/);
    });
  });

  test('is searched while typing; the latest text wins over answers that come late', async () => {
    const host = registry.host();
    const answer = host.answers['registry.search']!;
    const late = Promise.withResolvers<void>();
    let count = 0;
    host.answers['registry.search'] = async (params, signal) => {
      if (++count === 2) await late.promise;
      return answer(params, signal);
    };
    await bed.with(host, async ({ page }) => {
      await page.getByText('1,105 servers').waitFor();
      await search(page).pressSequentially('postgres');
      late.resolve();
      await page.getByText('9 servers').waitFor();
      const texts = host.asked('registry.search').map((params) => (params as { readonly text: string }).text);
      assert.equal(texts.at(-1), 'postgres');
      assert.ok(texts.length <= 4, `asked for ${texts.join(', ')}`);
    });
  });

  test('finds what was misspelt and says so', async () => {
    await bed.with(registry.host(), async ({ page }) => {
      await search(page).fill('postgrss');
      await page.getByText(/No server has “postgrss”; also searched for/).waitFor();
      await grid(page).getByText('io.github.marcelo-ochoa/postgres').waitFor();
    });
  });

  test('is used by keyboard alone: /, arrows, Home, End, Enter', async () => {
    const host = registry.host();
    await bed.with(host, async ({ page }) => {
      await page.getByText('1,105 servers').waitFor();
      await page.locator('body').press('/');
      await page.keyboard.type('mcp');
      await page.getByText('1,105 servers').waitFor({ state: 'detached' });
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedRow(page), '0');
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedRow(page), '1');
      await page.keyboard.press('End');
      const last = String(Number(await grid(page).getAttribute('aria-rowcount')) - 1);
      await page.locator(`.row[data-index="${last}"]:focus .registry-row`).waitFor();
      await page.keyboard.press('Home');
      assert.equal(await focusedRow(page), '0');
      const name = await page.locator('.row[data-index="0"] .row-sub').first().innerText();
      await page.keyboard.press('Enter');
      const { entry } = await host.heard('page.registry');
      assert.ok(name.startsWith(entry!.name));
      await page.getByTestId('entry').waitFor();
      assert.equal(await focusedRow(page), '0', 'the list keeps the keyboard');
      await page.keyboard.press('Control+f');
      assert.equal(await page.evaluate('document.activeElement?.id'), 'registry-search');
    });
  });

  test('Escape empties the search; Enter opens its first result', async () => {
    const host = registry.host();
    await bed.with(host, async ({ page }) => {
      await search(page).fill('context7');
      await page.getByText(/^\d servers$/).waitFor();
      await search(page).press('Enter');
      assert.equal((await host.heard('page.registry')).entry?.name, 'io.github.upstash/context7');
      await search(page).press('Escape');
      await page.getByText('1,105 servers').waitFor();
    });
  });

  test('is filtered; each filter can be taken away again', async () => {
    const host = registry.host();
    await bed.with(host, async ({ page }) => {
      await page.getByText('1,105 servers').waitFor();
      await page.getByRole('button', { name: 'Filters' }).click();
      await page.getByRole('combobox', { name: 'Package' }).click();
      await page.getByRole('option', { name: 'NuGet' }).click();
      await page.getByText('1,105 servers').waitFor({ state: 'detached' });
      const last = host.asked('registry.search').at(-1) as { readonly filters: unknown };
      assert.deepEqual(last.filters, { packageKinds: ['nuget'] });
      for (const badges of await grid(page).locator('.row-title').allInnerTexts())
        assert.match(badges, /NuGet/);
      await page.getByRole('button', { name: 'Remove filter NuGet' }).click();
      await page.getByText('1,105 servers').waitFor();
    });
  });

  test('shows what is installed and what has an update', async () => {
    registry.shelf.installed.set([installRecord('io.github.upstash/context7', '1.0.0')]);
    try {
      const host = registry.host();
      await bed.with(host, async ({ page }) => {
        await search(page).fill('context7');
        await grid(page).getByText('update to 1.0.31').waitFor();
        await search(page).press('Enter');
        await page.getByText('Version 1.0.0 is installed; 1.0.31 is out.').waitFor();
        await page.getByTestId('update').click();
        assert.deepEqual(await host.heard('install.update'), { serverId: 'user/installed' });
      });
    } finally {
      registry.shelf.installed.set([]);
    }
  });

  test('keeps search and filters over a reload', async () => {
    await bed.with(
      registry.host(),
      async ({ page }) => {
        await page.getByText('9 servers').waitFor();
        assert.equal(await search(page).inputValue(), 'postgres');
      },
      { saved: { filters: { registry: 'postgres' } } },
    );
  });

  test('a search that fails says why and can be tried again', async () => {
    const host = registry.host();
    const answer = host.answers['registry.search']!;
    host.answers['registry.search'] = () => Promise.reject(new Error('disk is full'));
    await bed.with(host, async ({ page }) => {
      await page.getByText('The search failed: disk is full').waitFor();
      host.answers['registry.search'] = answer;
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('1,105 servers').waitFor();
    });
  });

  test('says that nothing matches', async () => {
    await bed.with(registry.host(), async ({ page }) => {
      await search(page).fill('zzzzqqqq');
      await page.getByText('No server matches.').waitFor();
    });
  });

  test('draws only the rows in sight while a keystroke changes 25,000 results', async (t) => {
    const host = registry.host();
    const item = (await askOnce(host)).items[0]!;
    host.answers['registry.search'] = async ({ text, offset, limit }) => ({
      total: 25_000 - text.length,
      offset,
      items: Array.from({ length: limit }, (_, i) => ({
        ...item,
        name: `com.example/${text}-${offset + i}`,
        title: { text: `${text} ${offset + i}`, hidden: 0, isTruncated: false },
      })),
      corrections: [],
      isPartial: false,
      revision: registry.service.revision,
    });
    await bed.with(host, async ({ page }) => {
      await page.getByText('25,000 servers').waitFor();
      // The dashboard draws in a microtask: with the layout after it, that is what a keystroke costs.
      await page.evaluate(
        `window.spent = []; const queue = window.queueMicrotask.bind(window); window.queueMicrotask = (draw) => queue(() => { const from = performance.now(); draw(); document.body.offsetHeight; window.spent.push(performance.now() - from); });`,
      );
      await search(page).pressSequentially('postgres mcp server');
      await page.getByText('24,981 servers').waitFor();
      const spent = await page.evaluate<readonly number[]>('window.spent');
      const sorted = spent.toSorted((a, b) => a - b);
      t.diagnostic(
        `list redrawn: median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} ms, worst ${sorted.at(-1)?.toFixed(1)} ms of ${sorted.length}`,
      );
      assert.ok((await grid(page).getByRole('row').count()) < 40, 'only the rows in sight are drawn');
    });
  });
});

async function askOnce(host: FakeHost): Promise<RegistryPageView> {
  return host.answers['registry.search']!(
    { text: '', filters: {}, sort: 'name', offset: 0, limit: 1 },
    new AbortController().signal,
  );
}

suite('an entry of a registry', () => {
  test('shows what would run, what it asks for with secrets marked, its versions, and that nobody checked it', async () => {
    const host = registry.host(context7);
    await bed.with(host, async ({ page }) => {
      const entry = page.getByTestId('entry');
      await entry.getByRole('heading', { name: 'Context7' }).waitFor();
      await entry.getByText('npx -y @upstash/context7-mcp@1.0.31').waitFor();
      await entry.getByText('CONTEXT7_API_KEY').waitFor();
      assert.match(await entry.locator('.entry-input-head').innerText(), /optional\s+secret\s+environment/);
      assert.match(
        await entry.locator('.entry-verdict').innerText(),
        /(?:Consistent|Unverified)\..*io\.github\.upstash.*GitHub account upstash/s,
      );
      assert.deepEqual(await entry.locator('.versions th[scope=row]').allInnerTexts(), [
        '1.0.31',
        '1.0.30',
        '1.0.0',
      ]);
      await entry.getByText('Raw JSON').click();
      await entry.getByText('"identifier": "@upstash/context7-mcp"').waitFor();
    });
  });

  test('is installed and its repository opened by the host, which asks', async () => {
    const host = registry.host(context7);
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('install').click();
      assert.deepEqual(await host.heard('install.open'), {
        registry: official,
        name: 'io.github.upstash/context7',
        version: '1.0.31',
      });
      await page.getByRole('button', { name: 'Open repository' }).click();
      assert.deepEqual(await host.heard('link.open'), { url: 'https://github.com/upstash/context7' });
    });
  });

  test('two versions are compared: what is added and removed is said in words, not by colour alone', async () => {
    await bed.with(registry.host(context7), async ({ page }) => {
      await page.getByRole('button', { name: 'Compare with version 1.0.0' }).click();
      const compare = page.getByTestId('compare');
      await compare.getByRole('heading', { name: 'What changes from 1.0.0 to 1.0.31' }).waitFor();
      const lines = await compare.locator('.diff').first().getByRole('listitem').allTextContents();
      const text = lines.map((line) => line.replace(/\s+/g, ' ').trim());
      assert.deepEqual(text, [
        '-y',
        '−removed: @upstash/context7-mcp@1.0.25',
        '+added: @upstash/context7-mcp@1.0.31',
      ]);
      await compare.getByRole('button', { name: 'Close comparison' }).click();
      await compare.waitFor({ state: 'detached' });
    });
  });

  test('an older version says so and leads to the latest', async () => {
    await bed.with(registry.host({ ...context7, version: '1.0.0' }), async ({ page }) => {
      await page.getByText('This is not the latest version.').waitFor();
      await page.getByRole('button', { name: 'Install 1.0.0…' }).waitFor();
      await page.getByRole('button', { name: 'Show the latest' }).click();
      await page.getByRole('button', { name: 'Install…', exact: true }).waitFor();
    });
  });

  test('everything a hostile entry says is text: no markup, no link that is no web page, marks for hidden characters', async () => {
    const host = registry.host({ ...context7, registryId: team, name: hostileEntry.name });
    await bed.with(host, async ({ page }) => {
      const entry = page.getByTestId('entry');
      await entry.getByRole('heading', { name: /<img src=x onerror=alert\(1\)>/ }).waitFor();
      assert.equal(await page.locator('.detail :is(img, script, a)').count(), 0);
      await entry.getByText('<U+202E>').first().waitFor();
      await entry.getByText(/The hidden characters spell: AB/).waitFor();
      await entry.getByText('do not use this version any more').waitFor();
      assert.equal(await entry.getByRole('button', { name: /^Open/ }).count(), 0, 'nothing to open');
      assert.notEqual(await entry.getByTestId('install').getAttribute('disabled'), null);
      await entry.getByText(/the entry holds \$\{env:HOME\}/).waitFor();
      await entry.getByText('looks like a secret').waitFor();
    });
  });

  test('an entry that no registry has says so', async () => {
    const host = registry.host({ ...context7, name: 'com.example/none' });
    registry.service.changed.subscribe(() => void host.send());
    await bed.with(host, async ({ page }) => {
      await page.getByText('No registry in use knows com.example/none.').waitFor();
    });
  });
});

suite('the registries', () => {
  test('show their age, can be switched off, updated and given a key', async () => {
    const host = registry.host();
    await bed.with(host, async ({ page }) => {
      await page.getByText('oldest copy as of 3 hours ago').click();
      await page.getByRole('checkbox', { name: 'Use Team' }).click();
      assert.deepEqual(await host.heard('registry.setEnabled'), { registryId: team, on: false });
      await page.getByRole('button', { name: 'Update Official Registry' }).click();
      assert.deepEqual(await host.heard('registry.sync'), { registryId: official });
      await page.getByRole('button', { name: 'Set key… (Team)' }).click();
      assert.deepEqual(await host.heard('registry.setKey'), { registryId: team });
    });
  });

  test('one that is read shows how far, and can be stopped; one that fails says what still works', async () => {
    const own = await startRegistryBed({ [official]: realEntries().slice(0, 300), [team]: [hostileEntry] });
    try {
      const stuck = Promise.withResolvers<void>();
      own.shelf.weather = (_, url) => {
        if (url === team)
          throw new AppError('server-error', 'Team (mcp.team.example), listing servers: answered 500');
        return stuck.promise;
      };
      own.service.sync(official);
      own.service.sync(team);
      const host = own.host();
      own.service.changed.subscribe(() => void host.send());
      await bed.with(host, async ({ page }) => {
        await page.getByText('Team not reachable').waitFor();
        await page.getByText('updating Official Registry…').click();
        await page.getByText(/Team \(mcp\.team\.example\), listing servers: answered 500/).waitFor();
        await page.getByText(/stored on this machine can still be searched/).waitFor();
        await page.getByRole('progressbar', { name: 'Reading Official Registry' }).waitFor();
        host.answers['registry.cancelSync'] = async ({ registryId }) => {
          own.service.cancel(registryId);
          return null;
        };
        await page.getByRole('button', { name: 'Stop (Official Registry)' }).click();
        await page.getByText('Stopped. What was read can be searched.').waitFor();
      });
    } finally {
      await own.dispose();
    }
  });
});
