import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode/browser.ts';
import { dashboardPage } from '../../../src/vscode/dashboardPage.ts';
import { english } from '../../../webview/strings.ts';
import type { FakeHost } from './fakeHost.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const origin = 'https://dashboard.test';

/** How a dashboard is opened. */
export interface OpenOptions {
  readonly theme?: keyof typeof themes;
  readonly width?: number;
  readonly height?: number;
  readonly zoom?: number;
  /** What the editor kept of an earlier life of the webview. */
  readonly saved?: unknown;
  readonly forcedColors?: boolean;
  /** The language of our own texts, as the editor would translate them. */
  readonly language?: 'de';
}

interface Theme {
  readonly kind: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** VS Code's default themes as a webview gets them. */
export const themes = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'themes.json'), 'utf8'),
) as Readonly<Record<'dark' | 'light' | 'hcDark' | 'hcLight', Theme>>;

// What VS Code gives every webview besides colours.
const fonts = {
  '--vscode-font-family': '"Segoe WPC", "Segoe UI", system-ui, "Ubuntu", "DejaVu Sans", sans-serif',
  '--vscode-font-size': '13px',
  '--vscode-font-weight': 'normal',
  '--vscode-editor-font-family': '"Droid Sans Mono", "DejaVu Sans Mono", monospace',
  '--vscode-editor-font-size': '13px',
};

/** The webview's bundle in a real browser, under the real page and its Content Security Policy. */
export class DashboardBed {
  readonly #browser: Browser;
  readonly #files: ReadonlyMap<string, string>;

  private constructor(browser: Browser, files: ReadonlyMap<string, string>) {
    this.#browser = browser;
    this.#files = files;
  }

  static async start(): Promise<DashboardBed> {
    const result = await esbuild.build({
      absWorkingDir: root,
      bundle: true,
      minify: true,
      write: false,
      entryPoints: [
        { in: 'webview/main.ts', out: 'webview' },
        { in: 'webview/main.css', out: 'webview' },
      ],
      outdir: 'dist',
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
    });
    const files = new Map(result.outputFiles.map((file) => [`/${path.basename(file.path)}`, file.text]));
    return new DashboardBed(await launchBrowser(), files);
  }

  /** Opens a dashboard that talks to `host`; resolves when its first state is drawn. */
  async open(host: FakeHost, options: OpenOptions = {}): Promise<OpenDashboard> {
    const context = await this.#browser.newContext({
      viewport: { width: options.width ?? 1100, height: options.height ?? 760 },
      deviceScaleFactor: options.zoom ?? 1,
      locale: 'en-GB',
      forcedColors: options.forcedColors ? 'active' : 'none',
    });
    const page = await context.newPage();
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    const dashboard = new OpenDashboard(context, page, failures, options.saved);
    host.connect((message) => dashboard.post(message));
    await page.exposeFunction('toHost', (message: unknown) => {
      host.receive(message).catch((error: unknown) => failures.push(String(error)));
    });
    await page.exposeFunction('keep', (state: unknown) => {
      dashboard.keep(state);
    });
    await page.exposeFunction('violated', (text: string) => failures.push(text));
    await page.addInitScript({
      content: `(${editorScript})(${JSON.stringify({ theme: themes[options.theme ?? 'dark'], fonts, saved: options.saved ?? null })})`,
    });
    await page.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = this.#files.get(pathname);
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html(options.language) });
      if (file === undefined) return route.abort();
      return route.fulfill({
        contentType: pathname.endsWith('.css') ? 'text/css' : 'text/javascript',
        body: file,
      });
    });
    await page.goto(`${origin}/`);
    await page.locator('.nav').waitFor();
    return dashboard;
  }

  /** Runs `use` on an open dashboard; fails when a script failed or the page's policy was violated. */
  async with(
    host: FakeHost,
    use: (dashboard: OpenDashboard) => Promise<void>,
    options: OpenOptions = {},
  ): Promise<void> {
    const dashboard = await this.open(host, options);
    try {
      await use(dashboard);
      assert.deepEqual(dashboard.failures, []);
    } finally {
      await dashboard.close();
    }
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

function html(language: OpenOptions['language']): string {
  const translated = language && translationOf(language);
  return dashboardPage({
    cspSource: origin,
    nonce: 'n0nce',
    script: `${origin}/webview.js`,
    style: `${origin}/webview.css`,
    language: language ?? 'en',
    title: 'MCP Switchboard',
    strings: translated
      ? Object.fromEntries(Object.entries(english).map(([key, text]) => [key, translated[text] ?? text]))
      : english,
  });
}

function translationOf(language: string): Readonly<Record<string, string>> {
  const file = path.join(root, `l10n/bundle.l10n.${language}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
}

/** What VS Code does to a webview, as text because this project's types know no DOM. */
const editorScript = `({ theme, fonts, saved }) => {
  let state = saved;
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => void window.toHost(message),
    getState: () => state,
    setState: (next) => { state = JSON.parse(JSON.stringify(next)); void window.keep(state); },
  });
  document.addEventListener('securitypolicyviolation', (event) => void window.violated('CSP: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
  document.addEventListener('readystatechange', () => {
    if (document.readyState !== 'interactive') return;
    for (const [name, value] of Object.entries({ ...theme.variables, ...fonts })) document.documentElement.style.setProperty(name, value);
    // VS Code marks light high contrast with both classes.
    document.body.className = theme.kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : theme.kind;
    document.body.dataset.vscodeThemeKind = theme.kind;
  });
}`;

/** A dashboard on screen. */
export class OpenDashboard {
  readonly page: Page;
  /** Script errors and policy violations; a test wants none. */
  readonly failures: string[];
  /** What the webview last asked the editor to keep. */
  saved: unknown;
  readonly #onKeep = new Set<() => void>();
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page, failures: string[], saved: unknown) {
    this.#context = context;
    this.page = page;
    this.failures = failures;
    this.saved = saved;
  }

  async post(message: unknown): Promise<void> {
    // Parsed there: as a literal, a member named __proto__ would be a prototype.
    const text = JSON.stringify(JSON.stringify(message));
    await this.page.evaluate(`window.postMessage(JSON.parse(${text}), '*')`);
  }

  keep(state: unknown): void {
    this.saved = state;
    for (const look of [...this.#onKeep]) look();
  }

  /** What the webview asked to keep, once it is as wanted. */
  kept(isWanted: (text: string) => boolean): Promise<unknown> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isWanted(JSON.stringify(this.saved ?? null))) return;
        this.#onKeep.delete(look);
        resolve(this.saved);
      };
      this.#onKeep.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
