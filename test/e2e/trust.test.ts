import test from 'node:test';
import { connectEverything } from './support/steps.ts';
import { withWorkbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

test('a restricted workspace starts none of its servers, and can once it is trusted', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder), workspaceTrust: true }, async (workbench) => {
    await workbench.openContainer('MCP Switchboard');
    const server = workbench.row(/^everything, blocked: .*trust/i);
    await server.waitFor();
    await workbench.row(/^nightly, blocked/).waitFor();
    await workbench.screenshot('restricted');

    await workbench.trustWorkspace();
    await server.waitFor({ state: 'detached' });
    await connectEverything(workbench);
  }));

test('a restricted workspace without servers says what trust is for, and leads to it', () =>
  withWorkbench({ workspaceTrust: true }, async (workbench) => {
    await workbench.openContainer('MCP Switchboard');
    const welcome = workbench.page.locator('.sidebar').getByText(/This workspace is restricted/);
    await welcome.waitFor();
    await workbench.screenshot('restricted-welcome');
    await workbench.setTheme('hc-light');
    await workbench.screenshot('restricted-welcome-hc-light');
    await workbench.page.locator('.sidebar').getByText('trust it', { exact: true }).click();
    await workbench.page.locator('.workspace-trust-editor').waitFor();
  }));
