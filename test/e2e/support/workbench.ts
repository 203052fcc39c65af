import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { vsixPath } from '../../../scripts/package.ts';
import { descendants, root } from '../../../scripts/processes.ts';
import { launchBrowser } from '../../../scripts/vscode/browser.ts';
import {
  createProfile,
  extensionLogs,
  installVsix,
  startServer,
  type Profile,
  type VsCodeServer,
} from '../../../scripts/vscode/server.ts';

/** What a workbench starts with. */
export interface WorkbenchOptions {
  /** Files of the workspace by relative path; an object is written as JSON. */
  readonly files?: Readonly<Record<string, string | object>>;
  /** Fills the workspace folder before it is opened. */
  readonly prepare?: (folder: string) => void;
  /** Files of the user's home by relative path. */
  readonly home?: Readonly<Record<string, string | object>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** True: the workspace is restricted until somebody trusts it. */
  readonly workspaceTrust?: boolean;
  /** Another VSIX than the one of this repository. */
  readonly vsix?: string;
  /** Adds to the installation, once the VSIX is in it. */
  readonly install?: (profile: Profile) => void;
}

const themes = {
  dark: { label: 'Dark Modern', mark: 'vs-dark' },
  light: { label: 'Light Modern', mark: 'vs' },
  'hc-dark': { label: 'Dark High Contrast', mark: 'hc-black' },
  'hc-light': { label: 'Light High Contrast', mark: 'hc-light' },
} as const;

/** A colour theme the tests look at. */
export type Theme = keyof typeof themes;

const extensionId = 'mcp-switchboard.mcp-switchboard';
const attempts = 4;

/** Runs `test` in a fresh VS Code with our VSIX; leaves a screenshot and the logs when it fails, and no process in any case. */
export async function withWorkbench(
  options: WorkbenchOptions,
  test: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const workbench = await Workbench.start(options);
  try {
    await test(workbench);
  } catch (error) {
    await workbench.report();
    throw error;
  } finally {
    await workbench.dispose();
  }
}

const viewport = { width: 1400, height: 900 };

/** A real VS Code in a headless browser, driven as a person would. */
export class Workbench {
  /** The workspace folder on disk. */
  readonly folder: string;
  readonly page: Page;
  readonly server: VsCodeServer;
  readonly #browser: Browser;
  readonly #console: string[] = [];
  readonly #others: Workbench[] = [];

  private constructor(folder: string, server: VsCodeServer, browser: Browser, page: Page) {
    this.folder = folder;
    this.server = server;
    this.page = page;
    this.#browser = browser;
    page.on('console', (message) => this.#console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.#console.push(`page error: ${error.message}`));
  }

  /** Installs the VSIX into a fresh profile, starts VS Code and opens the workspace. */
  static async start(options: WorkbenchOptions = {}): Promise<Workbench> {
    const profile = createProfile(mkdtempSync(path.join(tmpdir(), 'switchboard-e2e-')));
    const folder = path.join(profile.work, 'workspace');
    mkdirSync(folder);
    options.prepare?.(folder);
    writeFiles(folder, options.files);
    writeFiles(profile.home, options.home);
    await installVsix(profile, options.vsix ?? vsixPath());
    options.install?.(profile);
    const server = await startServer(profile, options);
    const browser = await launchBrowser();
    try {
      const context = await browser.newContext({ viewport });
      const workbench = new Workbench(folder, server, browser, await context.newPage());
      await workbench.page.goto(server.url(folder));
      await workbench.ready();
      return workbench;
    } catch (error) {
      await browser.close();
      await server.stop();
      throw error;
    }
  }

  /**
   * Another window of the same VS Code with the same user data, on a folder, a `.code-workspace` file or, with neither, on nothing. It
   * closes with the first one. Once the first page of a browser has gone, the update of the editor's service worker, which every web view
   * awaits, may never end in its other pages: a window that outlives the first one belongs into another browser, which knows what this one
   * has stored so far.
   */
  async openWindow(
    place: { readonly folder?: string; readonly workspace?: string } = {},
    browser: 'same' | 'another' = 'same',
  ): Promise<Workbench> {
    const before = new Set(this.extensionHostPids());
    const mine = this.page.context();
    const context =
      browser === 'same'
        ? mine
        : await this.#browser.newContext({
            viewport,
            storageState: await mine.storageState({ indexedDB: true }),
          });
    const other = new Workbench(
      place.folder ?? this.folder,
      this.server,
      this.#browser,
      await context.newPage(),
    );
    const address = new URL(this.server.url(this.folder));
    address.searchParams.delete('folder');
    if (place.folder === undefined && place.workspace === undefined) address.searchParams.set('ew', 'true');
    for (const [key, file] of Object.entries(place)) address.searchParams.set(key, file);
    this.#others.push(other);
    await other.page.goto(address.href);
    await other.ready();
    await until(
      'an extension host of the other window',
      () => this.extensionHostPids().some((pid) => !before.has(pid)), // the one of a closed window may end meanwhile
      60_000,
    );
    return other;
  }

  /** Resolves when the workbench is up and its extension host runs. */
  async ready(): Promise<void> {
    await this.page
      .locator('.monaco-workbench .part.statusbar .statusbar-item')
      .first()
      .waitFor({ timeout: 60_000 });
    await until('an extension host to run', () => this.extensionHostPids().length > 0, 60_000);
  }

  /** Reloads the window; the new extension host has taken over when this resolves. */
  async reload(): Promise<void> {
    const before = new Set(this.extensionHostPids());
    await this.page.reload();
    await this.ready();
    await until(
      'a new extension host',
      () => this.extensionHostPids().some((pid) => !before.has(pid)),
      60_000,
    );
  }

  /** Opens the window again in a language; what VS Code itself says stays English without its language pack. */
  async useLanguage(language: string): Promise<void> {
    await this.page.addInitScript((name) => {
      Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: name });
    }, language);
    await this.reload();
  }

  /** The extension host processes of this window. */
  extensionHostPids(): readonly number[] {
    return descendants(this.server.pid)
      .filter(({ command }) => command.includes('--type=extensionHost'))
      .map(({ pid }) => pid);
  }

  /** Kills the extension host as a crash would; VS Code starts another. */
  async killExtensionHost(): Promise<void> {
    const before = this.extensionHostPids();
    assert.ok(before.length > 0, 'no extension host runs');
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await until(
      'another extension host',
      () => this.extensionHostPids().some((pid) => !before.includes(pid)),
      60_000,
    );
  }

  /** What our extension wrote to its log files so far. */
  extensionLog(): Promise<string> {
    return extensionLogs(this.server.profile, extensionId);
  }

  /** Runs a command by its full title in the command palette ("Category: Title"). */
  async runCommand(title: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({
      has: this.page.getByText(title, { exact: true }),
    });
    // A view that takes the focus closes a palette that was opened too early.
    await this.retry(`command "${title}"`, async () => {
      await this.page.keyboard.press('F1');
      const input = this.quickInput();
      await input.waitFor({ timeout: 3_000 });
      await input.fill(`>${title}`, { timeout: 3_000 });
      await row.first().click({ timeout: 5_000 });
    });
  }

  /** The text field of the open quick pick or input box. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type=text]');
  }

  /** Answers the open input box. */
  async answerInput(text: string): Promise<void> {
    await this.page.locator('.quick-input-widget:visible input').first().fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers the editor's own file dialog, which first writes a path of its own into its field. */
  async answerFileDialog(file: string): Promise<void> {
    const box = this.quickInput().first();
    await until('the path that the file dialog suggests', async () =>
      (await box.inputValue()).startsWith('/'),
    );
    const widget = this.page.locator('.quick-input-widget:visible');
    // The dialog looks at every path as it is typed: meanwhile it may write into its field, and Enter takes what it saw before.
    const isSettled = async () =>
      (await box.inputValue()) === file &&
      (await widget.locator('.quick-input-progress.active').count()) === 0 &&
      (await widget.locator('.monaco-list-row.focused').count()) === 0;
    await until('the file dialog to take the path', async () => {
      await box.fill(file);
      const settled = until('the file dialog to settle', isSettled, 2_000);
      return settled.then(
        () => true,
        () => false,
      );
    });
    await box.press('Enter');
    await box.waitFor({ state: 'hidden' });
  }

  /** Picks the entry of the open quick pick that shows `text`. */
  async pick(text: string | RegExp): Promise<void> {
    await this.page
      .locator('.quick-input-widget:visible .monaco-list-row')
      .filter({ hasText: text })
      .first()
      .click();
  }

  /** Shows a view container by its title in the activity bar. */
  async openContainer(title: string): Promise<void> {
    const tab = this.page
      .locator(`.activitybar .action-item:has(.action-label[aria-label^="${title}"])`)
      .first();
    await this.retry(`container "${title}"`, async () => {
      await tab.waitFor({ timeout: 20_000 });
      if (await tab.evaluate((item) => item.classList.contains('checked'))) return;
      await tab.click({ timeout: 3_000 });
      await this.page.locator(`.sidebar .composite.title:has-text("${title}")`).waitFor({ timeout: 3_000 });
    });
  }

  /** The pane of a tree view in the side bar, by its title. */
  view(title: string): Locator {
    return this.page
      .locator('.sidebar .split-view-view, .sidebar .composite.viewlet')
      .filter({
        has: this.page.locator(`.tree-explorer-viewlet-tree-view, .pane-header[aria-label^="${title}"]`),
      })
      .last();
  }

  /** The row of a tree whose accessible name has `name` in it. */
  row(name: string | RegExp): Locator {
    return this.page.locator('.sidebar').getByRole('treeitem', { name }).first();
  }

  /** Opens a tree row's children. */
  async expand(row: Locator): Promise<void> {
    await this.retry('expand', async () => {
      if ((await row.getAttribute('aria-expanded', { timeout: 10_000 })) === 'true') return;
      await row.click({ timeout: 3_000 });
      if ((await row.getAttribute('aria-expanded')) !== 'true') await this.page.keyboard.press('ArrowRight');
      await row.and(this.page.locator('[aria-expanded=true]')).waitFor({ timeout: 3_000 });
    });
  }

  /** Clicks an inline action of a tree row by its title. */
  async inlineAction(row: Locator, title: string): Promise<void> {
    await this.retry(`inline action "${title}"`, async () => {
      await row.hover({ timeout: 5_000 });
      await row.locator(`.action-label[aria-label^="${title}"]`).click({ timeout: 3_000 });
    });
  }

  /** Chooses an entry of a context menu by its title. */
  async contextAction(target: Locator, title: string): Promise<void> {
    const menu = this.page.locator('.monaco-menu-container, .context-view .monaco-menu').last();
    await this.retry(`context action "${title}"`, async () => {
      await target.click({ button: 'right', timeout: 5_000 });
      const entry = menu.getByRole('menuitem', { name: title });
      await entry.waitFor({ timeout: 3_000 });
      // The menu ignores the mouse until it has seen the button that opened it go up and the pointer move.
      for (let move = 0; move < 3; move++)
        await entry.hover({ timeout: 2_000, position: { x: 20 + move, y: 8 } });
      await entry.click({ timeout: 2_000, delay: 60 });
      await menu.waitFor({ state: 'hidden', timeout: 2_000 });
    });
  }

  /** The tab of an editor by a part of its name. */
  tab(name: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name });
  }

  /** The page inside the webview that is shown, its own document. */
  webview(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready:visible')
      .last()
      .contentFrame()
      .locator('iframe#active-frame')
      .contentFrame();
  }

  /** A notification that has `text` in it. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  /** Presses a button of the notification that has `text` in it. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = this.notification(text);
    await toast.hover();
    await toast.getByRole('button', { name: button, exact: true }).click();
  }

  /** The open modal dialog. */
  modal(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Presses a button of the open modal dialog. */
  async answerModal(button: string): Promise<void> {
    await this.modal().getByRole('button', { name: button, exact: true }).click();
    await this.modal().waitFor({ state: 'hidden' });
  }

  /** Makes a restricted workspace a trusted one. */
  async trustWorkspace(): Promise<void> {
    await this.runCommand('Workspaces: Manage Workspace Trust');
    await this.page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: 'Trust', exact: true })
      .click();
    await this.page.locator('.workspace-trust-editor').getByText('You trust this folder').waitFor();
    await this.runCommand('View: Close Modal Editor');
    await this.page.locator('.workspace-trust-editor').waitFor({ state: 'hidden' });
  }

  /** Changes the colour theme and waits until it shows. */
  async setTheme(theme: Theme): Promise<void> {
    const { label, mark } = themes[theme];
    await this.retry(`theme ${theme}`, async () => {
      await this.runCommand('Preferences: Color Theme');
      await this.quickInput().fill(label, { timeout: 3_000 });
      await this.page
        .locator('.quick-input-list .monaco-list-row')
        .filter({ has: this.page.getByText(label, { exact: true }) })
        .first()
        .click({ timeout: 3_000 });
      await this.page.locator(`.monaco-workbench.${mark}`).waitFor({ timeout: 5_000 });
    });
  }

  /** Keeps a picture of the workbench as NAME.png, in out/screenshots unless `folder` says otherwise; returns its path. */
  async screenshot(name: string, folder = path.join(root, 'out/screenshots')): Promise<string> {
    const file = path.join(folder, `${name}.png`);
    await this.page.mouse.move(700, 5);
    await this.page
      .locator('.monaco-hover:visible')
      .waitFor({ state: 'detached', timeout: 3_000 })
      .catch(() => undefined);
    await this.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    return file;
  }

  /** Writes down what was to be seen when a test failed. */
  async report(): Promise<void> {
    const name = `failed-${path.basename(this.server.profile.work)}`;
    const consoles = await Promise.all(
      [this, ...this.#others].map(async (window, index) => {
        const title = index === 0 ? '' : `-window-${index + 1}`;
        if (!window.page.isClosed()) await window.screenshot(name + title).catch(() => undefined);
        return [`browser console${title}`, window.#console.join('\n')] as const;
      }),
    );
    const log = await this.extensionLog();
    const serverLog = readFileSync(this.server.profile.serverLog, 'utf8');
    const sections = {
      'extension log': log,
      ...Object.fromEntries(consoles),
      'server log': serverLog,
    };
    const file = path.join(root, 'out/screenshots', `${name}.txt`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      Object.entries(sections)
        .map(([title, text]) => `=== ${title} ===\n${text}\n`)
        .join('\n'),
    );
    process.stdout.write(`failed, see out/screenshots/${name}.png and .txt\n${log.slice(-2000)}\n`);
  }

  /** Closes the browser, ends VS Code and removes the profile. */
  async dispose(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    rmSync(this.server.profile.work, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The workbench moves things and takes the focus while it starts: a person would try again too. */
  private async retry(what: string, attempt: () => Promise<void>): Promise<void> {
    for (let count = 1; ; count++) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (count === attempts) throw new Error(`${what} failed ${attempts} times`, { cause: error });
        await this.page.keyboard.press('Escape');
      }
    }
  }
}

/** Resolves once `isTrue`; fails after `timeoutMs` with what was awaited. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await isTrue());) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function writeFiles(folder: string, files: Readonly<Record<string, string | object>> = {}): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
}
