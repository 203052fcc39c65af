import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { root } from '../../scripts/processes.ts';
import { connect, lines } from './support/steps.ts';
import { until, withWorkbench, type Theme, type Workbench } from './support/workbench.ts';

const themes = ['dark', 'light', 'hc-dark', 'hc-light'] satisfies Theme[];

/** A workspace whose one server has resources of every kind; `note.txt` is the one that changes. */
function prepare(folder: string): void {
  const note = path.join(folder, 'note.txt');
  writeFileSync(note, 'first words\n');
  const args = [
    '--disable-warning=ExperimentalWarning',
    path.join(root, 'test/fixtures/servers/resourceServer.ts'),
    note,
  ];
  const library = { type: 'stdio', command: process.execPath, args };
  mkdirSync(path.join(folder, '.vscode'));
  writeFileSync(path.join(folder, '.vscode/mcp.json'), JSON.stringify({ servers: { library } }));
}

/** Shows the resources tab of the server's page. */
async function openTab(workbench: Workbench): Promise<ReturnType<Workbench['webview']>> {
  await workbench.contextAction(workbench.row(/^library/), 'Open Server Page');
  const page = workbench.webview();
  await page.getByRole('tab', { name: /^Resources/ }).click();
  await page.getByRole('grid', { name: 'Resources of library' }).waitFor();
  return page;
}

async function find(workbench: Workbench, text: string, name: string): Promise<void> {
  const page = workbench.webview();
  await page.getByRole('textbox', { name: 'Search resources' }).fill(text);
  await page.getByRole('grid').getByText(name, { exact: true }).first().click();
}

const status = (workbench: Workbench, text: string) =>
  workbench.page.locator('.statusbar-item', { hasText: text }).first();

test('resources are listed, searched, opened by kind, followed while they change, and saved', () =>
  withWorkbench({ prepare }, async (workbench) => {
    await connect(workbench, 'library', /resourceServer\.ts/);

    // The tree: thousands in groups, templates first.
    await workbench.expand(workbench.row(/^library/));
    await workbench.expand(workbench.row(/^Resources/));
    await workbench.row(/^Templates/).waitFor();
    await workbench.expand(workbench.row(/^many:\/\/folder\/, 3000|^many:\/\/folder\//));
    await workbench.row(/^0 … 99/).waitFor();

    const page = await openTab(workbench);
    await page.getByText('Note of today').first().waitFor();
    await find(workbench, 'note today', 'Note of today');
    const detail = page.getByTestId('resource-detail');
    await detail.getByText('people').waitFor();
    await detail.getByText('90', { exact: true }).waitFor();
    for (const theme of themes) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`resources-${theme}`);
    }
    await workbench.setTheme('dark');

    // Text, and live while it is open.
    await detail.getByTestId('open-resource').click();
    await lines(workbench).getByText('first words').waitFor();
    await status(workbench, 'Resource: live').waitFor();
    writeFileSync(path.join(workbench.folder, 'note.txt'), 'second words\n');
    await lines(workbench).getByText('second words').waitFor();
    await workbench.screenshot('resource-live');

    // Saved as the server sent it.
    const target = path.join(workbench.folder, 'saved.txt');
    await workbench.runCommand('MCP Switchboard: Save Resource As…');
    await workbench.answerFileDialog(target);
    await lines(workbench).getByText('second words').waitFor();
    await until('the saved file', () => existsSync(target));
    assert.equal(readFileSync(target, 'utf8'), 'second words\n');

    // A lost connection is shown, and the next one follows again.
    await workbench.inlineAction(workbench.row(/^library/), 'Stop Server');
    await status(workbench, 'Resource: connection lost').waitFor();
    await workbench.inlineAction(workbench.row(/^library/), 'Start Server');
    await status(workbench, 'Resource: live').waitFor();
    writeFileSync(path.join(workbench.folder, 'note.txt'), 'third words\n');
    await lines(workbench).getByText('third words').waitFor();

    // An image in the editor's own preview, other bytes in hexadecimal, JSON in our language.
    await workbench.tab('MCP Switchboard').first().click();
    await find(workbench, 'square.png', 'square.png');
    await page.getByTestId('open-resource').click();
    await workbench.tab('square.png').waitFor();
    await workbench.webview().locator('img').waitFor();
    await workbench.screenshot('resource-image');
    for (const [name, tab, text] of [
      ['memory', 'memory.bin.hex.txt', '00000010'],
      ['settings', 'settings.mcpjson', '"on"'],
      ['broken', 'broken.txt', 'not valid Base64'],
    ] as const) {
      await workbench.tab('MCP Switchboard').first().click();
      await find(workbench, name, name);
      await page.getByTestId('open-resource').click();
      await workbench.tab(tab).waitFor();
      await lines(workbench).getByText(text).first().waitFor();
      await workbench.screenshot(`resource-${name}`);
    }

    // A template, filled in with what the server suggests.
    await workbench.tab('MCP Switchboard').first().click();
    await find(workbench, 'weather', 'Weather of a city');
    await page.getByRole('combobox', { name: 'city' }).pressSequentially('ber');
    await page.getByRole('option', { name: 'Berlin' }).waitFor();
    for (const theme of themes) {
      await workbench.setTheme(theme);
      await page.getByRole('combobox', { name: 'city' }).focus();
      await page.getByRole('option', { name: 'Berlin' }).waitFor();
      await workbench.screenshot(`resource-template-${theme}`);
    }
    await page.getByRole('option', { name: 'Berlin' }).click();
    await page.getByTestId('open-resource').click();
    await lines(workbench).getByText('Sunny in Berlin').waitFor();
  }));
