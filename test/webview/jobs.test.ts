import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DashboardBed } from './harness/dashboardBed.ts';
import { busyDay } from './harness/busyDay.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { job, now } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const on = (jobId?: string) => new FakeHost({ kind: 'jobs', jobId });

suite('jobs', () => {
  test('stand in groups: what needs the user, what runs, what ended by day', async () => {
    await bed.with(on(), async ({ page }) => {
      const rows = await page.getByRole('grid', { name: 'Jobs' }).getByRole('row').allInnerTexts();
      assert.deepEqual(
        rows.map((row) => row.split(/\s·|\n/)[0]),
        [
          'Needs you',
          'export_data',
          'Running',
          'index_repository',
          'run_backtest',
          'Today',
          'echo',
          'export_data',
          'Yesterday',
          'run_backtest',
          'index_repository',
        ],
      );
    });
  });

  test('are found by text and by status', async () => {
    await bed.with(on(), async ({ page }) => {
      await page.getByRole('textbox', { name: 'Filter jobs' }).fill('backtest lost');
      assert.equal(await page.locator('.row:not(.heading)').count(), 1);
      await page.getByRole('button', { name: 'Clear filter' }).click();
      const show = page.getByRole('combobox', { name: 'Show' });
      await show.click();
      await page.getByRole('option', { name: 'Not completed' }).click();
      assert.equal(await page.locator('.row:not(.heading)').count(), 3);
    });
  });

  test('show progress, an honest forecast, a chart that says the same in words, and can be cancelled once', async () => {
    const host = on('backtest');
    host.answers['job.cancel'] = () => new Promise(() => undefined);
    await bed.with(host, async ({ page }) => {
      const detail = page.getByTestId('job-detail');
      await detail.getByText('63 %').waitFor();
      await detail.getByText('4:00 elapsed').waitFor();
      await detail.getByText(/about 1:\d\d left/).waitFor();
      assert.equal(
        await detail.getByRole('progressbar', { name: 'Progress' }).getAttribute('aria-valuenow'),
        '62',
      );
      await detail.getByRole('img', { name: 'Progress over time, from 0 % to 63 % in 3:30' }).waitFor();
      await page.getByTestId('cancel').click();
      assert.deepEqual(await host.heard('job.cancel'), { jobId: 'backtest' });
      assert.equal(await page.getByTestId('cancel').getAttribute('disabled'), '');
    });
  });

  test('lead to the question they wait for', async () => {
    const host = on('export');
    await bed.with(host, async ({ page }) => {
      await page.getByRole('button', { name: 'Answer' }).click();
      assert.equal((await host.heard('page.requests')).requestId, 'format');
    });
  });

  test('show what came of them, as text', async () => {
    const host = on('echo');
    await bed.with(host, async ({ page }) => {
      const detail = page.getByTestId('job-detail');
      await detail.getByText('Echo: hello').waitFor();
      assert.equal(await detail.locator('.mark').first().textContent(), '<U+202E>');
      await detail.getByText('image/png').waitFor();
      await detail.getByText('file:///project/report.md').waitFor();
      assert.equal(await page.locator('img, a').count(), 0);
      await page.getByTestId('open-result').click();
      assert.deepEqual(await host.heard('job.openResult'), { jobId: 'echo' });
      await page.getByRole('button', { name: 'Run again' }).click();
      assert.deepEqual(await host.heard('job.runAgain'), { jobId: 'echo' });
      await page.getByRole('button', { name: 'Forget', exact: true }).click();
      assert.deepEqual(await host.heard('job.forget'), { jobId: 'echo' });
    });
  });

  test('offer the app of their tool where its server has one', async () => {
    const host = on('echo');
    await bed.with(host, async ({ page }) => {
      const open = page.getByRole('button', { name: 'Open app' });
      await page.getByTestId('open-result').waitFor();
      assert.equal(await open.count(), 0);
      await host.update({ hasApp: (_serverId, tool) => tool === 'echo' });
      await open.click();
      assert.deepEqual(await host.heard('job.openApp'), { jobId: 'echo' });
    });
  });

  test('say that a failed result is one and does not fit its schema', async () => {
    await bed.with(on('deny'), async ({ page }) => {
      await page.getByText('The tool marked this result as an error.').waitFor();
      await page.getByText('/trades: must be number').waitFor();
      assert.equal(await page.getByTestId('cancel').count(), 0);
    });
  });

  test('are forgotten all together only after a second word', async () => {
    const host = on();
    await bed.with(host, async ({ page }) => {
      await page.getByRole('button', { name: 'Forget finished…' }).click();
      await page.getByText('Forget 4 finished jobs and their results?').waitFor();
      await page.getByRole('button', { name: 'Keep' }).click();
      assert.equal(host.asked('jobs.forgetFinished').length, 0);
      await page.getByRole('button', { name: 'Forget finished…' }).click();
      await page.getByRole('button', { name: 'Forget', exact: true }).click();
      await host.heard('jobs.forgetFinished');
    });
  });

  test('keep few rows in the document when there are thousands', async () => {
    const finishedJobs = Array.from({ length: 5000 }, (_, i) =>
      job(`old${i}`, {
        status: { kind: 'completed' },
        endedAt: now - i * 1000,
        createdAt: now - i * 1000 - 10,
      }),
    );
    await bed.with(
      new FakeHost({ kind: 'jobs', jobId: undefined }, { openJobs: busyDay.openJobs, finishedJobs }),
      async ({ page }) => {
        await page.locator('.row').first().waitFor();
        assert.ok((await page.locator('.row').count()) < 60);
        await page.evaluate('document.querySelector(".list").scrollTop = 1e9');
        await page.waitForSelector('.row[data-index="5000"]');
        assert.ok((await page.locator('.row').count()) < 60);
      },
    );
  });
});
