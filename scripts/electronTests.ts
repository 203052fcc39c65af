// `npm run test:electron`: the in-host suite on desktop VS Code, the oldest supported and the newest stable one, or on
// the one that VSCODE_EXECUTABLE names.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { buildHostSuite, createHostWorkspace, hostEnvironment, hostSuite } from './hostBundle.ts';
import { root } from './processes.ts';

/** The version that `engines.vscode` starts at. */
function oldestSupported(): string {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
  };
  return manifest.engines.vscode.replace(/^[^\d]*/, '');
}

async function download(version: string): Promise<string> {
  try {
    return await downloadAndUnzipVSCode({ version, cachePath: path.join(root, '.tools/desktop') });
  } catch (error) {
    throw new Error(
      `Desktop VS Code ${version} cannot be downloaded here. Set VSCODE_EXECUTABLE to the path of an installed one, or run \`npm run test:host\`, which runs the same suite in code-server.`,
      { cause: error },
    );
  }
}

/** Runs the suite on one VS Code in a fresh profile; true when it passed. */
async function passes(executable: string, only: readonly string[]): Promise<boolean> {
  const work = mkdtempSync(path.join(tmpdir(), 'switchboard-'));
  try {
    const code = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: hostSuite,
      extensionTestsEnv: hostEnvironment(only),
      launchArgs: [
        createHostWorkspace(path.join(work, 'workspace')),
        '--disable-extensions',
        '--disable-workspace-trust',
        `--user-data-dir=${path.join(work, 'user-data')}`,
        `--extensions-dir=${path.join(work, 'extensions')}`,
      ],
    });
    return code === 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true, default: [] } } });
const given = process.env['VSCODE_EXECUTABLE'];
try {
  buildHostSuite();
  for (const version of given ? [given] : [oldestSupported(), 'stable']) {
    process.stdout.write(`\n=== VS Code ${version} ===\n`);
    if (!(await passes(given ?? (await download(version)), values.only))) process.exitCode = 1;
  }
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`${message}${cause instanceof Error ? ` (${cause.message})` : ''}\n`);
  process.exitCode = 1;
}
