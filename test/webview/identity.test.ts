import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DashboardBed, themes } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { identities } from './harness/identityPage.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const serverId = 'user/issues';
const hostWith = (name: keyof typeof identities) =>
  new FakeHost(
    { kind: 'server', serverId, tab: 'identity', tool: undefined },
    { identityOf: () => identities[name] },
  );

suite('the identity page', () => {
  test('draws every verdict in every theme', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[])
      for (const name of Object.keys(identities) as (keyof typeof identities)[])
        await bed.with(hostWith(name), ({ page }) => page.getByTestId('identity').waitFor(), { theme });
  });

  test('hostile text is text: marked, isolated, nothing runs', async () => {
    await bed.with(hostWith('hostile'), async ({ page }) => {
      const tab = page.getByTestId('identity');
      await tab.locator('[data-check="host"]').getByText('does not belong to example.com').waitFor();
      const text = await tab.innerText();
      assert.match(text, /U\+202E/);
      assert.equal(text.includes('\u202E'), false);
      assert.equal(await tab.locator('img, a, script').count(), 0);
    });
  });

  test('problems come first, and every check that applies says what it proves', async () => {
    await bed.with(hostWith('hostile'), async ({ page }) => {
      const ids = await page
        .locator('[data-check]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-check')));
      assert.equal(ids.length, 20);
      assert.equal(ids[0], 'host');
      await page.getByTestId('verdict').getByText('Conflict.').waitFor();
      await page
        .getByTestId('identity-changes')
        .getByText('Verdict: Verified source, now Conflict.')
        .waitFor();
    });
  });

  test('checking again asks for this server, and for no older places', async () => {
    const host = hostWith('verified');
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('check-identity').click();
      assert.deepEqual(await host.heard('identity.check'), { serverId, olderCards: false });
    });
  });
});
