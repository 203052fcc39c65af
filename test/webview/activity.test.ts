import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ActivityEvent } from '../../src/core/activity.ts';
import { callEvent, endEvent } from '../fakes/activityBed.ts';
import { ActivityPageBed } from './harness/activityPage.ts';
import { DashboardBed, type OpenDashboard } from './harness/dashboardBed.ts';
import { now } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(async () => bed.stop());

type Page = OpenDashboard['page'];
const grid = (page: Page) => page.getByRole('grid', { name: /^Lines of the activity log/ });
const rowAt = (page: Page, index: number) => grid(page).locator(`.row[data-index="${index}"]`);
const choose = async (page: Page, label: string, option: string) => {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

/** Opens the page over a log that `fill` wrote. */
async function withLog(
  fill: (log: ActivityPageBed) => void,
  use: (
    dashboard: OpenDashboard,
    log: ActivityPageBed,
    host: ReturnType<ActivityPageBed['host']>,
  ) => Promise<void>,
  seq?: number,
): Promise<void> {
  const log = new ActivityPageBed();
  try {
    fill(log);
    const host = log.host(seq);
    await bed.with(host, (dashboard) => use(dashboard, log, host));
  } finally {
    log.dispose();
  }
}

suite('the activity page', () => {
  test('an empty log says what will be in it', async () => {
    await withLog(
      () => {},
      async ({ page }) => {
        await page.getByText('Nothing has happened yet.').waitFor();
        assert.equal(await grid(page).count(), 0);
      },
    );
  });

  test('draws only the lines in sight of a long log and fetches older ones on the way', async () => {
    const fill = (log: ActivityPageBed) =>
      log.db.transaction(() => {
        for (let n = 0; n < 1_000; n++)
          log.rows.append(now - 2_000_000 + n, n % 2 ? endEvent(n - 1, 'completed') : callEvent(n));
      });
    await withLog(fill, async ({ page }, _log, host) => {
      await rowAt(page, 0).waitFor();
      assert.equal(await grid(page).getAttribute('aria-rowcount'), '100');
      assert.ok((await grid(page).getByRole('row').count()) < 40);
      await rowAt(page, 0).focus();
      await page.keyboard.press('End');
      await host.heard('activity.search', 2);
      await grid(page).and(page.locator('[aria-rowcount="200"]')).waitFor();
      const [, second] = host.asked('activity.search') as { before?: number }[];
      assert.equal(second?.before, 901);
    });
  });

  test('arrow keys walk, Enter opens the line with its way from the wish to the end', async () => {
    await withLog(
      (log) => log.fillBusyDay(),
      async ({ page }, _log, host) => {
        await rowAt(page, 0).focus();
        for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        assert.deepEqual(await host.heard('page.activity'), { seq: 11 });
        const detail = page.getByTestId('activity-detail');
        await detail.getByRole('heading', { name: 'create_issue' }).waitFor();
        const steps = await detail.locator('.activity-steps li').allInnerTexts();
        assert.deepEqual(
          steps.map((step) => step.replaceAll(/\s+/g, ' ').replace(/^\+?[\d.:]+ (m?s )?/, '')),
          ['Asked for', 'Decided allowed once by the user', 'Sent', 'Ended completed'],
        );
        assert.match(steps[1]!, /\+9\.16 s/);
      },
    );
  });

  test('filters narrow by text, server, caller, kind, outcome and time, and are taken back', async () => {
    await withLog(
      (log) => log.fillBusyDay(),
      async ({ page }, _log, host) => {
        await rowAt(page, 0).waitFor();
        await choose(page, 'Outcome', 'denied');
        await grid(page).and(page.locator('[aria-rowcount="1"]')).waitFor();
        assert.match(await rowAt(page, 0).innerText(), /Call denied\s+delete_repository/);
        await choose(page, 'Caller', 'user');
        await page.getByText('No line matches.').waitFor();
        await page.getByRole('button', { name: 'Clear filters' }).click();
        await grid(page).and(page.locator('[aria-rowcount="13"]')).waitFor();
        await choose(page, 'Server', 'user/github');
        await choose(page, 'Kind', 'Definitions');
        await grid(page).and(page.locator('[aria-rowcount="1"]')).waitFor();
        await choose(page, 'Time', 'Last hour');
        await page.getByRole('textbox', { name: 'Search in the log' }).fill('create');
        await page.getByRole('button', { name: 'Export shown…' }).click();
        const { filter } = await host.heard('activity.export');
        assert.deepEqual(
          { ...filter, from: 0 },
          { text: 'create', serverId: 'user/github', group: 'definitions', from: 0 },
        );
        assert.ok(Math.abs((filter.from ?? 0) - (now - 3_600_000)) < 60_000);
      },
    );
  });

  test('new lines come on top while it follows, and wait under a button while it does not', async () => {
    await withLog(
      (log) => log.fillBusyDay(),
      async ({ page }, log, host) => {
        await rowAt(page, 0).waitFor();
        log.rows.append(now, callEvent(77, { tool: 'fresh_one' }));
        await host.send();
        await rowAt(page, 0).getByText('fresh_one').waitFor();
        await page.getByRole('checkbox', { name: 'Follow' }).click();
        log.rows.append(now, callEvent(78, { tool: 'later_one' }));
        log.rows.append(now, callEvent(79, { tool: 'latest_one' }));
        await host.send();
        await page.getByRole('button', { name: '2 new lines' }).click();
        await rowAt(page, 0).getByText('latest_one').waitFor();
        assert.equal(await grid(page).getAttribute('aria-rowcount'), '16');
      },
    );
  });

  test('verifying says what it found, aloud too, and what to do', async () => {
    await withLog(
      (log) => log.fillBusyDay(),
      async ({ page }, log, host) => {
        await page.getByRole('button', { name: 'Verify' }).click();
        await page.locator('.notice').getByText('All 13 lines are as they were written.').waitFor();
        await page.locator('[aria-live]').getByText('All 13 lines are as they were written.').waitFor();
        log.db
          .sql(`UPDATE activity SET body = replace(body, 'prod', 'test') WHERE kind = 'call-denied'`)
          .run();
        log.db.sql('DELETE FROM activity WHERE seq IN (2, 3)').run();
        await page.getByRole('button', { name: 'Verify' }).click();
        const broken = page.getByTestId('activity-broken');
        await broken.getByText('The log is not as it was written: 2 problems.').waitFor();
        assert.match(await broken.innerText(), /Lines 2 to 3 are missing[\s\S]*Line 8 was changed/);
        assert.match(await broken.innerText(), /Export the log as it is/);
        await broken.getByRole('button', { name: 'Show line 8' }).click();
        assert.deepEqual(await host.heard('page.activity'), { seq: 8 });
      },
    );
  });

  test('a log that was put back offers to go on with it; the editor asks', async () => {
    await withLog(
      (log) => {
        log.fillBusyDay();
        const verdict = { lines: 13, first: 1, last: 13, pruned: 0, anchored: undefined, problemCount: 1 };
        log.verify = {
          kind: 'done',
          at: now,
          ms: 1,
          verdict: { ...verdict, problems: [{ kind: 'replaced', seq: 99 }] },
        };
      },
      async ({ page }, _log, host) => {
        await page.getByText(/has line 99, and the log ends before it/).waitFor();
        await page.getByRole('button', { name: 'Go on with this log…' }).click();
        assert.deepEqual(await host.heard('activity.accept'), {});
      },
    );
  });

  test('hidden characters, lines of a newer version and damaged ones are shown as what they are', async () => {
    await withLog(
      (log) => {
        log.fillBusyDay();
        log.db.sql(`UPDATE activity SET body = '{"<b>x' WHERE seq = 1`).run();
        log.rows.append(now, { kind: '<img src=x onerror=alert(1)>', name: 'x' } as unknown as ActivityEvent);
      },
      async ({ page }) => {
        await rowAt(page, 0).getByText('<img src=x onerror=alert(1)>').waitFor();
        assert.match(await rowAt(page, 0).innerText(), /newer version/);
        assert.match(await rowAt(page, 1).innerText(), /delete_every<U\+202E>gnp\.thing/);
        assert.equal(await page.locator('img').count(), 0);
        await page.keyboard.press('Tab');
        await rowAt(page, 13).click();
        const detail = page.getByTestId('activity-detail');
        await detail.getByRole('heading', { name: 'Damaged line' }).waitFor();
        await detail.getByText('{"<b>x').waitFor();
      },
    );
  });

  test('two calls are compared: with the one before, or with one that was marked', async () => {
    await withLog(
      (log) => log.fillBusyDay(),
      async ({ page }, _log, host) => {
        await page.getByRole('button', { name: 'Compare with the call before' }).click();
        assert.deepEqual(await host.heard('activity.compare'), { seq: 10, other: 6 });
        await page.getByRole('button', { name: 'Mark to compare' }).click();
        await page.getByRole('button', { name: 'Line 10 is marked' }).waitFor();
        await grid(page).getByText('run_backtest').first().click();
        await page.getByRole('button', { name: 'Compare with line 10' }).click();
        const { seq, other } = await host.heard('activity.compare', 2);
        assert.deepEqual([seq, other], [5, 10]);
      },
      10,
    );
  });

  test('a search that fails says why and can be tried again', async () => {
    const log = new ActivityPageBed();
    try {
      log.fillBusyDay();
      const host = log.host();
      const answer = host.answers['activity.search']!;
      host.answers['activity.search'] = () => Promise.reject(new Error('disk gone'));
      await bed.with(host, async ({ page }) => {
        await page.getByText('The log cannot be read: disk gone').waitFor();
        host.answers['activity.search'] = answer;
        await page.getByRole('button', { name: 'Try again' }).click();
        await rowAt(page, 0).waitFor();
      });
    } finally {
      log.dispose();
    }
  });
});
