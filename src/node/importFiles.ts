import { posix, win32 } from 'node:path';
import { parseConfigText } from '../core/config.ts';
import type { Sha256 } from '../core/ports.ts';
import type { ServerDefinition, Source, SourceKind } from '../core/server.ts';
import { userConfigFiles, type Machine } from './configPaths.ts';
import { readTextFile } from './configText.ts';

/** A file of another program that servers can be imported from. */
export interface ImportFile {
  /** The program's own name. */
  readonly program: string;
  readonly file: string;
  readonly servers: readonly ServerDefinition[];
  /** Why some of it, or all, could not be read. */
  readonly problem: string | undefined;
}

/** Where other programs keep the servers of this user, whether the files exist or not. */
export function importPlaces(
  machine: Machine,
): readonly { readonly program: string; readonly source: Source }[] {
  const paths = machine.platform === 'win32' ? win32 : posix;
  const known = userConfigFiles(machine);
  const editors = editorFolder(machine);
  const place = (program: string, kind: SourceKind, file: string) => ({
    program,
    source: { id: `import:${file}`, kind, file, folder: undefined },
  });
  return [
    place('Claude Desktop', 'claudeDesktop', known.claudeDesktop),
    // Its own file says the same as .mcp.json, beside much else.
    place('Claude Code', 'mcpJson', paths.join(machine.home, '.claude.json')),
    place('Cursor', 'cursor', known.cursor),
    place('Windsurf', 'windsurf', known.windsurf),
    place('GitHub Copilot CLI', 'copilot', known.copilot),
    ...[
      ['VS Code', 'Code'],
      ['VS Code Insiders', 'Code - Insiders'],
      ['VSCodium', 'VSCodium'],
    ].map(([program = '', folder = '']) =>
      place(program, 'user', paths.join(editors, folder, 'User', 'mcp.json')),
    ),
  ];
}

/** What the files of other programs hold; those that are not there, or hold no server and no mistake, are left out. */
export async function readImports(machine: Machine, sha256: Sha256): Promise<readonly ImportFile[]> {
  const found = await Promise.all(
    importPlaces(machine).map(async ({ program, source }): Promise<readonly ImportFile[]> => {
      const { file } = source;
      const read = await readTextFile(file);
      if (read.kind === 'absent') return [];
      if (read.kind === 'unreadable') return [{ program, file, servers: [], problem: read.reason }];
      const { servers, problems } = parseConfigText(source, read.text, sha256);
      const problem = problems[0]?.message;
      return servers.length === 0 && problem === undefined ? [] : [{ program, file, servers, problem }];
    }),
  );
  return found.flat();
}

/** The folder that holds the profiles of editors of the VS Code family. */
function editorFolder({ platform, home, env }: Machine): string {
  if (platform === 'win32') return env['APPDATA'] ?? win32.join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support');
  return env['XDG_CONFIG_HOME'] ?? posix.join(home, '.config');
}
