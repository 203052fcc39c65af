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
  const empty: number[] = [];
  await withWorkbench({ install: addEmptyExtension }, async (workbench) => {
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
    }
  });
  return [compare('activation, against an empty extension', 'ms', ours, empty, 'difference < 50 ms')];
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
