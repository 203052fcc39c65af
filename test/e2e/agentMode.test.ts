import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { transformSync } from 'esbuild';
import { addExtension } from '../../scripts/vscode/extensions.ts';
import type { Profile } from '../../scripts/vscode/server.ts';
import { approvals, codeLens, connectNightly, jobRow } from './support/steps.ts';
import { until, withWorkbench, type Workbench } from './support/workbench.ts';
import { callsReceived, writeWorkspace } from './workspaces.ts';

const modelId = 'switchboard-test.scripted-model';

/** A language model of our own, as an extension: the editor's agent has nothing else to think with here. */
function addModel({ extensions }: Profile): void {
  addExtension(extensions, modelId, (location) => {
    const [publisher, name] = modelId.split('.');
    const manifest = {
      ...{
        name,
        publisher,
        version: '1.0.0',
        displayName: 'Scripted model',
        engines: { vscode: '^1.110.0' },
      },
      ...{ main: './main.cjs', activationEvents: ['onStartupFinished'] },
      contributes: { languageModelChatProviders: [{ vendor: 'scripted', displayName: 'Scripted' }] },
    };
    const source = readFileSync(path.join(import.meta.dirname, 'support/scriptedModel.ts'), 'utf8');
    const { code } = transformSync(source, { loader: 'ts', format: 'cjs' });
    writeFileSync(path.join(location, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(location, 'main.cjs'), code);
  });
}

/** The editor's own agents are an extension that a fresh profile has switched off. */
async function enableAgents(workbench: Workbench): Promise<void> {
  await workbench.page.evaluate(`(async () => {
    for (const { name } of await indexedDB.databases()) {
      if (!/^vscode-web-state-db/.test(name)) continue;
      await new Promise((resolve) => {
        const open = indexedDB.open(name);
        open.onsuccess = () => {
          const change = open.result.transaction('ItemTable', 'readwrite');
          change.objectStore('ItemTable').put('[]', 'extensionsIdentifiers/disabled');
          change.oncomplete = () => (open.result.close(), resolve());
        };
      });
    }
  })()`);
  await workbench.reload();
}

const chat = (workbench: Workbench) => workbench.page.locator('.part.auxiliarybar');

test('the editor’s agent starts a long task through the gateway, goes on with a handle, and reads the result later', () =>
  withWorkbench(
    {
      prepare: (folder) => writeWorkspace(folder, { speed: 20 }),
      install: addModel,
      settings: {
        'chat.byokUtilityModelDefault': 'mainAgent',
        // The editor would start the servers of the workspace itself, beside the gateway.
        'chat.mcp.autostart': 'never',
        'github.copilot.chat.virtualTools.threshold': 0,
        'mcpSwitchboard.gateway.jobTools': true,
      },
    },
    async (workbench) => {
      await enableAgents(workbench);
      await connectNightly(workbench);
      await workbench.runCommand('MCP Switchboard: Connect an Agent…');
      await workbench.pick('VS Code');
      await workbench.notification('VS Code’s agents now have your servers').waitFor();
      await workbench.runCommand('MCP: List Servers');
      await workbench.pick('MCP Switchboard');
      await workbench.pick(/Start Server/);

      await workbench.runCommand('Chat: Open Chat');
      await workbench.screenshot('agent-mode-chat');
      const input = chat(workbench).locator('.interactive-input-part .monaco-editor').first();
      await input.click();
      await workbench.page.keyboard.type('Backtest NOVA, please.');
      await workbench.page.keyboard.press('Enter');
      // The editor asks for itself before it sends anything; what counts is asked by us afterwards.
      const allow = chat(workbench).locator('a.monaco-text-button[aria-label^="Allow"]:visible').first();
      const pressAllow = async () => {
        if (await allow.isVisible()) await allow.click({ timeout: 2_000 }).catch(() => undefined);
      };
      await until(
        'the approval of the call',
        async () => {
          await pressAllow();
          return approvals(workbench, 'run_backtest').first().isVisible();
        },
        90_000,
      );
      await codeLens(workbench, 'Allow Once').waitFor();
      await workbench.screenshot('agent-mode-approval');
      await until(
        'the chat to go on',
        async () => {
          await pressAllow();
          return chat(workbench)
            .getByText(/GOT A HANDLE/)
            .first()
            .isVisible();
        },
        60_000,
      );
      await codeLens(workbench, 'Allow Once').click();
      await jobRow(workbench, 'run_backtest', 'running').waitFor();
      await workbench.screenshot('agent-mode-running');
      await until(
        'the result in the chat',
        async () => {
          await pressAllow();
          return chat(workbench)
            .getByText(/THE RESULT IS IN/)
            .first()
            .isVisible();
        },
        180_000,
      );
      await jobRow(workbench, 'run_backtest', 'completed').waitFor();
      await workbench.screenshot('agent-mode-result');
      assert.equal(callsReceived(workbench.folder, 'run_backtest'), 1);
    },
  ));
