import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { InstallMachine } from '../core/installFlow.ts';
import type { Platform } from '../core/installDraft.ts';

/** What decides which programs are found. */
export interface RuntimeQuery {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The programs that packages are run by. */
const runners = [
  'npx',
  'bunx',
  'uvx',
  'dnx',
  'docker',
  'podman',
  'go',
  'cargo',
  'node',
  'python',
  'python3',
  'uv',
];

/** What this machine has: its platform, and which runners and `programs` are on the PATH or, for crates, in cargo's folder. No shell is asked. */
export async function findMachine(
  query: RuntimeQuery,
  programs: readonly string[] = [],
): Promise<InstallMachine> {
  const cargoBin = join(query.env['CARGO_HOME'] ?? join(query.home, '.cargo'), 'bin');
  const folders = (pathOf(query) ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const endings =
    query.platform === 'win32'
      ? (query.env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';')
      : [''];
  const has = async (name: string) => {
    const candidates = isAbsolute(name)
      ? [name]
      : folders.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending}`)));
    for (const candidate of candidates) if (await isProgram(candidate)) return true;
    return false;
  };
  const crates = programs
    .filter((name) => !isAbsolute(name) && /^[\w.-]+$/.test(name))
    .map(
      (name) =>
        `${cargoBin}${query.platform === 'win32' ? '\\' : '/'}${name}${query.platform === 'win32' ? '.exe' : ''}`,
    );
  const plain = programs.filter((name) => isAbsolute(name) || /^[\w.-]+$/.test(name));
  const names = [...runners, ...plain, ...crates];
  const found = await Promise.all(names.map(async (name) => ((await has(name)) ? [name] : [])));
  return { runtimes: new Set(found.flat()), platform: platformOf(query), cargoBin };
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Windows has `Path`; of variables that differ in case the first counts. */
function pathOf({ env }: RuntimeQuery): string | undefined {
  const name = Object.keys(env).find((candidate) => candidate.toUpperCase() === 'PATH');
  return name === undefined ? undefined : env[name];
}

function platformOf({ platform, arch }: RuntimeQuery): Platform | undefined {
  const os = (['darwin', 'linux', 'win32'] as const).find((one) => one === platform);
  const cpu = (['x64', 'arm64'] as const).find((one) => one === arch);
  return os && cpu && { os, arch: cpu };
}
