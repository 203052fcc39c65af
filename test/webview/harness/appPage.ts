import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode/browser.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { allowOf, appCsp, readDeclaration } from '../../../src/core/mcpAppPolicy.ts';
import {
  toAppHost,
  type AppPage,
  type AppReview,
  type ToAppHost,
} from '../../../src/shared/mcpAppMessages.ts';
import { appPage, reviewPolicy, type AppPageFiles } from '../../../src/vscode/mcpAppPage.ts';
import { themes } from './dashboardBed.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const origin = 'https://webview.test';
const waitMs = 20_000;

/** How an app is opened: its HTML and what it declares (`_meta.ui`). */
export interface AppOptions {
  readonly html: string;
  readonly meta?: JsonObject;
  readonly theme?: keyof typeof themes;
}

/** The page around apps in a real browser, under its real policy, with the network cut and written down. */
export class AppPageBed {
  readonly #browser: Browser;
  readonly #files: AppPageFiles;

  private constructor(browser: Browser, files: AppPageFiles) {
    this.#browser = browser;
    this.#files = files;
  }

  static async start(): Promise<AppPageBed> {
    const result = await esbuild.build({
      absWorkingDir: root,
      bundle: true,
      minify: true,
      write: false,
      entryPoints: [
        { in: 'webview/mcpApp.ts', out: 'mcpApp' },
        { in: 'webview/mcpApp.css', out: 'mcpApp' },
      ],
      outdir: 'dist',
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
    });
    const text = (name: string) => result.outputFiles.find(({ path }) => path.endsWith(name))?.text ?? '';
    const files = { script: text('.js'), style: text('.css') };
    return new AppPageBed(await launchBrowser(), files);
  }

  /** Opens the page around an app and loads the app into it. */
  async run({ html, meta, theme }: AppOptions): Promise<OpenApp> {
    const declaration = readDeclaration(meta);
    const policy = appCsp(declaration);
    const page: AppPage = {
      kind: 'run',
      source: 'What is below comes from the server clock',
      reach: 'Sandbox, no network',
      reachDetail: 'None',
      frameTitle: 'App of clock',
      csp: appCsp(declaration),
      allow: allowOf(declaration),
      hasBorder: true,
      stopped: { left: 'stopped: left', flood: 'stopped: flood' },
    };
    const app = await this.#open(policy, undefined, page, theme);
    await app.heard(({ kind }) => kind === 'ready');
    await app.post({ kind: 'load', html });
    return app;
  }

  /** Opens the question whether an app may be loaded. */
  review(review: AppReview, theme?: keyof typeof themes): Promise<OpenApp> {
    return this.#open(reviewPolicy('n0nce'), 'n0nce', review, theme);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }

  async #open(
    policy: string,
    nonce: string | undefined,
    page: AppPage,
    theme: keyof typeof themes = 'dark',
  ): Promise<OpenApp> {
    const context = await this.#browser.newContext({ viewport: { width: 900, height: 700 } });
    const open = new OpenApp(context, await context.newPage());
    await open.page.exposeFunction('toHost', (message: unknown) => open.take(message));
    await open.page.exposeFunction('violated', (text: string) => open.violated(text));
    await open.page.addInitScript({ content: `(${editorScript})(${JSON.stringify(themes[theme])})` });
    const body = appPage({
      ...{ policy, page, language: 'en', title: 'app', ...this.#files },
      ...(nonce === undefined ? {} : { nonce }),
    });
    await context.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      if (url.origin !== origin) {
        open.requests.push(url.href);
        const headers = { 'access-control-allow-origin': '*' };
        return url.host === 'declared.test' ? route.fulfill({ body: 'declared', headers }) : route.abort();
      }
      if (url.pathname === '/') return route.fulfill({ contentType: 'text/html', body });
      return route.abort();
    });
    await open.page.goto(`${origin}/`);
    return open;
  }
}

/** An app on screen, and what reached the host. */
export class OpenApp {
  readonly page: Page;
  /** Addresses that were asked for outside the page itself. */
  readonly requests: string[] = [];
  readonly messages: ToAppHost[] = [];
  /** What the page's own policy refused: the directive and the host. */
  readonly violations: string[] = [];
  readonly #changed = new EventTarget();
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  /** The app's own document. */
  get frame(): FrameLocator {
    return this.page.frameLocator('iframe');
  }

  take(message: unknown): void {
    this.messages.push(toAppHost.parse(message));
    this.#changed.dispatchEvent(new Event('change'));
  }

  violated(text: string): void {
    this.violations.push(text);
    this.#changed.dispatchEvent(new Event('change'));
  }

  /** Resolves when the page's own policy has refused something. */
  async refused(wanted: string): Promise<void> {
    await this.#awaited(() => this.violations.find((violation) => violation === wanted), wanted);
  }

  /** Sends as the host does. */
  async post(message: object): Promise<void> {
    const text = JSON.stringify(JSON.stringify(message));
    await this.page.evaluate(`window.postMessage(JSON.parse(${text}), '*')`);
  }

  /** The first message that fits, of those that came and those to come. */
  heard(fits: (message: ToAppHost) => boolean): Promise<ToAppHost> {
    return this.#awaited(() => this.messages.find(fits), String(fits));
  }

  /** What is found now or after a change; rejects with what there is when that takes too long. */
  #awaited<T>(find: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = new AbortController();
      const late = setTimeout(() => {
        stop.abort();
        const { messages, violations, requests } = this;
        const seen = JSON.stringify({ messages: messages.slice(-20), violations, requests });
        reject(new Error(`waited ${waitMs} ms for ${what}; seen: ${seen}`));
      }, waitMs);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(late);
        stop.abort();
        resolve(found);
      };
      this.#changed.addEventListener('change', look, { signal: stop.signal });
      look();
    });
  }

  /** What the app reported under a name with `report(name, value)`. */
  async reported(name: string): Promise<unknown> {
    const of = (message: ToAppHost) => {
      if (message.kind !== 'message') return undefined;
      const { method, params } = JSON.parse(message.text) as { method?: string; params?: { value: unknown } };
      return method === name ? { value: params?.value } : undefined;
    };
    return of(await this.heard((message) => of(message) !== undefined))?.value;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

/** For the scripts of test apps: tells the host something under a name. */
export const reportScript = `const report = (method, value) => parent.postMessage({ jsonrpc: '2.0', method, params: { value } }, '*');`;

/** The official example app as its package has it. */
export function exampleApp(): string {
  return readFileSync(
    path.join(root, 'node_modules/@modelcontextprotocol/server-basic-vanillajs/dist/mcp-app.html'),
    'utf8',
  );
}

const editorScript = `({ kind, variables }) => {
  if (window !== window.top) return;
  window.acquireVsCodeApi = () => ({ postMessage: (message) => void window.toHost(message) });
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => void window.violated(effectiveDirective + ' ' + (URL.canParse(blockedURI) ? new URL(blockedURI).host : blockedURI)));
  document.addEventListener('readystatechange', () => {
    if (document.readyState !== 'interactive') return;
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
    document.body.className = kind === 'vscode-high-contrast-light' ? 'vscode-high-contrast vscode-high-contrast-light' : kind;
  });
}`;
