import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DashboardBed, themes } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { answered, at, everything, show, use, withPrompts } from './harness/promptPage.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const hostAt = (name?: string) => new FakeHost(at(name), withPrompts);
const target = { serverId: 'user/prompts', prompt: 'explain_run' };

suite('the prompts of a server', () => {
  test('are listed, filtered and opened', async () => {
    const host = hostAt();
    await bed.with(host, async ({ page }) => {
      await page.getByText('Select a prompt').waitFor();
      await page.getByRole('textbox', { name: 'Filter prompts' }).fill('run expl');
      await page.getByText('1 of 43').waitFor();
      await page.getByRole('row', { name: /explain_run/ }).click();
      await page.getByRole('heading', { name: 'explain_run' }).waitFor();
      assert.equal(await page.getByTestId('prompt-field').count(), 2);
      await page.getByRole('combobox', { name: /^runId, required/ }).waitFor();
      await page.getByRole('combobox', { name: /^audience/ }).waitFor();
      assert.equal(await page.getByTestId('prompt-preview').count(), 0, 'nothing is fetched unasked');
      assert.deepEqual(host.asked('prompt.fetch'), []);
    });
  });

  test('ask the server when the user says so, with what was filled in and completed', async () => {
    const host = hostAt('explain_run');
    host.answers['completion.ask'] = async ({ argument, context }) => ({
      kind: 'values',
      values:
        argument.name === 'runId'
          ? ['r-1', 'r-2'].filter((value) => value.startsWith(argument.value))
          : [`for ${context['runId']}`],
    });
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('preview').click();
      await page.getByText('This is required.').waitFor();
      assert.deepEqual(host.asked('prompt.fetch'), []);
      const run = page.getByRole('combobox', { name: /^runId/ });
      assert.equal(await page.evaluate('document.activeElement.id'), await run.getAttribute('id'));
      await run.fill('r');
      await page.getByRole('option', { name: 'r-2' }).waitFor();
      await run.press('ArrowDown');
      await run.press('ArrowDown');
      await run.press('Enter');
      assert.equal(await run.inputValue(), 'r-2');
      await page.getByRole('combobox', { name: /^audience/ }).focus();
      await page.getByRole('option', { name: 'for r-2' }).click();
      await page.getByTestId('preview').click();
      assert.deepEqual(await host.heard('prompt.fetch'), {
        ...target,
        arguments: [
          { name: 'runId', value: 'r-2' },
          { name: 'audience', value: 'for r-2' },
        ],
      });
    });
  });

  test('keep what was typed over a reload of the page', async () => {
    const host = hostAt('explain_run');
    let saved: unknown;
    await bed.with(host, async (dashboard) => {
      await dashboard.page.getByRole('combobox', { name: /^runId/ }).fill('r-77');
      saved = await dashboard.kept((text) => text.includes('r-77'));
    });
    await bed.with(
      host,
      async ({ page }) => {
        assert.equal(await page.getByRole('combobox', { name: /^runId/ }).inputValue(), 'r-77');
      },
      { saved },
    );
  });

  test('take any name for an argument, and show its hidden characters', async () => {
    const host = hostAt('odd\u202Etpmorp');
    await bed.with(host, async ({ page }) => {
      await page.getByRole('heading', { name: 'odd<U+202E>tpmorp' }).waitFor();
      await page.getByRole('combobox', { name: /^__proto__/ }).fill('x');
      await page.getByRole('combobox', { name: /^line break<U\+0007>/ }).fill('y');
      await page.getByTestId('preview').click();
      assert.deepEqual((await host.heard('prompt.fetch')).arguments, [
        { name: '__proto__', value: 'x' },
        { name: 'line\nbreak\u0007', value: 'y' },
      ]);
    });
  });

  test('wait for the server, can be stopped, and lead to what it asks first', async () => {
    const host = hostAt('explain_run');
    await bed.with(host, async ({ page }) => {
      await show(host, use('explain_run', { kind: 'fetching' }));
      await page.getByRole('status').getByText('Waiting for the server…').waitFor();
      await host.update({
        requests: [
          {
            ...{ kind: 'elicitation-form', id: 'q1', serverId: 'user/prompts', serverName: 'prompts' },
            ...{ createdAt: 0, caller: undefined, jobId: undefined, tool: undefined },
            ...{ message: 'For whom?', schema: { type: 'object' } },
          },
        ],
      });
      await page.getByText('The server asks something first.').waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).last().click();
      assert.deepEqual(await host.heard('prompt.stop'), target);
      await page.getByRole('button', { name: 'Open inbox' }).click();
      assert.deepEqual(await host.heard('page.requests'), { requestId: 'q1' });
    });
  });

  test('show every kind of content as text, in every theme', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      const host = hostAt('explain_run');
      await bed.with(
        host,
        async ({ page }) => {
          await show(host, answered('explain_run', [], ...everything));
          const messages = page.locator('.prompt-message');
          assert.equal(await messages.count(), everything.length);
          await messages.nth(0).getByText('<U+202E>', { exact: true }).waitFor();
          await messages.nth(0).getByText('2 hidden characters').waitFor();
          await messages.nth(1).getByText('image/png').waitFor();
          await messages.nth(3).getByText('runs://42').waitFor();
          await messages.nth(3).getByText('{"return": 4.2}').waitFor();
          await messages.nth(4).getByText('file:///prices.csv').waitFor();
          await messages.nth(5).getByText('Unknown role: sys<U+202E>tem').waitFor();
          await messages.nth(5).getByText('<img src=x onerror=alert(1)>').waitFor();
          assert.equal(await page.locator('.prompt-messages img').count(), 0);
          await page.getByText('message 7 has content that is not an object').waitFor();
        },
        { theme },
      );
    }
  });

  test('are copied, opened and sent as they were shown; a chat that is not there is not offered', async () => {
    const host = hostAt('explain_run');
    const text = { role: 'user', content: { type: 'text', text: 'Explain #file:secrets.env.' } };
    await bed.with(host, async (dashboard) => {
      const { page } = dashboard;
      await show(host, answered('explain_run', [], text));
      await page.getByTestId('copy').click();
      assert.deepEqual(await host.heard('prompt.copy'), target);
      await page.locator('#app [aria-live]').getByText('The prompt was copied.').waitFor();
      await page.getByTestId('open-document').click();
      assert.deepEqual(await host.heard('prompt.open'), target);
      assert.equal(await page.getByTestId('send-to-chat').count(), 0);
      assert.equal(await page.getByText('#file:secrets.env').count(), 1);
      await host.update({ canSendToChat: () => true });
      await page.getByRole('note').getByText('#file:secrets.env').waitFor();
      await page.getByTestId('send-to-chat').click();
      assert.deepEqual(await host.heard('prompt.send'), target);
    });
  });

  test('say when the arguments are others than those that were answered', async () => {
    const host = hostAt('explain_run');
    await bed.with(host, async ({ page }) => {
      await show(host, answered('explain_run', [{ name: 'runId', value: 'r-1' }]));
      await page.getByText('The server answered without a message.').waitFor();
      const field = page.getByRole('combobox', { name: /^runId/ });
      assert.equal(await field.inputValue(), 'r-1', 'the form starts with what was used last');
      assert.equal(await page.getByText('The arguments changed since.').count(), 0);
      await field.fill('r-2');
      await page.getByText('The arguments changed since.').waitFor();
    });
  });

  test('say why the server gave nothing', async () => {
    const host = hostAt('explain_run');
    await bed.with(host, async ({ page }) => {
      await show(
        host,
        use('explain_run', { kind: 'failed', message: 'no run r\u202E-1', nextStep: 'Choose another.' }),
      );
      const alert = page.getByRole('alert').filter({ hasText: 'The server did not give the messages' });
      await alert.getByText('no run r<U+202E>-1').waitFor();
      await alert.getByText('Choose another.').waitFor();
    });
  });

  test('that are set aside are reviewed, not used', async () => {
    const host = hostAt('explain_run');
    const item = { kind: 'prompt', name: 'explain_run', state: 'changed', changes: [{ class: 'text' }] };
    const reviews = new Map([['user/prompts', { scope: {}, serverName: 'prompts', items: [item] }]]);
    await bed.with(host, async ({ page }) => {
      await host.update({
        definitions: { reviews: { get: () => reviews }, accepted: () => undefined } as never,
      });
      await page.getByText('This prompt is not as you accepted it.').waitFor();
      await page.getByRole('combobox', { name: /^runId/ }).fill('x');
      assert.equal(await page.locator('[data-testid=preview][disabled]').count(), 1);
      await page.getByRole('combobox', { name: /^runId/ }).press('Enter');
      await page.getByTestId('review').click();
      assert.deepEqual(await host.heard('prompt.review'), target);
      assert.deepEqual(host.asked('prompt.fetch'), []);
      assert.deepEqual(host.asked('completion.ask'), []);
    });
  });
});

suite('the log level of a server', () => {
  const overview = { kind: 'server', serverId: 'user/prompts', tab: 'overview', tool: undefined } as const;

  test('is chosen on the overview, and given up again', async () => {
    const [server] = withPrompts.servers;
    assert.ok(server?.state.kind === 'ready');
    const info = { ...server.state.info, capabilities: { logging: {} } };
    const logging = { ...server, state: { ...server.state, info } };
    const host = new FakeHost(overview, { ...withPrompts, servers: [logging] });
    await bed.with(host, async ({ page }) => {
      const level = page.locator('#log-level');
      await level.click();
      await level.getByRole('option', { name: 'warning' }).click();
      assert.deepEqual(await host.heard('server.setLogLevel'), {
        serverId: 'user/prompts',
        level: 'warning',
      });
      await host.update({ servers: [{ ...logging, logLevel: 'warning' }] });
      await level.click();
      await level.getByRole('option', { name: 'as the server likes' }).click();
      assert.deepEqual(await host.heard('server.setLogLevel', 2), { serverId: 'user/prompts' });
    });
  });

  test('is not offered for a server that says that it sends no messages', async () => {
    await bed.with(new FakeHost(overview, withPrompts), async ({ page }) => {
      await page.getByText('It says that it sends no log messages.').waitFor();
      assert.equal(await page.locator('#log-level').count(), 0);
    });
  });
});
