import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page as DashboardPage } from '../../src/core/dashboard.ts';
import { DashboardBed, themes } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { busyDay } from './harness/busyDay.ts';
import { job, now, server, tool } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

type Tab = Extract<DashboardPage, { kind: 'server' }>['tab'];
const on = (name: string, tab: Tab, open?: string): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab,
  tool: open,
});
const everyPage: readonly DashboardPage[] = [
  { kind: 'servers' },
  ...(['overview', 'tools', 'resources', 'prompts', 'traffic'] as const).map((tab) =>
    on('nightly', tab, 'run_backtest'),
  ),
  on('filesystem', 'overview'),
  on('gone', 'overview'),
  { kind: 'jobs', jobId: 'backtest' },
  { kind: 'jobs', jobId: 'deny' },
  { kind: 'jobs', jobId: 'echo' },
  ...['approve', 'format', 'confirm', 'gone'].map((requestId): DashboardPage => ({
    kind: 'requests',
    requestId,
  })),
];

suite('the dashboard', () => {
  test('draws every page in every theme without an error or a breach of its policy', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      const host = new FakeHost({ kind: 'servers' });
      await bed.with(
        host,
        async ({ page }) => {
          for (const at of everyPage) {
            host.page = at;
            await host.send();
            await page.locator('.page-column').waitFor();
          }
        },
        { theme },
      );
    }
  });

  test('has a name for every control', async () => {
    const host = new FakeHost({ kind: 'servers' });
    await bed.with(host, async ({ page }) => {
      for (const at of everyPage) {
        host.page = at;
        await host.send();
        const tree = await page.locator('#app').ariaSnapshot();
        const nameless = tree
          .split('\n')
          .filter(
            (line) =>
              /^\s*- (?:button|textbox|combobox|checkbox|switch|tab|grid|row|img|progressbar)(?:\s*\[[^\]]*\])*:?\s*$/.test(
                line,
              ) && !/- img/.test(line),
          );
        assert.deepEqual(nameless, [], JSON.stringify(at));
        assert.ok(
          !/"(Text field|Text area|Icon Button|Checkbox)"/.test(tree),
          `${JSON.stringify(at)} has a control with a made-up name`,
        );
      }
    });
  });

  test('shows hostile text as text: no element, no link, no reversed order', async () => {
    const host = new FakeHost(on('nightly', 'tools', 'delete_every\u202Egnp.thing'));
    await bed.with(host, async ({ page }) => {
      await page
        .getByTestId('tool-detail')
        .getByText('<img src=x onerror=alert(1)> [click](command:evil)')
        .waitFor();
      assert.equal(await page.locator('img, a[href], iframe, object').count(), 0);
      assert.equal(await page.locator('.mark').first().textContent(), '<U+202E>');
      assert.ok(!((await page.locator('#app').textContent()) ?? '').includes('\u202E'));
      await page.getByText('The hidden characters spell: ignore').waitFor();
    });
  });

  test('masks what looks like a secret in a launch', async () => {
    const host = new FakeHost(on('nightly', 'overview'));
    await bed.with(host, async ({ page }) => {
      await page.getByText('--token ••••').waitFor();
      assert.ok(!(await page.content()).includes('abcd-1234-secret'));
    });
  });

  test('goes where the user clicks, by way of the host', async () => {
    const host = new FakeHost({ kind: 'servers' });
    await bed.with(host, async ({ page }) => {
      await page.getByRole('row', { name: /^nightly/ }).click();
      assert.deepEqual(await host.heard('page.server'), { serverId: 'user/nightly', tab: 'overview' });
      await page.getByRole('tab', { name: 'Tools 6' }).click();
      await page.getByRole('row', { name: /^echo/ }).click();
      await page.getByRole('heading', { name: 'echo' }).waitFor();
      await page.getByRole('button', { name: 'Jobs, 3 running' }).click();
      await page.getByRole('row', { name: /export_data.*error/ }).click();
      await page.getByRole('heading', { name: 'export_data' }).waitFor();
      assert.deepEqual(host.asked('page.jobs'), [{}, { jobId: 'deny' }]);
    });
  });

  test('starts, stops, restarts and configures a server', async () => {
    const host = new FakeHost(on('nightly', 'overview'));
    await bed.with(host, async ({ page }) => {
      await page.getByRole('button', { name: 'Restart' }).click();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('checkbox', { name: 'Start automatically' }).click();
      assert.deepEqual(await host.heard('server.setAutostart'), { serverId: 'user/nightly', on: false });
      await page.getByRole('button', { name: 'Open configuration' }).click();
      await host.heard('server.openConfig');
      host.page = on('memory', 'overview');
      await host.send();
      await page.getByTestId('start').click();
      assert.deepEqual(await host.heard('server.start'), { serverId: 'user/memory' });
      assert.deepEqual([host.asked('server.restart').length, host.asked('server.stop').length], [1, 1]);
    });
  });

  test('says why a server is down and what to do next', async () => {
    const host = new FakeHost(on('filesystem', 'overview'));
    await bed.with(host, async ({ page }) => {
      await page.getByText('Correct the folder in the arguments of this server.').waitFor();
      for (const [name, text] of [
        ['issues', 'Sign in, and it starts.'],
        ['unknown', 'chat.mcp.access'],
        ['search', 'Retrying in 0:1'],
      ] as const) {
        host.page = on(name, 'overview');
        await host.send();
        await page.getByText(text).first().waitFor();
      }
      assert.equal(await page.getByText('This server is no longer configured.').count(), 0);
    });
  });

  test('shows an error of the host as text until it is dismissed', async () => {
    const host = new FakeHost(on('memory', 'overview'));
    host.answers['server.start'] = () => Promise.reject(new Error('spawn <b>node</b>\u202E failed'));
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('start').click();
      await page.getByRole('alert').getByText('spawn <b>node</b>').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByRole('alert').waitFor({ state: 'detached' });
    });
  });

  test('fits a narrow editor: the list gives way to what was chosen, and back', async () => {
    const host = new FakeHost(on('nightly', 'tools'));
    await bed.with(
      host,
      async ({ page }) => {
        await page.getByRole('row', { name: /^echo/ }).click();
        await page.getByRole('heading', { name: 'echo' }).waitFor();
        assert.equal(await page.getByRole('grid').count(), 0);
        await page.getByRole('button', { name: 'Back' }).click();
        await page.getByRole('grid').waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      },
      { width: 360, height: 700 },
    );
  });
});

suite('keyboard and focus', () => {
  test('arrow keys move between tabs and open them', async () => {
    const host = new FakeHost(on('nightly', 'overview'));
    await bed.with(host, async ({ page }) => {
      await page.getByRole('tab', { name: 'Overview' }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      await page.getByRole('tab', { name: 'Resources 3', selected: true }).waitFor();
      assert.equal(await page.evaluate('document.activeElement.id'), 'tab-resources');
      await page.keyboard.press('End');
      await page.getByRole('tab', { name: 'Traffic', selected: true }).waitFor();
    });
  });

  test('a list is one tab stop: arrows move, Right reaches the switch, Enter opens', async () => {
    const host = new FakeHost(on('nightly', 'tools'));
    await bed.with(host, async ({ page }) => {
      await page.getByRole('textbox', { name: 'Filter tools' }).focus();
      await page.keyboard.press('Tab');
      assert.match((await page.evaluate<string>('document.activeElement.textContent')) ?? '', /run_backtest/);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'switch');
      await page.keyboard.press('Space');
      assert.deepEqual(await host.heard('tool.setEnabled'), {
        serverId: 'user/nightly',
        tool: 'index_repository',
        on: false,
      });
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('Enter');
      assert.deepEqual(await host.heard('page.server'), {
        serverId: 'user/nightly',
        tab: 'tools',
        tool: 'index_repository',
      });
      await page.getByRole('heading', { name: 'index_repository' }).waitFor();
      assert.match(
        (await page.evaluate<string>('document.activeElement.textContent')) ?? '',
        /index_repository/,
      );
    });
  });

  test('a new state takes neither the focus nor what is being typed', async () => {
    const host = new FakeHost(on('nightly', 'tools', 'run_backtest'));
    await bed.with(host, async ({ page }) => {
      const symbol = page.locator('[data-path="/symbol"] vscode-text-field input');
      await symbol.focus();
      await symbol.pressSequentially('AC');
      await host.update({ openJobs: [job('other')] });
      await page.getByRole('button', { name: 'Jobs, 1 running' }).waitFor();
      await page.keyboard.type('ME');
      assert.equal(await symbol.inputValue(), 'ACME');
      await host.update({ servers: [server('first'), ...busyDay.servers] });
      await page.keyboard.type('!');
      assert.equal(await symbol.inputValue(), 'ACME!');
    });
  });

  test('the focus follows to the new page when its place is gone', async () => {
    const host = new FakeHost({ kind: 'servers' });
    await bed.with(host, async ({ page }) => {
      await page.getByRole('row', { name: /^nightly/ }).click();
      await page.getByRole('heading', { name: 'nightly', level: 1 }).waitFor();
      assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');
    });
  });

  test('tells a screen reader when a job ends, a request comes or the server changes', async () => {
    const host = new FakeHost(on('nightly', 'overview'));
    await bed.with(host, async ({ page }) => {
      const live = page.locator('#app > [role=status]');
      const ended = { ...busyDay.openJobs[2]!, status: { kind: 'completed' as const }, endedAt: now };
      await host.update({
        openJobs: busyDay.openJobs.slice(0, 2),
        finishedJobs: [ended, ...busyDay.finishedJobs],
      });
      await live.getByText('index_repository of nightly: Completed').waitFor();
      await host.update({ requests: [...busyDay.requests, { ...busyDay.requests[1]!, id: 'another' }] });
      await live.getByText('nightly waits for you: Question from a server').waitFor();
      await host.update({
        servers: busyDay.servers.map((one, i) =>
          i === 0 ? { ...one, state: { kind: 'stopped' as const } } : one,
        ),
      });
      await live.getByText('nightly: Stopped').waitFor();
    });
  });
});

suite('a server with 5,000 tools', () => {
  const tools = Array.from({ length: 5000 }, (_, i) => tool(`tool_${String(i).padStart(4, '0')}`));
  const host = () => new FakeHost(on('big', 'tools'), { servers: [server('big', { tools })] });

  test('keeps few rows in the document while scrolling and filtering', async () => {
    await bed.with(host(), async ({ page }) => {
      const rows = page.getByRole('row');
      await rows.first().waitFor();
      assert.ok((await rows.count()) < 60);
      assert.ok((await page.locator('*').count()) < 1500);
      await page.evaluate('document.querySelector(".list").scrollTop = 100000');
      await page.getByText('tool_2280', { exact: true }).waitFor();
      assert.ok((await rows.count()) < 60);
      await page.getByRole('textbox', { name: 'Filter tools' }).fill('tool_49');
      await page.getByText('100 of 5000').waitFor();
      await page.getByText('tool_4900', { exact: true }).waitFor();
      assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '100');
    });
  });

  test('End reaches the last tool with the focus on it, and the focus stays while scrolling away', async () => {
    await bed.with(host(), async ({ page }) => {
      await page.getByRole('row').first().focus();
      await page.keyboard.press('End');
      await page.getByText('tool_4999', { exact: true }).waitFor();
      assert.match((await page.evaluate<string>('document.activeElement.textContent')) ?? '', /tool_4999/);
      await page.evaluate('document.querySelector(".list").scrollTop = 0');
      await page.getByText('tool_0000', { exact: true }).waitFor();
      assert.match((await page.evaluate<string>('document.activeElement.textContent')) ?? '', /tool_4999/);
      await page.keyboard.press('ArrowUp');
      await page.getByText('tool_4998', { exact: true }).waitFor();
    });
  });
});
