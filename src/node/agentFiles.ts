import { posix, win32 } from 'node:path';
import { gatewayServerName, type AgentEdit, type AgentSnippet } from '../core/agentSnippets.ts';
import type { AgentKind } from '../core/callerRecord.ts';
import { editConfigText } from '../core/configEdit.ts';
import type { Source } from '../core/server.ts';
import { withTomlTable } from '../core/tomlText.ts';
import { AppError } from '../core/util/errors.ts';
import { readTextFile } from './configText.ts';
import type { Machine } from './configPaths.ts';
import { inTurn, replaceText, readConfigText, removeText } from './textEdits.ts';

/** The keys that our tables have. */
const tomlKeys = ['url', 'http_headers', 'command', 'args', 'env', 'tool_timeout_sec'];

/** Where an agent keeps the servers of its user; none for VS Code, which is told directly, and for unknown agents. */
export async function agentFile(
  agent: AgentKind,
  machine: Machine,
  globalStorage: string,
): Promise<string | undefined> {
  const { env, home } = machine;
  const paths = machine.platform === 'win32' ? win32 : posix;
  const folder = (name: string, fallback: string) => {
    const value = env[name];
    return value !== undefined && paths.isAbsolute(value) ? value : fallback;
  };
  switch (agent) {
    case 'claude-code':
      return paths.join(folder('CLAUDE_CONFIG_DIR', home), '.claude.json');
    case 'codex':
      return paths.join(folder('CODEX_HOME', paths.join(home, '.codex')), 'config.toml');
    case 'cursor':
      return paths.join(home, '.cursor', 'mcp.json');
    case 'cline': {
      const name = 'cline_mcp_settings.json';
      const own = folder('CLINE_MCP_SETTINGS_PATH', paths.join(home, '.cline', 'data', 'settings', name));
      // As an extension of this editor it may keep them beside us.
      const extension = paths.join(globalStorage, 'saoudrizwan.claude-dev', 'settings', name);
      const isExtension = (await readTextFile(extension)).kind !== 'absent';
      return isExtension && (await readTextFile(own)).kind === 'absent' ? extension : own;
    }
    case 'vscode':
    case 'other':
      return undefined;
  }
}

/** What writing a snippet would change; comments and everything else stay. Rejects `invalid-config` or `conflict` for a file that cannot take it. */
export async function planAgentEdit(file: string, snippet: AgentSnippet): Promise<AgentEdit> {
  const before = await readConfigText(file);
  if (snippet.table !== undefined) {
    const path = ['mcp_servers', gatewayServerName];
    const after = named(file, () => withTomlTable(before, path, snippet.table ?? '', tomlKeys));
    const isReplaced = before !== undefined && before.includes(`[mcp_servers.${gatewayServerName}]`);
    return { file, before, after, isReplaced };
  }
  if (!snippet.entry) throw new AppError('internal', 'a snippet without an entry');
  const change = { name: gatewayServerName, entry: snippet.entry };
  const source = sourceOf(file);
  try {
    const { text } = editConfigText(source, before, { kind: 'add', ...change });
    return { file, before, after: text, isReplaced: false };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const { text } = editConfigText(source, before, { kind: 'replace', ...change });
    return { file, before, after: text, isReplaced: true };
  }
}

/** Writes what was planned, whole or not at all; rejects `conflict` when the file was changed since. */
export function writeAgentEdit({ file, before, after }: AgentEdit): Promise<void> {
  return inTurn(file, () => replaceText({ file, isShared: false }, before, after));
}

/** Takes it back; rejects `conflict` when the file was changed since. */
export function undoAgentEdit({ file, before, after }: AgentEdit): Promise<void> {
  return inTurn(file, async () => {
    if (before === undefined) await removeText(file, after);
    else await replaceText({ file, isShared: false }, after, before);
  });
}

/** All of them keep their servers below `mcpServers`. */
function sourceOf(file: string): Source {
  return { id: `agent:${file}`, kind: 'claudeDesktop', file, folder: undefined };
}

function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file} was not changed: ${error.message}`, {
      cause: error,
      ...(error.nextStep === undefined ? {} : { nextStep: error.nextStep }),
    });
  }
}
