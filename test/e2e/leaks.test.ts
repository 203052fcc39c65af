import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startTellingHttp, tellingStdio } from '../fixtures/servers/telling.ts';
import { filesWith, mark, webviewMessages } from './support/marks.ts';
import { codeLens, jobRow, openForm, run } from './support/steps.ts';
import { until, withWorkbench, type Workbench } from './support/workbench.ts';

const tabs = ['Overview', 'Tools', 'Resources', 'Prompts', 'Identity', 'Connection', 'Quality', 'Traffic'];

interface Browser {
  readonly navigator: { readonly clipboard: { readText(): Promise<string> } };
}

/** Runs a tool of the server, allowed once, to its end. */
async function runTool(workbench: Workbench, server: string, tool: string, standing: string): Promise<void> {
  await openForm(workbench, server, tool);
  await run(workbench, tool);
  await codeLens(workbench, 'Allow Once').click();
  await jobRow(workbench, tool, standing).waitFor();
}

/** Opens every tab of a server's page, and has the connection diagnosed. */
async function walk(workbench: Workbench, server: string): Promise<void> {
  await workbench.contextAction(workbench.row(new RegExp(`^${server}`)), 'Open Server Page');
  const page = workbench.webview();
  for (const tab of tabs) {
    await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
    await page.getByRole('tabpanel').waitFor();
    if (tab !== 'Connection') continue;
    await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
    await page.getByRole('button', { name: 'Copy report' }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Diagnose again' }).waitFor({ timeout: 30_000 });
  }
}

test('a secret that a server repeats wherever it can reaches no webview, log, file, export or copied report', async () => {
  const http = await startTellingHttp();
  const given = { word: mark('input'), file: mark('envfile'), key: mark('key'), bearer: mark('bearer') };
  const secrets = new RegExp(Object.values(given).join('|'));
  const { command, args } = tellingStdio();
  let folder = '';
  try {
    await withWorkbench(
      {
        prepare: (at) => {
          folder = at;
        },
        home: { 'telling.env': `TELL_FILE_SECRET=${given.file}\n` },
        env: { TELLING_KEY: given.key, TELLING_BEARER: given.bearer },
        files: {
          '.vscode/mcp.json': {
            inputs: [{ id: 'word', type: 'promptString', description: 'The word', password: true }],
            servers: {
              local: {
                ...{ type: 'stdio', command },
                args: ['--disable-warning=ExperimentalWarning', ...args],
                env: { TELL_WORD: '${input:word}', TELL_API_KEY: '${env:TELLING_KEY}' },
                envFile: '${userHome}/telling.env',
              },
              remote: {
                ...{ type: 'http', url: `${http.url}/mcp` },
                headers: { Authorization: 'Bearer ${env:TELLING_BEARER}' },
              },
            },
          },
        },
      },
      async (workbench) => {
        const messages = await webviewMessages(workbench.page);
        await workbench.openContainer('MCP Switchboard');
        await workbench.inlineAction(workbench.row(/^local/), 'Start Server');
        await workbench
          .modal()
          .getByText(/telling\.ts/)
          .waitFor();
        await workbench.screenshot('leaks-consent');
        assert.doesNotMatch((await workbench.modal().textContent()) ?? '', secrets);
        await workbench.answerModal('Start Server');
        const password = workbench.page.locator('.quick-input-widget:visible input[type=password]');
        await password.fill(given.word);
        await password.press('Enter');
        await workbench.row(/^local, connected/).waitFor();
        await runTool(workbench, 'local', 'say', 'completed');
        await runTool(workbench, 'local', 'fail', 'failed');
        await runTool(workbench, 'local', 'refuse', 'the tool reported an error');
        await runTool(workbench, 'local', 'work', 'failed');
        await walk(workbench, 'local');
        await workbench.webview().getByRole('tab', { name: 'Connection' }).click();
        await workbench.webview().getByRole('button', { name: 'Copy report' }).click();
        await runTool(workbench, 'local', 'crash', 'failed');
        await workbench.inlineAction(workbench.row(/^remote/), 'Start Server');
        await workbench.modal().getByText(http.url).waitFor();
        await workbench.answerModal('Connect');
        await workbench.row(/^remote, connected/).waitFor();
        // The tools of both have the same names: only one list of them is open.
        await workbench.row(/^local/).click();
        await workbench.page.keyboard.press('ArrowLeft');
        await workbench.row(/^ask/).waitFor({ state: 'detached' });
        await runTool(workbench, 'remote', 'refuse', 'the tool reported an error, remote');
        await walk(workbench, 'remote');
        await workbench.runCommand('MCP Switchboard: Open Activity');
        await workbench.webview().getByRole('heading', { name: 'Activity' }).waitFor();
        const file = path.join(folder, 'log.jsonl');
        await workbench.webview().getByRole('button', { name: 'Export…' }).click();
        await workbench.pick('JSON Lines');
        await workbench.answerFileDialog(file);
        await until('the exported file', () => existsSync(file));

        const states = messages.filter((text) => text.includes('"kind":"state"'));
        assert.ok(states.length > 20, `${states.length} states reached the dashboard`);
        assert.ok(
          states.some((text) => text.includes('(hidden)')),
          'the server said its secrets, and they were hidden',
        );
        assert.deepEqual(
          messages.filter((text) => secrets.test(text)).map((text) => text.slice(0, 400)),
          [],
        );
        assert.doesNotMatch(await workbench.extensionLog(), secrets);
        assert.doesNotMatch(readFileSync(file, 'utf8'), secrets);
        await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        const copied = await workbench.page.evaluate(() =>
          (globalThis as unknown as Browser).navigator.clipboard.readText(),
        );
        assert.match(copied, /local/);
        assert.doesNotMatch(copied, secrets);
        const { userData, work } = workbench.server.profile;
        for (const place of [userData, path.join(work, 'server-data'), workbench.folder])
          assert.deepEqual(filesWith(place, secrets), []);
      },
    );
  } finally {
    await http.close();
  }
});
