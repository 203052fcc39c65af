// Plain JavaScript on purpose: this runs before Node 24 is there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where downloaded tools live; never committed, safe to delete. */
export const toolsDir = path.join(root, '.tools');

/** The pinned versions of every tool that is not an npm dependency of this repository. */
export const pins = readJson(path.join(root, 'scripts/tools.json'));

/** A set-up problem with a sentence for the person who has to solve it; shown without a stack. */
export class SetupError extends Error {}

/**
 * Parsed JSON of a file.
 * @param {string} file
 */
export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * Does one visible set-up step and says how long it took. Standard output is left to the task.
 * @param {string} what
 * @param {() => void} work
 */
export function step(what, work) {
  const started = Date.now();
  process.stderr.write(`[setup] ${what} …\n`);
  work();
  process.stderr.write(`[setup] ${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/**
 * Runs a program to its end; throws with what it printed when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: Record<string, string>, shell?: boolean}} [options]
 */
export function execute(command, args, options = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    shell: options.shell ?? false,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  const why = error?.message ?? (signal ? `ended by ${signal}` : `exit code ${status}`);
  throw new SetupError(`${[command, ...args].join(' ')}: ${why}\n${stdout ?? ''}${stderr ?? ''}`, {
    cause: error,
  });
}

/**
 * Runs the npm that started us, or the one on the path.
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: Record<string, string>, node?: string}} [options] `node`: the Node npm and its scripts run on
 */
export function npm(args, options = {}) {
  const { node = process.execPath, cwd = root } = options;
  const all = [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const env = {
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
    ...options.env,
  };
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js')) execute(node, [cli, ...all], { cwd, env });
  else execute('npm', all, { cwd, env, shell: process.platform === 'win32' });
}

/**
 * Throws unless the package npm unpacked in `prefix` is byte for byte the pinned one.
 * @param {string} prefix
 * @param {string} name
 * @param {string} integrity
 */
export function checkIntegrity(prefix, name, integrity) {
  const lock = readJson(path.join(prefix, 'node_modules/.package-lock.json'));
  const found = lock.packages[`node_modules/${name}`]?.integrity;
  if (found !== integrity) throw new SetupError(`${name}: expected ${integrity}, the registry sent ${found}`);
}

/**
 * Holds the set-up lock while `work` runs, so that two runs in one clone do not install over each other.
 * @param {() => void} work
 */
export function withLock(work) {
  const lock = path.join(toolsDir, 'setup.lock');
  const owner = path.join(lock, 'pid');
  mkdirSync(toolsDir, { recursive: true });
  for (let waiting = false; ; waiting = true) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(owner);
    if (pid !== undefined && !isAlive(pid)) rmSync(lock, { recursive: true, force: true });
    else {
      if (!waiting) process.stderr.write(`[setup] waiting for the set-up of process ${pid ?? '?'} …\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    writeFileSync(owner, String(process.pid));
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** @param {string} file */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
