import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';
import { DashboardBed } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { approval, everyKind, job, now, server, tool } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

function hostWith(inputSchema: JsonObject, lastArguments?: JsonObject, over = {}): FakeHost {
  return new FakeHost(
    { kind: 'server', serverId: 'user/s', tab: 'tools', tool: 'run' },
    {
      servers: [server('s', { tools: [tool('run', { inputSchema, ...over })] })],
      lastArguments: () => lastArguments,
      requests: [],
      openJobs: [],
    },
  );
}

const field = (page: Page, path: string): Locator => page.locator(`.field[data-path="${path}"]`);
const textbox = (page: Page, path: string): Locator =>
  field(page, path).locator('vscode-text-field input').first();
const runButton = (page: Page): Locator => page.getByTestId('run');

async function choose(page: Page, path: string, option: string): Promise<void> {
  const dropdown = field(page, path).locator('vscode-dropdown').first();
  await dropdown.click();
  await dropdown.getByRole('option', { name: option, exact: true }).click();
}

suite('the run form', () => {
  test('sends what was filled in, with defaults and without what was left open', async () => {
    const host = hostWith(everyKind);
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/symbol').fill('ACME');
      await field(page, '/notify').locator('vscode-checkbox').click();
      await choose(page, '/verbose', 'false');
      await choose(page, '/strategy', 'Trend following');
      await field(page, '/markets').getByText('XETRA').click();
      await field(page, '/markets').getByText('NYSE').click();
      await field(page, '/range/from').locator('input').fill('2026-01-31');
      await field(page, '/weights').getByRole('button', { name: 'Add Weights' }).click();
      await page.locator('.add-property input').fill('ACME');
      await page.getByRole('button', { name: 'Add property' }).click();
      await textbox(page, '/weights/ACME').fill('0.5');
      await field(page, '/stops').getByRole('button', { name: 'Add Stops' }).click();
      await field(page, '/stops').getByRole('button', { name: 'Stops: Add item' }).click();
      await textbox(page, '/stops/0/at').fill('12.5');
      await field(page, '/stops/0/note').getByRole('button', { name: 'Set to null' }).click();
      await choose(page, '/mode', 'Service');
      await textbox(page, '/mode/url').fill('https://data.example/');
      await field(page, '/extra').locator('textarea').fill('{"any": [1]}');
      await runButton(page).click();
      assert.deepEqual(await host.heard('tool.run'), {
        serverId: 'user/s',
        tool: 'run',
        mode: 'plain',
        arguments: {
          months: 6,
          notify: true,
          range: { from: '2026-01-31' },
          symbol: 'ACME',
          verbose: false,
          strategy: 'trend',
          markets: ['NYSE', 'XETRA'],
          weights: { ACME: 0.5 },
          stops: [{ at: 12.5, note: null }],
          mode: { url: 'https://data.example/' },
          extra: { any: [1] },
        },
      });
      await page.getByText('Done.').waitFor();
    });
  });

  test('shows what is wrong at its field, moves the focus there and sends nothing', async () => {
    const host = hostWith({
      type: 'object',
      required: ['name', 'size'],
      properties: {
        note: { type: 'string' },
        name: { type: 'string', minLength: 3 },
        size: { type: 'integer', maximum: 9 },
      },
    });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/size').fill('12x');
      await runButton(page).click();
      await field(page, '/name').getByText('This is required.').waitFor();
      await field(page, '/size').getByText('Not a whole number.').waitFor();
      assert.equal(await field(page, '/note').locator('.messages').count(), 0);
      assert.equal(await page.evaluate('document.activeElement.closest(".field").dataset.path'), '/name');
      assert.match(
        (await page.locator('#app [aria-live]').last().textContent()) ?? '',
        /2 things to correct/,
      );
      await textbox(page, '/name').fill('ab');
      await field(page, '/name').getByText('At least 3 characters.').waitFor();
      await textbox(page, '/name').fill('abc');
      await textbox(page, '/size').fill('9');
      await runButton(page).click();
      assert.deepEqual((await host.heard('tool.run')).arguments, { name: 'abc', size: 9 });
      assert.equal(host.asked('tool.run').length, 1);
    });
  });

  test('says nothing about a field before it was left', async () => {
    const host = hostWith({
      type: 'object',
      properties: { a: { type: 'string', minLength: 3 }, b: { type: 'string' } },
    });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/a').pressSequentially('x');
      assert.equal(await page.locator('.messages').count(), 0);
      await textbox(page, '/b').focus();
      await field(page, '/a').getByText('At least 3 characters.').waitFor();
    });
  });

  test('runs on Enter in a field and on Ctrl+Enter in a text of several lines', async () => {
    const host = hostWith({
      type: 'object',
      properties: { a: { type: 'string' }, long: { type: 'string', maxLength: 5000 } },
    });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/a').fill('x');
      await textbox(page, '/a').press('Enter');
      assert.deepEqual((await host.heard('tool.run')).arguments, { a: 'x' });
      const long = field(page, '/long').locator('textarea');
      await long.fill('one');
      await long.press('Enter');
      await long.pressSequentially('two');
      await long.press('Control+Enter');
      assert.deepEqual((await host.heard('tool.run', 2)).arguments, { a: 'x', long: 'one\ntwo' });
    });
  });

  test('keeps every value when switching to JSON and back, and stays in JSON that does not parse', async () => {
    const host = hostWith({ type: 'object', properties: { a: { type: 'string' }, n: { type: 'number' } } });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/a').fill('x');
      await page.getByRole('button', { name: 'JSON', exact: true }).click();
      const json = page.locator('textarea');
      assert.deepEqual(JSON.parse(await json.inputValue()), { a: 'x' });
      await json.fill('{"a": "y", "n": 3, "unknown": [true');
      await page.getByRole('button', { name: 'Form', exact: true }).click();
      await page.getByText('Not valid JSON (line 1, column 36).').waitFor();
      await json.fill('{"a": "y", "n": 3, "unknown": [true]}');
      await page.getByRole('button', { name: 'Form', exact: true }).click();
      assert.equal(await textbox(page, '/n').inputValue(), '3');
      await textbox(page, '/a').fill('z');
      await runButton(page).click();
      assert.deepEqual((await host.heard('tool.run')).arguments, { a: 'z', n: 3, unknown: [true] });
    });
  });

  test('refuses numbers that would be sent changed', async () => {
    const host = hostWith({ type: 'object', properties: { id: { type: 'integer' } } });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/id').fill('12345678901234567890');
      await runButton(page).click();
      await page.getByText('12345678901234567890 cannot be sent exactly as a number.').waitFor();
      assert.equal(host.asked('tool.run').length, 0);
    });
  });

  test('moves, removes and checks the items of a list', async () => {
    const host = hostWith(
      {
        type: 'object',
        properties: { list: { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: 3 } },
      },
      { list: ['a', 'b', 'c'] },
    );
    await bed.with(host, async ({ page }) => {
      assert.equal(await page.getByRole('button', { name: 'list: Add item' }).count(), 0);
      await page.getByRole('button', { name: 'Move list 3 up' }).click();
      assert.equal(await textbox(page, '/list/1').inputValue(), 'c');
      await page.getByRole('button', { name: 'Remove Item 1' }).click();
      await textbox(page, '/list/1').fill('');
      await runButton(page).click();
      await field(page, '/list/1').getByText('At least 1 characters.').waitFor();
      await textbox(page, '/list/1').fill('B');
      await runButton(page).click();
      assert.deepEqual((await host.heard('tool.run')).arguments, { list: ['c', 'B'] });
    });
  });

  test('keeps line breaks of pasted text', async () => {
    const host = hostWith({ type: 'object', properties: { code: { type: 'string' } } });
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/code').focus();
      await page.evaluate(`(() => {
        const data = new DataTransfer();
        data.setData('text/plain', 'one\\ntwo');
        document.querySelector('[data-path="/code"] vscode-text-field').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      })()`);
      assert.equal(await field(page, '/code').locator('textarea').inputValue(), 'one\ntwo');
    });
  });

  test('starts with the arguments of the last call, and resets to the defaults', async () => {
    const host = hostWith(
      { type: 'object', properties: { a: { type: 'string', default: 'start' } } },
      { a: 'last' },
    );
    await bed.with(host, async ({ page }) => {
      assert.equal(await textbox(page, '/a').inputValue(), 'last');
      await page.getByRole('button', { name: 'Reset' }).click();
      assert.equal(await textbox(page, '/a').inputValue(), 'start');
    });
  });

  test('keeps what was typed over a reload, but never a password', async () => {
    const plain = hostWith({ type: 'object', properties: { a: { type: 'string' } } });
    const kept: unknown[] = [];
    await bed.with(plain, async (dashboard) => {
      await textbox(dashboard.page, '/a').fill('draft');
      kept.push(await dashboard.kept((text) => text.includes('draft"')));
    });
    await bed.with(plain, async ({ page }) => assert.equal(await textbox(page, '/a').inputValue(), 'draft'), {
      saved: kept[0],
    });
    const secret = hostWith({
      type: 'object',
      properties: { a: { type: 'string' }, key: { type: 'string', format: 'password' } },
    });
    await bed.with(secret, async (dashboard) => {
      const { page } = dashboard;
      assert.equal(await textbox(page, '/key').getAttribute('type'), 'password');
      await textbox(page, '/key').fill('hunter2-secret');
      await page.getByRole('button', { name: 'Copy definition' }).focus();
      // The filter is saved after the password was typed, so this state was made with it in mind.
      await page.getByRole('textbox', { name: 'Filter tools' }).fill('run');
      const saved = await dashboard.kept((text) => text.includes('tools:user/s'));
      assert.ok(!JSON.stringify(saved).includes('hunter2'));
    });
  });

  test('shows the approval a run waits for, and can only open it', async () => {
    const host = hostWith({ type: 'object' });
    host.answers['tool.run'] = () => new Promise(() => undefined);
    await bed.with(host, async ({ page }) => {
      await runButton(page).click();
      await host.heard('tool.run');
      await page.getByText('Sending…').waitFor();
      await host.update({
        requests: [{ ...approval('ask', tool('run')), serverId: 'user/s' }],
      });
      await page.getByText('Waiting for your approval in the editor.').waitFor();
      await page.getByRole('button', { name: 'Show approval' }).click();
      assert.deepEqual(await host.heard('request.openApproval'), { requestId: 'ask' });
      assert.equal(await page.getByRole('button', { name: /allow/i }).count(), 0);
    });
  });

  test('finds its runs again after the view was away: the newest jobs of the tool, with their results', async () => {
    const host = hostWith({ type: 'object' });
    const done = job('done', {
      serverId: 'user/s',
      tool: 'run',
      status: { kind: 'completed' },
      endedAt: now,
      hasResult: true,
    });
    const running = job('live', {
      serverId: 'user/s',
      tool: 'run',
      progress: { progress: 1, total: 4, message: undefined },
    });
    host.state = {
      ...host.state,
      openJobs: [running, job('other', { serverId: 'user/s', tool: 'else' })],
      finishedJobs: [done],
    };
    await bed.with(host, async ({ page }) => {
      assert.equal(await page.locator('.run-line').count(), 2);
      await page.locator('.run-line').getByText('25 % · 4:00 elapsed').waitFor();
      await page.getByRole('button', { name: 'Open result' }).click();
      assert.deepEqual(await host.heard('job.openResult'), { jobId: 'done' });
      await page
        .locator('.run-line', { hasText: 'Running' })
        .getByRole('button', { name: 'Open job' })
        .click();
      assert.deepEqual(await host.heard('page.jobs'), { jobId: 'live' });
    });
  });

  for (const [what, count, raw] of [
    ['leads from a result to the app of the tool', 1, { _meta: { ui: { resourceUri: 'ui://x' } } }],
    ['names no app where the tool has none', 0, {}],
  ] as const)
    test(what, async () => {
      const host = hostWith({ type: 'object' }, undefined, { raw });
      const ours = { serverId: 'user/s', tool: 'run' };
      const done = { status: { kind: 'completed' }, endedAt: now, hasResult: true } as const;
      host.state = {
        ...host.state,
        openJobs: [job('live', ours)],
        finishedJobs: [job('done', { ...ours, ...done })],
      };
      await bed.with(host, async ({ page }) => {
        await page.getByRole('button', { name: 'Open result' }).waitFor();
        const open = page.getByRole('button', { name: 'Open app' });
        assert.equal(await open.count(), count);
        if (count === 0) return;
        await open.click();
        assert.deepEqual(await host.heard('job.openApp'), { jobId: 'done' });
      });
    });

  test('tells why a run was not sent', async () => {
    const host = hostWith({ type: 'object' });
    host.answers['tool.run'] = () => Promise.reject(new Error('the server\u202E is gone <b>'));
    await bed.with(host, async ({ page }) => {
      await runButton(page).click();
      await page.locator('.run-line').getByText('Nothing was sent: the server').waitFor();
    });
  });

  test('lets the user run when the check itself fails', async () => {
    const host = hostWith({ type: 'object', properties: { a: { type: 'string' } } });
    host.answers['tool.validate'] = () => Promise.reject(new Error('no validator'));
    await bed.with(host, async ({ page }) => {
      await runButton(page).click();
      assert.deepEqual((await host.heard('tool.run')).arguments, {});
    });
  });

  test('stays usable with 10,000 properties, 100 levels and names like __proto__', async () => {
    let deep: JsonObject = { type: 'string' };
    for (let i = 0; i < 100; i++) deep = { type: 'object', required: ['in'], properties: { in: deep } };
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'string' }]));
    const properties = JSON.parse(
      `{"__proto__":{"type":"string","title":"P"},"constructor":{"type":"string"}}`,
    ) as JsonObject;
    const host = hostWith({ type: 'object', properties: { ...properties, deep, ...many } });
    await bed.with(host, async ({ page }) => {
      await page.getByText('The schema is very large').waitFor();
      await textbox(page, '/__proto__').fill('x');
      await textbox(page, '/constructor').fill('y');
      assert.ok((await page.locator('*').count()) < 3000);
      await page.getByRole('button', { name: /Show \d+ more fields/ }).click();
      await textbox(page, '/p100').waitFor();
      assert.equal(await page.evaluate('({}).polluted'), undefined);
    });
  });
});
