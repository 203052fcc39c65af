import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page as DashboardPage } from '../../src/core/dashboard.ts';
import { DashboardBed, themes, type OpenDashboard } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { signIns } from './harness/signInPage.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const at = (name: string): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab: 'sign-in',
  tool: undefined,
});
const serverId = 'user/issues';
const hostWith = (name: keyof typeof signIns) =>
  new FakeHost(at('issues'), { signInOf: () => signIns[name] });
const commandsOf = ({ page }: OpenDashboard) =>
  page
    .locator('[data-testid^="auth-"]')
    .evaluateAll((all) =>
      all
        .map((one) => one.getAttribute('data-testid') ?? '')
        .filter((id) => !['auth-look', 'auth-copy', 'auth-status', 'auth-steps'].includes(id)),
    );

suite('the sign-in page', () => {
  test('draws every kind of sign-in in every theme', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[])
      for (const name of Object.keys(signIns) as (keyof typeof signIns)[])
        await bed.with(hostWith(name), ({ page }) => page.getByTestId('sign-in').waitFor(), { theme });
  });

  test('shows twelve steps in order, the failed one and those that were not reached', async () => {
    await bed.with(hostWith('refused'), async ({ page }) => {
      const results = await page
        .locator('[data-step]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-result')));
      assert.equal(results.length, 12);
      assert.deepEqual(results.slice(4, 7), ['ok', 'fail', 'skipped']);
      const failed = page.locator('[data-step="pkce"]');
      await failed.getByText('S256 is not advertised: refused.').waitFor();
      await failed.getByText('failed', { exact: true }).waitFor();
    });
  });

  test('offers what can be done, and sends it with the server', async () => {
    await bed.with(hostWith('signedOut'), async (dashboard) =>
      assert.deepEqual(await commandsOf(dashboard), ['auth-signIn']),
    );
    await bed.with(hostWith('expired'), async (dashboard) =>
      assert.deepEqual(await commandsOf(dashboard), [
        ...['auth-signIn', 'auth-switchAccount', 'auth-signOut', 'auth-forgetSignIn'],
      ]),
    );
    const host = hostWith('wantsMore');
    await bed.with(host, async (dashboard) => {
      const { page } = dashboard;
      const offered = await commandsOf(dashboard);
      assert.deepEqual(offered, [
        ...['auth-stepUp', 'auth-refreshSignIn', 'auth-switchAccount', 'auth-signOut', 'auth-forgetSignIn'],
      ]);
      for (const [i, id] of offered.entries()) {
        await page.getByTestId(id).click();
        const command = id.slice('auth-'.length);
        assert.deepEqual(await host.heard('auth.run', i + 1), { serverId, command });
      }
      await page.getByTestId('auth-look').click();
      assert.deepEqual(await host.heard('auth.look'), { serverId });
      await page.getByTestId('auth-copy').click();
      assert.deepEqual(await host.heard('auth.copy'), { serverId });
    });
  });

  test('marks other hosts and another audience, and shows foreign text as text', async () => {
    await bed.with(hostWith('wantsMore'), async ({ page }) => {
      const step = (id: string) => page.locator(`[data-step="${id}"]`);
      assert.equal(await step('issuer').getByText('other host').count(), 1);
      assert.equal(await step('challenge').getByText('other host').count(), 0);
      await page.getByText('not this server').waitFor();
      await page.getByText('issuer, token endpoint').waitFor();
      await page.getByText('What the token says').click();
      await page.getByText('<img src=x onerror=alert(1)>').waitFor();
      assert.equal(await page.locator('img').count(), 0);
      assert.match(await page.getByTestId('sign-in').innerText(), /<U\+202E>/);
      await step('server-metadata').getByText('2 addresses tried').click();
      await step('server-metadata').getByText('HTTP 404').waitFor();
    });
  });

  test('is a tab of remote servers only', async () => {
    const host = hostWith('signedOut');
    await bed.with(host, async ({ page }) => {
      await page.getByRole('tab', { name: 'Sign-in' }).waitFor();
      host.page = at('nightly');
      await host.send();
      await page.getByText('This server runs on this machine: it takes no sign-in.').waitFor();
      assert.equal(await page.getByRole('tab', { name: 'Sign-in' }).count(), 0);
    });
  });
});
