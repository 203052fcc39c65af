import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Resource, ResourceTemplate } from '../../src/core/connection.ts';
import type { Page as DashboardPage } from '../../src/core/dashboard.ts';
import { DashboardBed, type OpenDashboard } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { info, none, server, tool } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

type Page = OpenDashboard['page'];

function resource(uri: string, over: Partial<Resource> = {}): Resource {
  return {
    ...{ uri, name: uri, title: undefined, description: undefined, mimeType: undefined, size: undefined },
    raw: {},
    ...over,
  };
}

const city: ResourceTemplate = {
  uriTemplate: 'weather://{country}/{city}',
  name: 'weather',
  title: 'Weather of a city',
  description: undefined,
  mimeType: 'application/json',
  raw: { annotations: { audience: ['assistant'], priority: 0.75 } },
};

function listed(count: number) {
  const items = Array.from({ length: count }, (_, i) => resource(`notes://${i}`, { name: `Note ${i}` }));
  items[1] = resource('notes://1', {
    name: 'evil\u202Egnp.exe',
    mimeType: 'text/plain',
    size: 2048,
    raw: { annotations: { audience: ['user'], lastModified: '2026-01-02T03:04:05Z' } },
  });
  return {
    tools: { ...none, items: [tool('echo')] },
    resources: { ...none, items },
    resourceTemplates: { ...none, items: [city] },
    prompts: none,
  };
}

const page: DashboardPage = { kind: 'server', serverId: 'user/notes', tab: 'resources', tool: undefined };

function host(count = 1_000): FakeHost {
  const state = { kind: 'ready' as const, since: 1, info: info({ capabilities: { completions: {} } }) };
  return new FakeHost(page, { servers: [server('notes', { state, offer: listed(count) })] });
}

const grid = (page: Page) => page.getByRole('grid', { name: 'Resources of notes' });
const search = (page: Page) => page.getByRole('textbox', { name: 'Search resources' });

suite('the resources tab', () => {
  test('holds thousands, draws those in sight and asks for the others when they are scrolled to', async () => {
    const dashboard = host(9_999);
    await bed.with(dashboard, async ({ page }) => {
      await grid(page).getByText('Note 2', { exact: true }).waitFor();
      assert.equal(await grid(page).getAttribute('aria-rowcount'), '10000');
      assert.ok((await grid(page).getByRole('row').count()) < 40);
      await grid(page).getByRole('row').first().focus();
      await page.keyboard.press('End');
      await grid(page).getByText('Note 9998', { exact: true }).waitFor();
      assert.ok(dashboard.asked('resource.search').length < 8);
    });
  });

  test('is searched while typing, and says how many are left', async () => {
    await bed.with(host(), async ({ page }) => {
      await search(page).fill('note 77');
      await page.getByText('19 of 1,001 resources and templates').waitFor();
      await search(page).fill('nothing like this');
      await page.getByText('No resource has all words of “nothing like this”.').waitFor();
    });
  });

  test('shows what the server claims of a resource, its hidden characters as marks, and opens it', async () => {
    const dashboard = host();
    await bed.with(dashboard, async ({ page }) => {
      await grid(page).getByText('evil').click();
      const detail = page.getByTestId('resource-detail');
      await detail.getByText('people').waitFor();
      await detail.getByText('2.0 KB').or(detail.getByText('2 KB')).first().waitFor();
      await detail.getByText('1 hidden character').first().waitFor();
      assert.ok(!(await detail.innerText()).includes('\u202E'));
      await detail.getByTestId('open-resource').click();
      assert.deepEqual(await dashboard.heard('resource.open'), {
        serverId: 'user/notes',
        uri: 'notes://1',
      });
      await detail.getByRole('button', { name: 'Save as…' }).click();
      assert.deepEqual(await dashboard.heard('resource.save'), {
        serverId: 'user/notes',
        uri: 'notes://1',
      });
    });
  });

  test('a template is filled in with what the server suggests, by keyboard alone', async () => {
    const dashboard = host();
    dashboard.answers['completion.ask'] = async ({ argument }) => ({
      kind: 'values',
      values:
        argument.name === 'country'
          ? ['Switzerland', 'Sweden', 'x\u200By'].filter((one) => one.startsWith(argument.value))
          : ['Zürich'],
    });
    await bed.with(dashboard, async ({ page }) => {
      await grid(page).getByText('Weather of a city').click();
      const detail = page.getByTestId('template-detail');
      const country = detail.getByRole('combobox', { name: 'country' });
      await country.pressSequentially('Sw');
      await detail.getByRole('option', { name: 'Sweden' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.equal(await country.inputValue(), 'Switzerland');
      assert.equal(await country.getAttribute('aria-expanded'), 'false');
      const open = detail.getByTestId('open-resource');
      assert.notEqual(await open.getAttribute('disabled'), null);

      const town = detail.getByRole('combobox', { name: 'city' });
      await town.focus();
      await detail.getByRole('option', { name: 'Zürich' }).click();
      await detail.getByText('weather://Switzerland/Z%C3%BCrich').waitFor();
      const asked = dashboard.asked('completion.ask') as readonly { readonly context: object }[];
      assert.deepEqual(asked.at(-1)?.context, { country: 'Switzerland' });
      await town.focus();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      assert.deepEqual(await dashboard.heard('resource.open'), {
        serverId: 'user/notes',
        uri: 'weather://Switzerland/Z%C3%BCrich',
      });
    });
  });

  test('a list that changed is asked for again; what is chosen stays', async () => {
    const dashboard = host(10);
    await bed.with(dashboard, async ({ page }) => {
      await grid(page).getByText('Note 3', { exact: true }).click();
      const [first] = host(14).state.servers;
      await dashboard.update({ servers: [first!] });
      await grid(page).getByText('Note 13', { exact: true }).waitFor();
      await page.getByTestId('resource-detail').getByRole('heading', { name: 'Note 3' }).waitFor();
    });
  });
});
