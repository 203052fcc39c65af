import { editConfigText } from '../core/configEdit.ts';
import { parseConfigText } from '../core/config.ts';
import type { InstallTarget } from '../core/installTarget.ts';
import type { InstallFiles } from '../core/installPorts.ts';
import type { Sha256 } from '../core/ports.ts';
import { isWorkspaceSource, type Source, type SourceKind } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import { changeConfig, undoConfigEdit } from './configEdits.ts';
import type { ConfigFiles } from './configFiles.ts';
import { readTextFile } from './configText.ts';

/** What the files are found with. */
export interface InstallFilesDeps {
  readonly files: Pick<ConfigFiles, 'configuration' | 'reload'>;
  readonly sha256: Sha256;
  /** False while the workspace is restricted. */
  readonly isTrusted: () => boolean;
}

/** Our own kinds are made when they are missing; another program's file has to be there. */
const own: ReadonlySet<SourceKind> = new Set(['user', 'workspace', 'mcpJson']);
const order: readonly SourceKind[] = [
  'user',
  'workspace',
  'mcpJson',
  'copilot',
  'cursorWorkspace',
  'cursor',
  'claudeDesktop',
  'windsurf',
];

/** The configuration files in use, as an installation writes them. */
export function createInstallFiles({ files, sha256, isTrusted }: InstallFilesDeps): InstallFiles {
  const target = async (source: Source): Promise<readonly InstallTarget[]> => {
    const found = await readTextFile(source.file);
    if (found.kind === 'absent' && !own.has(source.kind)) return [];
    const names =
      found.kind === 'text'
        ? parseConfigText(source, found.text, sha256).servers.map(({ name }) => name)
        : [];
    return [
      {
        source,
        exists: found.kind !== 'absent',
        names,
        refusal:
          found.kind === 'unreadable'
            ? `the file cannot be read: ${found.reason}`
            : isWorkspaceSource(source) && !isTrusted()
              ? 'the workspace is not trusted'
              : undefined,
      },
    ];
  };
  return {
    targets: async () => {
      await files.reload();
      const { sources } = files.configuration.get();
      const sorted = sources.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
      return (await Promise.all(sorted.map(target))).flat();
    },
    preview: async (source, change) => {
      const found = await readTextFile(source.file);
      if (found.kind === 'unreadable')
        throw new AppError('invalid-config', `${source.file} cannot be read: ${found.reason}`);
      const before = found.kind === 'text' ? found.text : undefined;
      const { text: after } = editConfigText(source, before, change);
      const definition = parseConfigText(source, after, sha256).servers.find(
        ({ name }) => name === change.name,
      );
      if (!definition)
        throw new AppError('internal', `${source.file} would not hold the server ${change.name}`);
      return { before, after, definition };
    },
    write: (source, change, before) => changeConfig(source, change, { expected: { text: before } }),
    remove: (source, name, inputs) => changeConfig(source, { kind: 'remove', name, inputs }),
    undo: (source, edit) => undoConfigEdit(source, edit),
    reload: () => files.reload(),
  };
}
