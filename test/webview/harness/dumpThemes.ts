// Writes themes.json: what VS Code's four default themes give a webview, for the variables that the dashboard uses.
// Run by hand after a change of VS Code: node test/webview/harness/dumpThemes.ts
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../../../scripts/setup/chromium.mjs';
import { createProfile, startServer } from '../../../scripts/vscode/server.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const themes = {
  dark: ['Dark Modern', 'vscode-dark', 'dark_modern'],
  light: ['Light Modern', 'vscode-light', 'light_modern'],
  hcDark: ['Default High Contrast', 'vscode-high-contrast', 'hc_black'],
  hcLight: ['Default High Contrast Light', 'vscode-high-contrast-light', 'hc_light'],
} as const;

/** The theme variables that our style sheets and the toolkit name. */
async function usedVariables(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const files = ['webview/styles/*.css', 'node_modules/@vscode/webview-ui-toolkit/dist/design-tokens.js'];
  for await (const file of glob(files, { cwd: root })) {
    for (const [name] of readFileSync(path.join(root, file), 'utf8').matchAll(/--vscode-[\w-]+/g))
      names.add(name);
  }
  return names;
}

// As text, because this project's types know no DOM.
const readVariables = `(() => {
  const style = getComputedStyle(document.querySelector('.monaco-workbench'));
  const names = [...style].filter((name) => name.startsWith('--vscode-'));
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()]));
})()`;

const used = await usedVariables();
const result: Record<string, unknown> = {};
for (const [key, [name, kind, file]] of Object.entries(themes)) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'themes-'));
  const server = await startServer(createProfile(work), { settings: { 'workbench.colorTheme': name } });
  const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(server.url(work));
    await page.waitForSelector(`.monaco-workbench[class*="${file}-json"] .part.statusbar .statusbar-item`);
    const all = await page.evaluate<Record<string, string>>(readVariables);
    result[key] = {
      kind,
      variables: Object.fromEntries(
        Object.entries(all)
          .filter(([variable]) => used.has(variable))
          .sort(),
      ),
    };
    console.log(key, Object.keys(all).length);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(work, { recursive: true, force: true });
  }
}
writeFileSync(path.join(import.meta.dirname, 'themes.json'), `${JSON.stringify(result, null, 2)}\n`);
