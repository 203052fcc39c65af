import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page as DashboardPage } from '../../src/core/dashboard.ts';
import type { Launch } from '../../src/core/server.ts';
import { shown } from '../../src/core/shown.ts';
import type { Intent } from '../../src/shared/protocol.ts';
import { ActivityPageBed } from './harness/activityPage.ts';
import { DashboardBed, type OpenDashboard } from './harness/dashboardBed.ts';
import { bare, changed, emptyLog, sieve } from './harness/emptyPlaces.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { server } from './harness/fixtures.ts';
import { official, realEntries, startRegistryBed, team } from './harness/registryPage.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

type Browser = OpenDashboard['page'];
type Tab = Extract<DashboardPage, { kind: 'server' }>['tab'];
const on = (name: string, tab: Tab, tool?: string): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab,
  tool,
});

/** Presses the only button of what is empty. */
async function press(page: Browser, label: string): Promise<void> {
  const empty = page.locator('.empty').filter({ has: page.locator('.empty-action') });
  await empty.getByRole('button').first().waitFor(); // a list is answered later
  assert.equal(await empty.getByRole('button').count(), 1);
  await empty.getByRole('button', { name: label, exact: true }).click();
}

/** The element that has the keyboard, by its accessible role and name. */
async function focused(page: Browser): Promise<string> {
  const snapshot = await page.locator('*:focus').first().ariaSnapshot();
  return snapshot.split('\n')[0] ?? '';
}

const target = { serverId: 'user/down' };
const remote: Launch = { kind: 'http', transport: 'auto', url: 'https://issues.example/mcp', headers: {} };
const standings = {
  Start: [{ kind: 'stopped' }, 'server.start', target],
  'Sign in': [
    { kind: 'needs-sign-in', message: 'the server answered 401' },
    'auth.run',
    { ...target, command: 'signIn' },
  ],
  Restart: [
    { kind: 'retrying', at: Number.MAX_SAFE_INTEGER, attempt: 1, cause: 'gone' },
    'server.restart',
    target,
  ],
  Diagnose: [{ kind: 'blocked', reason: 'the workspace is not trusted' }, 'doctor.look', target],
} as const;

suite('what is empty', () => {
  for (const [label, [state, intent, params]] of Object.entries(standings))
    test(`a tab of a server that is ${state.kind} offers: ${label}`, async () => {
      for (const tab of ['tools', 'resources', 'prompts', 'quality', 'traffic'] as const) {
        const down = server('down', { state, launch: remote, over: { offer: undefined } });
        const host = new FakeHost(on('down', tab), { servers: [down] });
        await bed.with(host, async ({ page }) => {
          await press(page, label);
          assert.deepEqual(await host.heard(intent), params, tab);
        });
      }
    });

  test('a server that starts is waited for; its log is one press away', async () => {
    const starting = server('down', {
      state: { kind: 'starting', since: 0 },
      over: { offer: undefined },
    });
    const host = new FakeHost(on('down', 'tools'), { servers: [starting] });
    await bed.with(host, async ({ page }) => {
      await page.getByRole('status').getByText('Waiting for the server to answer.').waitFor();
      await page.getByRole('button', { name: 'Show log', exact: true }).click();
      assert.deepEqual(await host.heard('server.showLog'), target);
    });
  });

  test('a server that offers nothing of a kind is asked for its lists again', async () => {
    for (const tab of ['tools', 'resources', 'prompts', 'traffic'] as const) {
      const host = new FakeHost(on('bare', tab), { servers: [bare] });
      await bed.with(host, async ({ page }) => {
        await press(page, 'Refresh lists');
        assert.deepEqual(await host.heard('server.refresh'), { serverId: 'user/bare' });
      });
    }
  });

  test('the keyboard stays at the tab whose server was started', async () => {
    const down = server('down', { state: { kind: 'stopped' }, over: { offer: undefined } });
    const host = new FakeHost(on('down', 'tools'), { servers: [down] });
    await bed.with(host, async ({ page }) => {
      await press(page, 'Start');
      await host.heard('server.start');
      await host.update({ servers: [server('down')] });
      await page.getByText('The server offers no tools.').waitFor();
      assert.match(await focused(page), /^- tab "Tools/);
    });
  });

  test('a filter that leaves nothing is cleared in one press, and the keyboard goes to its field', async () => {
    const log = new ActivityPageBed();
    log.fillBusyDay();
    const registry = await startRegistryBed({ [official]: realEntries().slice(0, 5) });
    try {
      const pages: readonly (readonly [FakeHost, string])[] = [
        [new FakeHost({ kind: 'servers' }, { servers: [bare, sieve] }), '[role=row]'],
        ...(['tools', 'resources', 'prompts'] as const).map(
          (tab) => [new FakeHost(on('sieve', tab), { servers: [sieve] }), '[role=row]'] as const,
        ),
        [new FakeHost({ kind: 'jobs', jobId: undefined }), '[role=row]'],
        [log.host(), '.list .row'],
        [registry.host(), '.registry-row'],
      ];
      for (const [host, row] of pages)
        await bed.with(host, async ({ page }) => {
          await page.locator(row).first().waitFor();
          const field = page.locator('.filter').getByRole('textbox').first();
          await field.fill('nothing like this');
          await press(page, 'Clear filter');
          await page.locator(row).first().waitFor();
          assert.equal(await field.inputValue(), '');
          assert.match(await focused(page), /^- textbox/);
        });
    } finally {
      log.dispose();
      await registry.dispose();
    }
  });

  test('jobs that a choice hides come back with the press that clears the filter', async () => {
    const host = new FakeHost({ kind: 'jobs', jobId: undefined }, { openJobs: [] });
    await bed.with(host, async ({ page }) => {
      await page.getByRole('combobox', { name: 'Show' }).click();
      await page.getByRole('option', { name: 'Running' }).click();
      await press(page, 'Clear filter');
      await page.getByRole('row').first().waitFor();
    });
  });

  const elsewhere: readonly (readonly [string, FakeHost, string, Intent, unknown])[] = [
    [
      'no server: one is added',
      new FakeHost({ kind: 'servers' }, { servers: [] }),
      ...(['Add server…', 'servers.add', {}] as const),
    ],
    [
      'no job: a tool is chosen',
      new FakeHost({ kind: 'jobs', jobId: undefined }, { openJobs: [], finishedJobs: [] }),
      ...(['Choose a server and one of its tools', 'page.servers', {}] as const),
    ],
    [
      'no installation: the registry is browsed',
      new FakeHost({ kind: 'install' }),
      ...(['Browse the registry', 'page.registry', {}] as const),
    ],
    [
      'an empty inbox: an agent may fill it',
      new FakeHost({ kind: 'requests', requestId: undefined }, { requests: [] }),
      ...(['Connect an agent', 'page.agents', {}] as const),
    ],
    [
      'a server that is gone: the others are shown',
      new FakeHost(on('gone', 'tools')),
      ...(['Show all servers', 'page.servers', {}] as const),
    ],
    [
      'an identity that nobody looked at: it is checked',
      new FakeHost(on('search', 'identity')),
      ...(['Check now', 'identity.check', { serverId: 'user/search', olderCards: false }] as const),
    ],
    [
      'a connection that nobody looked at: it is diagnosed',
      new FakeHost(on('nightly', 'doctor')),
      ...(['Diagnose', 'doctor.look', { serverId: 'user/nightly' }] as const),
    ],
    [
      'an empty log: a server is chosen',
      new FakeHost({ kind: 'activity', seq: undefined }, { activity: () => emptyLog }),
      ...(['Choose a server to start', 'page.servers', {}] as const),
    ],
  ];
  for (const [name, host, label, intent, params] of elsewhere)
    test(name, () =>
      bed.with(host, async ({ page }) => {
        await press(page, label);
        assert.deepEqual(await host.heard(intent), params);
      }),
    );

  test('registries: one is switched on, read, or added, by what is missing', async () => {
    const registry = await startRegistryBed({ [official]: [], [team]: [] });
    try {
      const host = registry.host();
      const page = { kind: 'registry', entry: undefined } as const;
      const view = registry.views.view(page);
      const first = { registryId: view.registries[0]?.id };
      const unread = { servers: 0, completedAt: undefined };
      const failed = { kind: 'failed', message: 'no answer', nextStep: undefined, needsKey: false } as const;
      await bed.with(host, async ({ page: browser }) => {
        await host.update({ registry: () => changed(view, { isEnabled: false }) });
        await press(browser, `Use ${view.registries[0]?.label}`);
        assert.deepEqual(await host.heard('registry.setEnabled'), { ...first, on: true });

        await host.update({ registry: () => changed(view, {}, []) });
        await press(browser, 'Edit registries…');
        await host.heard('registry.openSettings');

        await host.update({ registry: () => changed(view, unread) });
        await press(browser, 'Read now');
        assert.deepEqual(
          [await host.heard('registry.sync'), await host.heard('registry.sync', 2)],
          view.registries.map(({ id }) => ({ registryId: id })),
        );

        await host.update({ registry: () => changed(view, { ...unread, sync: failed }) });
        await press(browser, 'Try again');
        await host.heard('registry.sync', 4);

        await host.update({ registry: () => changed(view, { ...unread, sync: { kind: 'elsewhere' } }) });
        await browser.getByText('Another window is reading the registry').waitFor();
        assert.equal(await browser.locator('.empty-action').count(), 0);
      });
    } finally {
      await registry.dispose();
    }
  });

  test('an entry that is gone leads back to all servers', async () => {
    const registry = await startRegistryBed({ [official]: realEntries().slice(0, 5) });
    try {
      const entry = {
        registryId: official,
        name: 'com.example/gone',
        version: undefined,
        compare: undefined,
      };
      const host = registry.host(entry);
      host.state = {
        ...host.state,
        registry: (page) => ({
          ...registry.views.view(page),
          entry: { kind: 'missing', name: shown(entry.name, 250) },
        }),
      };
      await bed.with(host, async ({ page }) => {
        await press(page, 'Show all servers');
        assert.deepEqual(await host.heard('page.registry'), {});
      });
    } finally {
      await registry.dispose();
    }
  });
});
