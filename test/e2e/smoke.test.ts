import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorkbench } from './support/workbench.ts';

test('the VSIX installs, activates and shows its container with its three views', () =>
  withWorkbench({}, async (workbench) => {
    await workbench.openContainer('MCP Switchboard');
    for (const view of ['Servers', 'Inbox', 'Jobs']) {
      await workbench.page.locator(`.sidebar .pane-header[aria-label^="${view}"]`).waitFor();
    }
    const log = await workbench.extensionLog();
    assert.doesNotMatch(log, /\[error\]/, log);
    await workbench.screenshot('smoke');
  }));
