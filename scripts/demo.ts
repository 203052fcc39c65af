// `npm run demo`: a real VS Code with the extension, on a workspace with five servers. demo.ts [--desktop]
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  registrySettings,
  startDemoRegistry,
  startNightly,
  startProtectedDemo,
  writeDemoWorkspace,
} from './demoWorkspace.ts';
import { packageExtension } from './package.ts';
import { interrupted, startGroup, stopGroup } from './processes.ts';
import { createProfile, installVsix, startServer } from './vscode/server.ts';

/** Something that runs until `ended`, or until it is stopped. */
interface Editor {
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

async function openInBrowser(
  work: string,
  folder: string,
  vsix: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Editor> {
  const profile = createProfile(work);
  await installVsix(profile, vsix);
  const server = await startServer(profile, { settings });
  process.stdout.write(`
MCP Switchboard is ready. Open this address in a browser:

  ${server.url(folder)}

Click the switchboard icon in the activity bar, then start a server, or browse the registry (1,100 real servers, from this
machine). Ctrl-C stops everything.
`);
  return server;
}

function openOnDesktop(
  work: string,
  folder: string,
  vsix: string,
  settings: Readonly<Record<string, unknown>>,
): Editor {
  const user = path.join(work, 'user-data/User');
  mkdirSync(user, { recursive: true });
  writeFileSync(path.join(user, 'settings.json'), JSON.stringify(settings, undefined, 2));
  const code = process.env['VSCODE_EXECUTABLE'] ?? 'code';
  const places = [
    `--user-data-dir=${path.join(work, 'user-data')}`,
    `--extensions-dir=${path.join(work, 'extensions')}`,
  ];
  try {
    execFileSync(code, [...places, '--install-extension', vsix, '--force'], { stdio: 'inherit' });
  } catch (error) {
    throw new Error(
      `"${code}" could not be run: install desktop VS Code with its command on the path, or set VSCODE_EXECUTABLE.`,
      { cause: error },
    );
  }
  const child = startGroup(code, [...places, '--new-window', '--wait', '--disable-workspace-trust', folder]);
  process.stdout.write('\nClose the window or press Ctrl-C to stop everything.\n');
  return { ended: once(child, 'exit'), stop: () => stopGroup(child) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { desktop: { type: 'boolean', default: false } } });
  const stop = interrupted();
  const vsix = packageExtension();
  const work = realpathSync(mkdtempSync(path.join(tmpdir(), 'switchboard-demo-')));
  const closing: (() => Promise<void>)[] = [];
  try {
    const nightly = await startNightly(path.join(work, 'nightly'));
    closing.unshift(() => nightly.stop());
    const releases = await startProtectedDemo();
    closing.unshift(() => releases.stop());
    const registry = await startDemoRegistry();
    closing.unshift(() => registry.stop());
    const settings = registrySettings(registry.url);
    const folder = path.join(work, 'lantern');
    writeDemoWorkspace(folder, nightly.url, releases.url);
    const editor = values.desktop
      ? openOnDesktop(work, folder, vsix, settings)
      : await openInBrowser(work, folder, vsix, settings);
    closing.unshift(() => editor.stop());
    await Promise.race([stop, editor.ended]);
    process.stdout.write('\nStopping …\n');
  } finally {
    for (const close of closing) await close();
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
