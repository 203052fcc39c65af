import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DashboardBed, themes } from './harness/dashboardBed.ts';
import { InstallHost, weather } from './harness/installHost.ts';
import { userSource } from '../fakes/installBed.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const secret = 'sk-very-secret-value';

/** The host with the page of a server that is run by npx. */
async function local(...versions: readonly string[]): Promise<InstallHost> {
  const host = new InstallHost(versions.map((version) => weather(version)));
  await host.open();
  host.bed.installer.choose(host.bed.flow.id, { option: 'package:0' });
  return host;
}

suite('the install page', () => {
  test('offers every package and remote, and says why one is refused', async () => {
    const host = new InstallHost([weather('1.0.0')]);
    await host.open();
    await bed.with(host, async ({ page }) => {
      const options = page.getByRole('radiogroup', { name: 'What to install' });
      assert.equal(await options.getByRole('radio').count(), 5);
      assert.equal(await options.getByRole('radio', { name: /region/ }).isChecked(), true);
      await options.getByText('uvx not found').waitFor();
      await options.getByRole('radio', { name: /conda/ }).check();
      await page.getByText('packages of the kind "conda" are not known').last().waitFor();
      assert.equal(await page.getByTestId('review').count(), 0);
      await options.getByRole('radio', { name: /pypi/ }).check();
      await page.getByTestId('missing').getByText('Install uv').waitFor();
    });
  });

  test('goes from answers over the review to consent in the editor; the secret leaves the page with its answer', async () => {
    const host = await local('1.0.0');
    await bed.with(host, async ({ page }) => {
      await page.getByTestId('review').click();
      await page.getByText('WEATHER_API_KEY is required').first().waitFor();
      await page.getByRole('textbox', { name: /^WEATHER_API_KEY/ }).fill(secret);
      await page.getByRole('textbox', { name: /^Name in the file/ }).fill('forecast');
      await page.getByTestId('review').click();
      const review = page.getByTestId('install-review');
      await review.getByText('npx -y @example/weather-mcp@1.0.0 --units metric').waitFor();
      await review.getByText('NODE_OPTIONS: changes how programs run').waitFor();
      await review.getByText('(the file is made)').waitFor();
      await review.getByText('"forecast": {').waitFor();
      assert.ok(!(await page.content()).includes(secret));
      assert.equal(host.bed.confirmed.length, 0);
      await page.getByTestId('confirm').click();
      await page.getByTestId('install-done').waitFor();
      assert.equal(host.bed.confirmed.length, 1);
      assert.deepEqual(Object.keys(host.bed.userFile.servers), ['forecast']);
      await page.getByTestId('undo').click();
      await page.getByText('No installation is open.').waitFor();
      assert.equal(host.bed.texts.get(userSource.file), undefined);
    });
  });

  test('keeps what was filled in while another name or file is chosen', async () => {
    const host = await local('1.0.0');
    await bed.with(host, async ({ page }) => {
      const key = page.getByRole('textbox', { name: /^WEATHER_API_KEY/ });
      await key.fill(secret);
      await page.getByRole('textbox', { name: /^Name in the file/ }).fill('another');
      await page.getByRole('radio', { name: /^Cursor/ }).check();
      assert.equal(await key.inputValue(), secret);
      await page.getByTestId('review').click();
      await page.getByText('this file can hold secrets only as plain text').waitFor();
      await page.getByRole('radio', { name: /^User/ }).check();
      await page.getByTestId('review').click();
      await page.getByTestId('install-review').getByText('"another": {').waitFor();
    });
  });

  test('a name that is taken keeps the review away', async () => {
    const host = await local('1.0.0');
    host.bed.texts.set(userSource.file, '{"servers":{"taken":{"command":"x"}}}');
    await host.open();
    await bed.with(host, async ({ page }) => {
      await page.getByRole('textbox', { name: /^Name in the file/ }).fill('taken');
      await page.getByRole('alert').getByText('The name is taken in this file.').waitFor();
      assert.equal(await page.getByTestId('review').getAttribute('disabled'), '');
    });
  });

  test('back from the review the secret is kept without being shown', async () => {
    const host = await local('1.0.0');
    await bed.with(host, async ({ page }) => {
      await page.getByRole('textbox', { name: /^WEATHER_API_KEY/ }).fill(secret);
      await page.getByTestId('review').click();
      await page.getByRole('button', { name: 'Back' }).click();
      const key = page.getByRole('textbox', { name: /^WEATHER_API_KEY/ });
      assert.equal(await key.inputValue(), '');
      await page.getByText('A value is stored; leave this empty to keep it.').waitFor();
      await page.getByTestId('review').click();
      await page.getByTestId('confirm').click();
      await page.getByTestId('install-done').waitFor();
      assert.equal(await host.bed.secrets.get('input/user/weather-WEATHER_API_KEY'), secret);
    });
  });

  test('an update shows what changes and cannot be moved', async () => {
    const host = new InstallHost([weather('2.0.0'), weather('1.0.0')]);
    await host.open('com.example/weather', '1.0.0');
    host.bed.installer.choose(host.bed.flow.id, { option: 'package:0' });
    const id = await host.bed.finish({ WEATHER_API_KEY: secret });
    await host.bed.installer.openUpdate(id, 'update', new AbortController().signal);
    await bed.with(host, async ({ page }) => {
      const diff = page.getByTestId('version-diff');
      await diff.getByText('@example/weather-mcp@1.0.0').waitFor();
      await diff.getByText('@example/weather-mcp@2.0.0').waitFor();
      assert.equal(await page.getByRole('radio', { name: /^Cursor/ }).count(), 0);
      await page.getByTestId('review').click();
      await page.getByTestId('confirm').click();
      await page.getByText('Updated.').waitFor();
      assert.equal(host.bed.records.get(id)?.version, '2.0.0');
    });
  });

  test('shows hostile text as text, in every theme and on a narrow page', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      const host = await local('1.0.0');
      await bed.with(
        host,
        async ({ page }) => {
          await page.getByText('<b>hourly</b>').waitFor();
          assert.ok(!((await page.locator('#app').textContent()) ?? '').includes('\u202E'));
          assert.equal(await page.locator('img, a[href], iframe').count(), 0);
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
        },
        { theme, width: 380 },
      );
    }
  });

  test('says that no installation is open', async () => {
    const host = new InstallHost([]);
    await bed.with(host, ({ page }) => page.getByText('No installation is open.').waitFor());
  });
});
