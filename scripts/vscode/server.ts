import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root, startGroup, stopGroup } from '../processes.ts';
import { vscodeDir } from '../setup/codeServer.mjs';

const serverMain = path.join(vscodeDir, 'out/server-main.js');
const installations = path.join(root, 'out/installed');
const run = promisify(execFile);

/** User settings that keep a fresh VS Code quiet and offline. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Dark Modern',
  'git.openRepositoryInParentFolders': 'never',
};

/** The folders of one VS Code installation, all below one work folder. */
export interface Profile {
  readonly work: string;
  readonly userData: string;
  readonly extensions: string;
  readonly home: string;
  readonly serverLog: string;
}

/** A running VS Code server. */
export interface VsCodeServer {
  readonly profile: Profile;
  readonly pid: number;
  readonly port: number;
  /** The workbench's address for a folder on this machine. */
  url(folder: string, query?: Readonly<Record<string, string>>): string;
  /** Resolves when the server has ended, by itself or stopped. */
  readonly ended: Promise<unknown>;
  /** Ends the server and everything below it. */
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  /** User settings besides the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** False: every workspace counts as trusted and nobody is asked. */
  readonly workspaceTrust?: boolean;
  /** Lets the page of the workbench run extension tests. */
  readonly testDriver?: boolean;
}

/** Creates the folders of an installation that shares nothing with the user's own. */
export function createProfile(work: string): Profile {
  const profile: Profile = {
    work,
    userData: path.join(work, 'user-data'),
    extensions: path.join(work, 'extensions'),
    home: path.join(work, 'home'),
    serverLog: path.join(work, 'server.log'),
  };
  for (const folder of [path.join(profile.userData, 'User'), profile.extensions, profile.home]) {
    mkdirSync(folder, { recursive: true });
  }
  return profile;
}

/** Installs a VSIX into the profile. What VS Code made of the same file before is copied: that saves starting it once more. */
export async function installVsix(profile: Profile, vsix: string): Promise<void> {
  const digest = createHash('sha256')
    .update(serverMain)
    .update(await readFile(vsix));
  const made = path.join(installations, digest.digest('hex').slice(0, 16));
  if (existsSync(made)) {
    await cp(made, profile.extensions, { recursive: true });
    return;
  }
  const args = [serverMain, ...locations(profile), '--install-extension', vsix, '--force'];
  const { stdout } = await run(process.execPath, args, { env: environment(profile), timeout: 60_000 });
  if (!stdout.includes('was successfully installed')) throw new Error(`installing ${vsix} failed: ${stdout}`);
  await keepAs(made, profile.extensions);
}

async function keepAs(made: string, extensions: string): Promise<void> {
  await rm(installations, { recursive: true, force: true });
  await mkdir(installations, { recursive: true });
  const copy = await mkdtemp(`${made}-`);
  await cp(extensions, copy, { recursive: true });
  await rename(copy, made).catch(() => undefined); // another run was faster
}

/** Starts a server on a free port of the loopback interface, open only to who knows its address. */
export async function startServer(profile: Profile, options: ServerOptions = {}): Promise<VsCodeServer> {
  writeFileSync(
    path.join(profile.userData, 'User/settings.json'),
    JSON.stringify({ ...quietSettings, ...options.settings }, undefined, 2),
  );
  const token = randomBytes(16).toString('hex');
  const log = openSync(profile.serverLog, 'w');
  const child = startGroup(
    process.execPath,
    [
      serverMain,
      ...['--host', '127.0.0.1', '--port', '0', '--connection-token', token],
      ...locations(profile),
      ...['--telemetry-level', 'off'],
      ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
      ...(options.testDriver ? ['--enable-smoke-test-driver'] : []),
    ],
    { cwd: profile.work, env: { ...environment(profile), ...options.env }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const ended = once(child, 'exit');
  const port = await listening(profile.serverLog, () => child.exitCode !== null || child.signalCode !== null);
  return {
    profile,
    pid: child.pid ?? 0,
    port,
    ended,
    url: (folder, query = {}) =>
      `http://127.0.0.1:${port}/?${new URLSearchParams({ tkn: token, folder, ...query }).toString()}`,
    stop: () => stopGroup(child),
  };
}

/** The text of every log file VS Code wrote for an extension, oldest first. */
export async function extensionLogs(profile: Profile, extensionId: string): Promise<string> {
  const logs = path.join(profile.userData, 'logs');
  const files = (await readdir(logs, { recursive: true }).catch(() => []))
    .filter((file) => file.includes(`${path.sep}${extensionId}${path.sep}`) && file.endsWith('.log'))
    .sort();
  return (await Promise.all(files.map((file) => readFile(path.join(logs, file), 'utf8')))).join('');
}

function locations(profile: Profile): string[] {
  return [
    '--accept-server-license-terms',
    ...['--server-data-dir', path.join(profile.work, 'server-data')],
    ...['--user-data-dir', profile.userData],
    ...['--extensions-dir', profile.extensions],
  ];
}

/** The environment without what belongs to the user's own VS Code, npm or profile. */
function environment(profile: Profile): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_|XDG_)/i;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    HOME: profile.home,
  };
}

async function listening(log: string, hasEnded: () => boolean): Promise<number> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const port = /Extension host agent listening on (\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
    if (port) return Number(port);
    if (hasEnded()) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`VS Code's server did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`);
}
