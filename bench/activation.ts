import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { addExtension } from '../scripts/vscode/extensions.ts';
import type { Profile } from '../scripts/vscode/server.ts';
import { withWorkbench, type Workbench } from '../test/e2e/support/workbench.ts';
import { compare, type Comparison } from './stats.ts';

const rounds = 7;
const emptyId = 'switchboard-bench.empty';

/** Loading and activating the packaged extension in a real extension host, against an extension that does nothing, as VS Code itself counts it. */
export async function benchActivation(): Promise<readonly Comparison[]> {
  const ours: number[] = [];
  const ready: number[] = [];
  const empty: number[] = [];
  // The whole list at once: it draws only the rows that are seen.
  const settings = { 'workbench.editor.useModal': 'off' };
  await withWorkbench({ install: addEmptyExtension, settings }, async (workbench) => {
    await workbench.page.setViewportSize({ width: 1400, height: 2400 });
    for (let round = 0; round <= rounds; round++) {
      if (round > 0) await workbench.reload();
      await workbench.runCommand('Developer: Show Running Extensions');
      const times = {
        ours: await activation(workbench, 'MCP Switchboard'),
        empty: await activation(workbench, emptyId),
      };
      if (round === 0) continue; // the first start of an installation also creates the database
      ours.push(times.ours);
      empty.push(times.empty);
      ready.push(await readyAfter(workbench));
    }
  });
  return [
    compare(
      'activation as the editor counts it, against an empty extension',
      'ms',
      ours,
      empty,
      'difference < 50 ms',
    ),
    compare('until everything is registered, against the same', 'ms', ready, empty, 'none'),
  ];
}

/** What the extension says itself: reading its code and building everything, while other extensions start too. */
async function readyAfter(workbench: Workbench): Promise<number> {
  const said = [...(await workbench.extensionLog()).matchAll(/ready after (\d+) ms/g)].at(-1)?.[1];
  if (said === undefined) throw new Error('the log does not say when the extension was ready');
  return Number(said);
}

async function activation(workbench: Workbench, name: string): Promise<number> {
  const row = workbench.page
    .locator('.runtime-extensions-editor .monaco-list-row')
    .filter({ hasText: name })
    .first();
  await row.locator('.activation-time').filter({ hasText: /\d+ms/ }).waitFor();
  const text = await row.locator('.activation-time').textContent();
  const ms = /(\d+)ms/.exec(text ?? '')?.[1];
  if (ms === undefined) throw new Error(`VS Code says nothing of the activation of ${name}: ${text}`);
  return Number(ms);
}

/** Installs an extension that activates at the same moment as ours and does nothing. */
function addEmptyExtension({ extensions }: Profile): void {
  addExtension(extensions, emptyId, (location) => {
    const [publisher, name] = emptyId.split('.');
    const manifest = {
      ...{ name, publisher, version: '1.0.0', displayName: emptyId, engines: { vscode: '^1.101.0' } },
      ...{ main: './main.cjs', activationEvents: ['onStartupFinished'], extensionKind: ['workspace'] },
    };
    writeFileSync(path.join(location, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(location, 'main.cjs'), 'exports.activate = () => {};\n');
  });
}
