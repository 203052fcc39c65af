import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { startProtectedDemo } from '../../scripts/demoWorkspace.ts';
import { filesWith, webviewMessages } from './support/marks.ts';
import { codeLens, fill, jobRow, openForm, openResult, run, approvals, lines } from './support/steps.ts';
import { withWorkbench, type Theme, type Workbench } from './support/workbench.ts';

/** The start of a signed token, as the demo's authorization server makes them. */
const token = /eyJhbGciOi[\w-]+\.eyJ/;

/** What the user does in the browser: any name and password, then consent. Resolves when the authorization server has sent the page back. */
async function signInAt(page: Page, address: string, user: string): Promise<void> {
  await page.goto(address);
  const login = page.locator('input[name="login"]');
  const consent = page.getByRole('button', { name: 'Continue' });
  await login.or(consent).first().waitFor();
  if (await login.isVisible()) {
    await login.fill(user);
    await page.locator('input[name="password"]').fill('any password');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  }
  await consent.click();
  await page.waitForURL((url) => url.href.includes('callback') || url.searchParams.has('code'));
}

/** Accepts the opening of the browser, and does there what a user does. */
async function throughBrowser(workbench: Workbench, user: string): Promise<string> {
  await workbench
    .modal()
    .getByText(/http:\/\/127\.0\.0\.1:\d+\/auth\?/)
    .waitFor();
  await workbench.screenshot(`sign-in-opening-${user}`);
  const detail = (await workbench.modal().textContent()) ?? '';
  const address = /http:\/\/127\.0\.0\.1:\d+\/auth\?[^\s<]+?(?=Copy Address|Open Browser|Cancel|$)/.exec(
    detail,
  )?.[0];
  assert.ok(address, `the whole address is shown: ${detail}`);
  await workbench.answerModal('Copy Address');
  const page = await workbench.page.context().newPage();
  await signInAt(page, address, user);
  await page.close();
  return address;
}

/** Looks at the sign-in on the server's page: who is signed in, for whom the token is, and the trail that leads there. */
async function inspect(workbench: Workbench): Promise<void> {
  await workbench.contextAction(workbench.row(/^releases/), 'Open Server Page');
  const page = workbench.webview();
  await page.getByRole('tab', { name: 'Sign-in' }).click();
  await page.getByText('this server', { exact: true }).first().waitFor();
  await page.getByText('registered by itself').first().waitFor();
  await page.getByRole('button', { name: 'Follow the trail' }).click();
  await page.getByText(/S256/).first().waitFor();
  await page.getByText('other host').first().waitFor();
  for (const theme of ['light', 'hc-dark', 'dark'] satisfies Theme[]) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`sign-in-inspector-${theme}`);
  }
  assert.doesNotMatch((await page.locator('body').innerText()) ?? '', token, 'no token is on the page');
}

test('a server that wants a sign-in gets one through the browser, more permissions when a tool needs them, and is left again', async () => {
  const releases = await startProtectedDemo();
  try {
    await withWorkbench(
      {
        files: { '.vscode/mcp.json': { servers: { releases: { type: 'http', url: releases.url } } } },
        settings: { 'mcpSwitchboard.authRedirect': 'loopback' },
      },
      async (workbench) => {
        const messages = await webviewMessages(workbench.page);
        await workbench.openContainer('MCP Switchboard');
        const row = workbench.row(/^releases/);
        await workbench.inlineAction(row, 'Start Server');
        await workbench.modal().getByText(releases.url).waitFor();
        await workbench.answerModal('Connect');
        await workbench.row(/^releases, sign-in needed/).waitFor();
        await workbench.row(/^Sign in/).waitFor();
        await workbench
          .notification(/wants you to sign in/)
          .first()
          .waitFor();
        await workbench.screenshot('sign-in-needed');

        await workbench.inlineAction(row, 'Sign In…');
        const address = await throughBrowser(workbench, 'ada');
        assert.match(new URL(address).searchParams.get('code_challenge_method') ?? '', /^S256$/);
        assert.equal(new URL(address).searchParams.get('resource'), releases.url);
        await workbench.row(/^releases, connected/).waitFor();
        await workbench.row(/^Sign in/).waitFor({ state: 'detached' });
        await workbench.screenshot('signed-in');
        await inspect(workbench);

        await openForm(workbench, 'releases', 'list_releases');
        await run(workbench, 'list_releases');
        await codeLens(workbench, 'Allow Once').click();
        const listed = jobRow(workbench, 'list_releases', 'completed');
        await listed.waitFor();

        await fill(await openForm(workbench, 'releases', 'publish_release'), { Version: '1.3.0' });
        await run(workbench, 'publish_release');
        await codeLens(workbench, 'Allow Once').click();
        await approvals(workbench, 'publish_release').waitFor({ state: 'detached' });
        await jobRow(workbench, 'publish_release', 'failed').waitFor();
        const more = workbench.row(/^Grant more permissions/);
        await more.waitFor();
        await workbench.screenshot('sign-in-more');
        await more.click();
        await throughBrowser(workbench, 'ada');
        await more.waitFor({ state: 'detached' });

        await workbench.inlineAction(jobRow(workbench, 'publish_release', 'failed'), 'Run Again');
        await codeLens(workbench, 'Allow Once').click();
        const published = jobRow(workbench, 'publish_release', 'completed');
        await published.waitFor();
        await openResult(workbench, published);
        await lines(workbench).getByText('1.3.0 is published.').first().waitFor();

        await workbench.contextAction(workbench.row(/^releases/), 'Sign Out');
        await workbench
          .notification(/signed out of releases; its tokens are revoked/)
          .first()
          .waitFor();
        await workbench.row(/^releases, sign-in needed/).waitFor();
        await workbench.screenshot('signed-out');

        assert.ok(messages.some((text) => text.includes('"kind":"state"')));
        assert.ok(!messages.some((text) => token.test(text)), 'no token reached a webview');
        const log = await workbench.extensionLog();
        assert.doesNotMatch(log, token, 'no token is in the log');
        const { userData, work } = workbench.server.profile;
        for (const folder of [userData, path.join(work, 'server-data'), workbench.folder])
          assert.deepEqual(filesWith(folder, token), [], 'no token is in a file');
      },
    );
  } finally {
    await releases.stop();
  }
});

test('where the browser is elsewhere, the answer comes through the editor’s own address', async () => {
  const releases = await startProtectedDemo();
  try {
    await withWorkbench(
      { files: { '.vscode/mcp.json': { servers: { releases: { type: 'http', url: releases.url } } } } },
      async (workbench) => {
        await workbench.openContainer('MCP Switchboard');
        await workbench.inlineAction(workbench.row(/^releases/), 'Start Server');
        await workbench.answerModal('Connect');
        const wanted = workbench.row(/^Sign in/);
        await wanted.waitFor();
        await wanted.click();
        const address = await throughBrowser(workbench, 'grace');
        const back = new URL(new URL(address).searchParams.get('redirect_uri') ?? '');
        assert.notEqual(back.hostname + back.pathname, '127.0.0.1/callback', 'no listener of this machine');
        await workbench.row(/^releases, connected/).waitFor();
      },
    );
  } finally {
    await releases.stop();
  }
});
