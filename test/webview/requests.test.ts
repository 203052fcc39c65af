import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { PromptRequest } from '../../src/core/requests.ts';
import { DashboardBed } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { approval, question, tool, urlQuestion } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const hostWith = (...requests: readonly PromptRequest[]) =>
  new FakeHost({ kind: 'requests', requestId: requests[0]?.id }, { requests });
const textbox = (page: Page, path: string) =>
  page.locator(`.field[data-path="${path}"] vscode-text-field input`).first();

const schema = {
  type: 'object',
  required: ['format', 'owner'],
  properties: {
    format: {
      type: 'string',
      title: 'Format',
      enum: ['csv', 'parquet'],
      enumNames: ['CSV table', 'Parquet'],
    },
    owner: { type: 'string', title: 'Owner', format: 'email' },
    columns: {
      type: 'array',
      title: 'Columns',
      items: {
        anyOf: [
          { const: 'id', title: 'Number' },
          { const: 'day', title: 'Day' },
        ],
      },
      minItems: 1,
    },
    rows: { type: 'integer', default: 10 },
  },
};

async function choose(page: Page, path: string, option: string): Promise<void> {
  const dropdown = page.locator(`.field[data-path="${path}"] vscode-dropdown`);
  await dropdown.click();
  await dropdown.getByRole('option', { name: option, exact: true }).click();
}

suite('a question', () => {
  test('always says which server, tool, job and caller it comes from', async () => {
    await bed.with(hostWith(question('q', schema)), async ({ page }) => {
      const origin = page.getByRole('group', { name: 'Where this comes from' });
      for (const text of ['nightly', 'export_data', 'Open job', 'claude-code'])
        await origin.getByText(text).waitFor();
    });
  });

  test('is checked, looked over and sent only then', async () => {
    const host = hostWith(question('q', schema));
    await bed.with(host, async ({ page }) => {
      await choose(page, '/format', 'CSV table');
      await textbox(page, '/owner').fill('nobody');
      await page.getByTestId('review').click();
      await page.getByText('Not a valid email.').waitFor();
      await textbox(page, '/owner').fill('me@example.com');
      await page.locator('.field[data-path="/columns"]').getByText('Day').click();
      await textbox(page, '/owner').press('Enter');
      const review = page.getByTestId('review-panel');
      await review.getByText('CSV table').waitFor();
      await review.getByText('me@example.com').waitFor();
      await review.getByText('Day').waitFor();
      assert.equal(host.asked('request.answer').length, 0);
      assert.equal(await page.evaluate('document.activeElement.tagName'), 'H3');
      await page.getByTestId('change').click();
      await textbox(page, '/owner').fill('you@example.com');
      await page.getByTestId('review').click();
      await page.getByTestId('send').click();
      assert.deepEqual(await host.heard('request.answer'), {
        requestId: 'q',
        answer: {
          kind: 'accept',
          content: { rows: 10, format: 'csv', owner: 'you@example.com', columns: ['day'] },
        },
      });
    });
  });

  test('keeps decline and dismiss apart', async () => {
    for (const [button, kind] of [
      ['decline', 'decline'],
      ['dismiss', 'cancel'],
    ] as const) {
      const host = hostWith(question('q', schema));
      await bed.with(host, async ({ page }) => {
        await page.getByTestId(button).click();
        assert.deepEqual(await host.heard('request.answer'), { requestId: 'q', answer: { kind } });
      });
    }
  });

  test('keeps what was typed for each of several questions, over a reload too', async () => {
    const host = hostWith(question('one', schema), question('two', schema, 'And this one?'));
    let saved: unknown;
    await bed.with(host, async (dashboard) => {
      const { page } = dashboard;
      await textbox(page, '/owner').fill('first@example.com');
      await page.getByRole('row', { name: /And this one/ }).click();
      await page.locator('.message').getByText('And this one?').waitFor();
      assert.equal(await textbox(page, '/owner').inputValue(), '');
      await textbox(page, '/owner').fill('second@example.com');
      await page.getByRole('row', { name: /In which format/ }).click();
      await page.locator('.message').getByText('In which format').waitFor();
      assert.equal(await textbox(page, '/owner').inputValue(), 'first@example.com');
      saved = await dashboard.kept(
        (text) => text.includes('second@example.com') && text.includes('first@example.com'),
      );
    });
    await bed.with(
      host,
      async ({ page }) => assert.equal(await textbox(page, '/owner').inputValue(), 'first@example.com'),
      { saved },
    );
  });

  test('gives the host what is typed, but no secret, and takes it back after a reload of the window', async () => {
    const secret = { type: 'string', title: 'API key' };
    const asking = question('q', { ...schema, properties: { ...schema.properties, apiKey: secret } });
    const host = hostWith(asking);
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/apiKey').fill('hunter2');
      await textbox(page, '/owner').fill('half@exam');
      const { requestId, draft } = await host.heard('request.keepDraft');
      assert.equal(requestId, 'q');
      assert.deepEqual(draft.value, { rows: 10, owner: 'half@exam' });
      assert.doesNotMatch(JSON.stringify(draft), /hunter2/);
    });
    const after = hostWith({ ...asking, id: 'another' });
    const kept = { value: { owner: 'half@exam' }, texts: {}, branches: {}, json: undefined };
    after.state = { ...after.state, draft: () => kept };
    await bed.with(after, async ({ page }) => {
      await page.locator('.field[data-path="/owner"]').waitFor();
      assert.equal(await textbox(page, '/owner').inputValue(), 'half@exam');
      assert.equal(await textbox(page, '/apiKey').inputValue(), '');
    });
  });

  test('keeps the answer when the host could not take it', async () => {
    const host = hostWith(question('q', { type: 'object', properties: { a: { type: 'string' } } }));
    host.answers['request.answer'] = () => Promise.reject(new Error('no longer open'));
    await bed.with(host, async ({ page }) => {
      await textbox(page, '/a').fill('precious');
      await page.getByTestId('review').click();
      await page.getByTestId('send').click();
      await page.getByRole('alert').getByText('no longer open').waitFor();
      await page.getByTestId('change').click();
      assert.equal(await textbox(page, '/a').inputValue(), 'precious');
    });
  });

  test('never makes a link of what a server writes', async () => {
    const message =
      'Go to https://evil.example/login or [here](command:x) <a href="https://evil.example">now</a>';
    await bed.with(hostWith(question('q', schema, message)), async ({ page }) => {
      await page.locator('.message').getByText(message).waitFor();
      assert.equal(await page.locator('a').count(), 0);
    });
  });

  test('says that it is closed when it was answered elsewhere', async () => {
    const host = hostWith(question('q', schema));
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('review').waitFor();
      await host.update({ requests: [] });
      await page.getByText('This request is closed').waitFor();
    });
  });
});

suite('a page that a server wants opened', () => {
  test('shows the whole address with its host and warns, and the host of the editor opens it', async () => {
    const host = hostWith(urlQuestion('u', 'https://bank.example@xn--pple-43d.com:8443/pay?x=1#top'));
    await bed.with(host, async ({ page }) => {
      assert.equal(await page.getByTestId('host').textContent(), 'xn--pple-43d.com:8443');
      assert.equal(
        (await page.getByTestId('url').textContent())?.replace(/\s/g, ''),
        'https://bank.example@xn--pple-43d.com:8443/pay?x=1#top',
      );
      for (const warning of ['which can imitate another name', 'user name before the host', 'unusual port'])
        await page.getByText(warning).waitFor();
      assert.equal(await page.locator('a').count(), 0);
      await page.getByTestId('open-url').click();
      assert.deepEqual(await host.heard('request.openUrl'), { requestId: 'u' });
      assert.equal(host.asked('request.answer').length, 0);
    });
  });

  test('cannot be opened when it is no web page, only refused', async () => {
    const host = hostWith(urlQuestion('u', 'javascript:alert(1)'));
    await bed.with(host, async ({ page }) => {
      await page.getByText('This is not a web address.').waitFor();
      assert.equal(await page.getByTestId('open-url').count(), 0);
      await page.getByTestId('decline').click();
      assert.deepEqual(await host.heard('request.answer'), { requestId: 'u', answer: { kind: 'decline' } });
    });
  });
});

suite('an approval', () => {
  test('is opened in its editor; nothing here can decide it', async () => {
    const host = hostWith(approval('a', tool('export_data')));
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('open-approval').click();
      assert.deepEqual(await host.heard('request.openApproval'), { requestId: 'a' });
      assert.equal(
        await page.getByRole('button', { name: /allow|deny|approve|decline|dismiss/i }).count(),
        0,
      );
    });
  });
});
