import { posix, win32 } from 'node:path';
import type { Sha256 } from '../core/ports.ts';
import type { Source, SourceKind } from '../core/server.ts';

/** What decides where programs keep their files. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Which files may hold servers. */
export interface SourceQuery {
  readonly machine: Machine;
  /** The mcp.json of VS Code's user profile. */
  readonly userFile: string | undefined;
  /** Open workspace folders; without a path when they are not on a disk of this machine. */
  readonly folders: readonly { readonly name: string; readonly path: string | undefined }[];
  /** Kinds that are switched on. */
  readonly isEnabled: (kind: SourceKind) => boolean;
  readonly sha256: Sha256;
}

type WorkspaceKind = 'workspace' | 'mcpJson' | 'cursorWorkspace';
type UserKind = Exclude<SourceKind, WorkspaceKind | 'given'>;

const workspaceFiles: readonly (readonly [WorkspaceKind, readonly string[]])[] = [
  ['workspace', ['.vscode', 'mcp.json']],
  ['mcpJson', ['.mcp.json']],
  ['cursorWorkspace', ['.cursor', 'mcp.json']],
];

/** The files of the enabled kinds, whether they exist or not; a file that is reached in two ways is listed once. */
export function sourcesOf({ machine, userFile, folders, isEnabled, sha256 }: SourceQuery): readonly Source[] {
  const paths = pathsOf(machine);
  const user: Readonly<Record<UserKind, string | undefined>> = {
    user: userFile,
    ...userConfigFiles(machine),
  };
  const sources: Source[] = [];
  for (const folder of folders) {
    const { path, name } = folder;
    if (path === undefined) continue;
    for (const [kind, parts] of workspaceFiles) {
      if (!isEnabled(kind)) continue;
      // Folders in different places may share a name; what the user agreed to for one must not hold for the other.
      const id = `${kind}:${name}-${sha256(path).slice(0, 8)}`;
      sources.push({ id, kind, file: paths.join(path, ...parts), folder: path });
    }
  }
  for (const [kind, file] of Object.entries(user) as [UserKind, string | undefined][]) {
    if (file !== undefined && isEnabled(kind)) sources.push({ id: kind, kind, file, folder: undefined });
  }
  // With the home open as a folder, its files are still the user's own.
  const own = new Set(sources.filter((source) => source.folder === undefined).map((source) => source.file));
  const unique = new Map<string, Source>();
  for (const source of sources) {
    const isCopy = source.folder !== undefined && own.has(source.file);
    if (!isCopy && !unique.has(source.id)) unique.set(source.id, source);
  }
  return [...unique.values()];
}

/** Where other programs keep the servers of this user. */
export function userConfigFiles(machine: Machine): Readonly<Record<Exclude<UserKind, 'user'>, string>> {
  const { home, env } = machine;
  const paths = pathsOf(machine);
  const fromEnv = (name: string, fallback: string) => {
    const value = env[name];
    return value !== undefined && paths.isAbsolute(value) ? value : fallback;
  };
  return {
    copilot: paths.join(fromEnv('COPILOT_HOME', paths.join(home, '.copilot')), 'mcp-config.json'),
    claudeDesktop: paths.join(claudeFolder(machine, fromEnv), 'Claude', 'claude_desktop_config.json'),
    cursor: paths.join(home, '.cursor', 'mcp.json'),
    windsurf: paths.join(home, '.codeium', 'windsurf', 'mcp_config.json'),
  };
}

function claudeFolder(machine: Machine, fromEnv: (name: string, fallback: string) => string): string {
  const { platform, home } = machine;
  const paths = pathsOf(machine);
  if (platform === 'win32') return fromEnv('APPDATA', paths.join(home, 'AppData', 'Roaming'));
  if (platform === 'darwin') return paths.join(home, 'Library', 'Application Support');
  return fromEnv('XDG_CONFIG_HOME', paths.join(home, '.config'));
}

function pathsOf({ platform }: Machine): typeof posix {
  return platform === 'win32' ? win32 : posix;
}
