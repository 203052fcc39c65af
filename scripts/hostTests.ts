// `npm run test:host`: the in-host suite inside the extension host of code-server: hostTests.ts [--only=PATTERN] [--keep]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, parseArgs } from 'node:util';
import {
  addTestModel,
  buildHostSuite,
  createHostWorkspace,
  hostEnvironment,
  hostSuite,
} from './hostBundle.ts';
import { root } from './processes.ts';
import { launchBrowser } from './vscode/browser.ts';
import { createProfile, extensionLogs, startServer } from './vscode/server.ts';

const timeoutMs = 8 * 60_000;
/** How the lines begin that VS Code itself writes while it starts offline. */
const noise = new RegExp(
  `^(${[
    '%c',
    '\\[(AgentHost|RemoteAgentHost|ChatModelSelection|AccountPolicyGate|Service Worker|reconnection)',
    'Resolv(ing|ed) connection token',
    'Creating a socket',
    'Creation of workbench contribution',
    'Updating additional builtin',
    'The web worker extension host',
    'Timed out waiting for authentication provider',
    'getaddrinfo ENOTFOUND',
    'Error: Cannot find module .*watchdog',
  ].join('|')})|Could not locate the bindings file`,
);

/** Opens a workbench whose page hands the suite to the extension host; resolves to the exit code. */
async function runInHost(work: string, only: readonly string[]): Promise<number> {
  const profile = createProfile(work);
  addTestModel(profile.extensions);
  const server = await startServer(profile, { testDriver: true, env: hostEnvironment(only) });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const ended = new Promise<number>((resolve) => {
      void page.exposeFunction('codeAutomationExit', resolve);
    });
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      const line = format(...args);
      if (!noise.test(line)) process[type === 'error' ? 'stderr' : 'stdout'].write(`${line}\n`);
    });
    // The page only takes paths below its own origin.
    const uri = (file: string): string => `vscode-remote://127.0.0.1:${server.port}${file}`;
    const payload = [
      ['extensionDevelopmentPath', uri(root)],
      ['extensionTestsPath', uri(hostSuite)],
      ['skipWelcome', 'true'],
    ];
    const folder = createHostWorkspace(path.join(work, 'workspace'));
    await page.goto(server.url(folder, { payload: JSON.stringify(payload) }));
    const code = await Promise.race([
      ended,
      new Promise<number>((resolve) => {
        setTimeout(() => resolve(124), timeoutMs).unref();
      }),
    ]);
    if (code !== 0) {
      await page.screenshot({ path: path.join(root, 'out/screenshots/failed-host.png') });
      const log = await extensionLogs(profile, 'mcp-switchboard.mcp-switchboard');
      process.stderr.write(
        `${code === 124 ? 'the suite did not end in time' : 'the suite failed'}, see out/screenshots/failed-host.png\n${log.slice(-4000)}\n`,
      );
    }
    return code;
  } finally {
    await browser.close();
    await server.stop();
  }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    keep: { type: 'boolean', default: false },
  },
});
buildHostSuite();
const work = mkdtempSync(path.join(tmpdir(), 'switchboard-host-'));
try {
  process.exitCode = await runInHost(work, values.only);
} finally {
  if (values.keep) process.stdout.write(`kept ${work}\n`);
  else rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
