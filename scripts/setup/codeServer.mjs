import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installDebianPackages } from './debian.mjs';
import { checkIntegrity, npm, pins, SetupError, step, toolsDir } from './steps.mjs';

const prefix = path.join(toolsDir, 'vscode');
const stamp = path.join(prefix, `.code-server-${pins.codeServer.version}`);

/** The unpacked code-server package. */
export const codeServerDir = path.join(prefix, 'node_modules/code-server');

/** The VS Code server inside it. */
export const vscodeDir = path.join(codeServerDir, 'lib/vscode');

/** True when the pinned code-server is ready to run. */
export function hasCodeServer() {
  return existsSync(stamp);
}

/**
 * Installs the pinned code-server, a real VS Code with a real extension host, without its post-install (it builds eight
 * native modules, of which only the logger is worth having).
 * @param {string} node the Node that will run it
 */
export function installCodeServer(node) {
  if (process.platform === 'win32') {
    throw new SetupError(
      'code-server does not run on Windows: use WSL, or `npm run test:electron` and `npm run demo -- --desktop`.',
    );
  }
  const { version, integrity } = pins.codeServer;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  writeFileSync(path.join(prefix, 'package.json'), '{"private":true}\n');
  step(`code-server ${version} (VS Code for the tests and the demo)`, () => {
    npm(['install', '--prefix', prefix, '--ignore-scripts', '--save-exact', `code-server@${version}`]);
    checkIntegrity(prefix, 'code-server', integrity);
  });
  // `npm ci` refuses the shrinkwrap that ships there (it is out of step with the overrides).
  step("code-server's VS Code packages", () =>
    npm(['install', '--omit=dev', '--ignore-scripts', '--no-save'], { cwd: vscodeDir }),
  );
  buildLogger(node);
  writeFileSync(stamp, '');
}

/** @param {string} node */
function buildLogger(node) {
  const home = path.resolve(path.dirname(node), '..');
  // Headers of the Node that will load it: a user's `nodedir` may name another version.
  const headers = existsSync(path.join(home, 'include/node/node.h')) ? { npm_config_nodedir: home } : {};
  const env = { JOBS: 'max', ...headers };
  try {
    const missing = ['g++', 'make', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
    if (missing.length > 0) installDebianPackages(missing, "to build VS Code's logger");
    step("code-server's logger (@vscode/spdlog, native build)", () =>
      npm(['rebuild', '@vscode/spdlog'], { cwd: vscodeDir, env, node }),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(
      `[setup] VS Code works, but its log files and Output view will be empty. ${error.message}\n`,
    );
  }
}
