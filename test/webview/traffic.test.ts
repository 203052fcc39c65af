import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Frame } from '../../src/core/connection.ts';
import { DashboardBed, type OpenDashboard } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const serverId = 'user/nightly';
const page = { kind: 'server', serverId, tab: 'traffic', tool: undefined } as const;

function frame(
  direction: Frame['direction'],
  at: number,
  message: { readonly method?: string; readonly id?: number; readonly error?: object },
): Frame {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  const { method, id } = message;
  const kind = method === undefined ? 'response' : id === undefined ? 'notification' : 'request';
  return { direction, at, text, bytes: text.length, kind, method, id };
}

const frames: readonly Frame[] = [
  frame('sent', 1_000, { method: 'tools/list', id: 1 }),
  frame('received', 1_010, { id: 1 }),
  frame('sent', 2_000, { method: 'resources/list', id: 2 }),
  frame('received', 5_000, { id: 2 }),
  frame('sent', 6_000, { method: 'prompts/get', id: 3 }),
  frame('received', 6_010, { id: 3, error: { code: -32602, message: 'no such prompt' } }),
  frame('received', 7_000, { method: 'roots/list', id: 1 }),
  frame('sent', 7_010, { id: 1 }),
  frame('received', 8_000, { method: 'notifications/tools/list_changed' }),
];

type Tab = OpenDashboard['page'];
const methods = (tab: Tab) => tab.getByRole('grid', { name: 'Messages of nightly' }).locator('code');
async function choose(tab: Tab, name: string, option: RegExp): Promise<void> {
  await tab.getByRole('combobox', { name }).click();
  await tab.getByRole('option', { name: option }).click();
}

suite('filters of the traffic tab', () => {
  test('by direction and kind, with how many each would show, and all cleared at once', async () => {
    const host = new FakeHost(page, { frames: () => frames });
    await bed.with(host, async ({ page: tab }) => {
      await tab.getByText('notifications/tools/list_changed').waitFor();
      await choose(tab, 'Direction', /^Server to client \(2\)$/);
      await tab.getByText('2 of 5').waitFor();
      assert.deepEqual(await methods(tab).allTextContents(), [
        'roots/list',
        'notifications/tools/list_changed',
      ]);
      await choose(tab, 'Kind', /^Failures \(0\)$/);
      await tab.getByText('The filter hides all 5.').waitFor();
      await tab.getByRole('button', { name: 'Clear filter', exact: true }).click();
      await tab.getByText('tools/list', { exact: true }).waitFor();
      await choose(tab, 'Kind', /^Failures \(1\)$/);
      await tab.getByText('1 of 5').waitFor();
      assert.deepEqual(await methods(tab).allTextContents(), ['prompts/get']);
      await choose(tab, 'Kind', /^Slow, over 1 s \(1\)$/);
      await tab.getByText('resources/list', { exact: true }).waitFor();
      assert.deepEqual(await methods(tab).allTextContents(), ['resources/list']);
    });
  });
});

suite('a line of the traffic list', () => {
  const long = [
    frame('sent', 1_000, { method: 'tools/call', id: 1 }),
    frame('received', 1_010, { method: 'notifications/progress' }),
    frame('received', 1_020, { method: 'elicitation/create', id: 7 }),
  ];
  // What an editor of 1400 px leaves beside its activity bar and a side bar of 300 px; and what fits two columns at all.
  for (const width of [1050, 900, 700]) {
    test(`shows whole methods in a dashboard of ${width} px, beside the detail`, async () => {
      const host = new FakeHost(page, { frames: () => long });
      await bed.with(
        host,
        async ({ page: tab }) => {
          await tab.getByText('notifications/progress').waitFor();
          const lines = tab.getByRole('grid', { name: 'Messages of nightly' }).locator('.ellipsis');
          assert.equal(await lines.count(), long.length);
          for (const line of await lines.all()) {
            const { needs, has } = await line.evaluate(
              (one: { scrollWidth: number; clientWidth: number }) => ({
                needs: one.scrollWidth,
                has: one.clientWidth,
              }),
            );
            assert.ok(needs <= has, `${await line.textContent()} needs ${needs} px of ${has}`);
          }
        },
        { width, height: 900 },
      );
    });
  }

  test('keeps time, time taken and size in its title and its accessible name where they have no room', async () => {
    const host = new FakeHost(page, { frames: () => frames });
    await bed.with(
      host,
      async ({ page: tab }) => {
        const line = tab.locator('.exchange').first();
        await line.locator('.short').waitFor();
        assert.match((await line.getAttribute('title')) ?? '', /^\d\d:\d\d:01 · 10 ms · \d+ B$/);
        const name = /^\d\d:\d\d:01 .*tools\/list .*10 ms \d+ B$/;
        await tab.getByRole('gridcell', { name }).waitFor();
        for (const part of ['.full', '.elapsed', '.size'])
          assert.ok(((await line.locator(part).boundingBox())?.width ?? 0) <= 1, part);
      },
      { width: 380, height: 900 },
    );
  });
});

suite('recording in the traffic tab', () => {
  test('is paused, resumed and cleared with the keyboard, and says what was dropped', async () => {
    let recording: 'on' | 'paused' = 'on';
    const trafficStanding = () => ({ recording, dropped: 12 });
    const host = new FakeHost(page, { frames: () => frames, trafficStanding });
    await bed.with(host, async ({ page: tab }) => {
      await tab.getByText('12 older messages were dropped.').waitFor();
      await tab.getByRole('button', { name: 'Pause' }).focus();
      await tab.keyboard.press('Enter');
      assert.deepEqual(await host.heard('traffic.pause'), { serverId, isPaused: true });
      recording = 'paused';
      await host.update({});
      await tab.getByRole('note').getByText('Recording is paused.').waitFor();
      await tab.getByRole('button', { name: 'Resume' }).focus();
      await tab.keyboard.press('Enter');
      assert.deepEqual(await host.heard('traffic.pause', 2), { serverId, isPaused: false });
      await tab.getByRole('button', { name: 'Clear', exact: true }).focus();
      await tab.keyboard.press('Enter');
      assert.deepEqual(await host.heard('traffic.clear'), { serverId });
    });
  });

  test('without a message the tab says why: off, with the setting; or nothing yet', async () => {
    const host = new FakeHost(page, { trafficStanding: () => ({ recording: 'off', dropped: 0 }) });
    await bed.with(host, async ({ page: tab }) => {
      await tab.getByText('Recording is switched off.').waitFor();
      await tab.getByRole('button', { name: 'Open the setting' }).click();
      await host.heard('traffic.openSettings');
      await host.update({ trafficStanding: () => ({ recording: 'on', dropped: 0 }) });
      await tab.getByText('No messages yet.').waitFor();
      assert.equal(await tab.getByRole('button', { name: 'Open the setting' }).count(), 0);
    });
  });
});
