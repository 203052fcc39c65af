import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { CommandFacts } from '../core/doctorFacts.ts';
import type { ResolvedLaunch } from '../core/server.ts';
import { launchEnvironment } from './mcp/launchEnvironment.ts';

type StdioLaunch = Extract<ResolvedLaunch, { kind: 'stdio' }>;

/** Looks for the command of a launch as the system will, and for the file that it is to run. Starts nothing. */
export async function lookForCommand(
  launch: StdioLaunch,
  platform: NodeJS.Platform = process.platform,
): Promise<Omit<CommandFacts, 'ms'>> {
  const { command, cwd } = launch;
  const base = cwd ?? process.cwd();
  const isPath = command.includes('/') || (platform === 'win32' && command.includes('\\'));
  const env = launchEnvironment(launch.env);
  const folders = isPath ? [] : pathFolders(env);
  const endings = platform === 'win32' ? windowsEndings(env) : [''];
  const candidates = isPath
    ? endings.map((ending) => resolve(base, `${command}${ending}`))
    : folders.flatMap((folder) => endings.map((ending) => join(folder, `${command}${ending}`)));
  const kinds = await Promise.all(candidates.map(kindOf));
  const at = (kind: Kind) => candidates[kinds.indexOf(kind)];
  const program = at('program');
  const other = at('file') ?? (isPath ? at('folder') : undefined);
  return {
    command,
    isPath,
    pathFolders: folders.length,
    found: program ?? other,
    problem:
      program !== undefined
        ? undefined
        : other === undefined
          ? 'missing'
          : other === at('file')
            ? 'not-executable'
            : 'folder',
    cwd: cwd === undefined ? undefined : { path: cwd, exists: (await kindOf(cwd)) === 'folder' },
    script: await scriptOf(launch, base),
  };
}

type Kind = 'program' | 'file' | 'folder' | undefined;

async function kindOf(file: string): Promise<Kind> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return 'folder';
    await access(file, constants.X_OK);
    return 'program';
  } catch (error) {
    return isDenied(error) ? 'file' : undefined;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

function pathFolders(env: Readonly<Record<string, string>>): readonly string[] {
  const name = Object.keys(env).find((candidate) => candidate.toUpperCase() === 'PATH');
  const path = name === undefined ? '' : (env[name] ?? '');
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

function windowsEndings(env: Readonly<Record<string, string>>): readonly string[] {
  return ['', ...(env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';')];
}

const interpreters =
  /^(?:node|python(?:\d(?:\.\d+)?)?|py|tsx|ts-node|bun|deno|ruby|php|perl|bash|sh)(?:\.exe)?$/i;
const sourceFile = /\.(?:[cm]?[jt]s|py|rb|php|pl|sh|jar)$/i;

/** The file among the arguments that an interpreter is to run, where that is beyond doubt. */
async function scriptOf({ command, args }: StdioLaunch, base: string): Promise<CommandFacts['script']> {
  const name = command.split(/[\\/]/).at(-1) ?? command;
  const isJava = /^java(?:\.exe)?$/i.test(name);
  if (!isJava && !interpreters.test(name)) return undefined;
  const jar = args.indexOf('-jar');
  const words = args.filter((word, at) => !word.startsWith('-') && args[at - 1]?.startsWith('-') !== true);
  // Behind an option it could be the value of that.
  const first = isJava ? (jar < 0 ? undefined : args[jar + 1]) : words[0];
  if (first === undefined || !sourceFile.test(first) || /^[a-z][a-z0-9+.-]+:/i.test(first)) return undefined;
  const path = resolve(base, first);
  const kind = await kindOf(path);
  return { path, exists: kind === 'program' || kind === 'file' || (await isFile(path)) };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
