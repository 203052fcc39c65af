import type { AgentKind } from './callerRecord.ts';
import type { JsonObject } from './json.ts';
import type { Launch } from './server.ts';
import { tomlTable } from './tomlText.ts';

/** The name that the gateway has in the agents' own configuration. */
export const gatewayServerName = 'mcp-switchboard';

/** How an agent reaches the gateway: at its address, or through a command that it starts. */
export type AgentWay = 'http' | 'command';

/** What a snippet is made from. */
export interface AgentGrant {
  readonly url: string;
  readonly token: string;
  /** Starts the launcher; holds no token. */
  readonly command: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
}

/** What is put into an agent's configuration. */
export interface AgentSnippet {
  readonly language: 'json' | 'toml';
  /** What to paste into an empty file. */
  readonly text: string;
  /** The entry below `mcpServers`; undefined for TOML. */
  readonly entry: JsonObject | undefined;
  /** The table of the entry; undefined for JSON. */
  readonly table: string | undefined;
}

// A call waits until the user has decided; the limit of a minute that these two have would end it.
const patienceSeconds = 3600;

/** The snippet for an agent, in the words of that agent. */
export function agentSnippet(agent: AgentKind, way: AgentWay, grant: AgentGrant): AgentSnippet {
  if (agent === 'codex') {
    const table = codexTable(way, grant);
    return { language: 'toml', text: table, entry: undefined, table };
  }
  const entry = entryOf(agent, way, grant);
  return {
    language: 'json',
    text: `${JSON.stringify({ mcpServers: { [gatewayServerName]: entry } }, undefined, 2)}\n`,
    entry,
    table: undefined,
  };
}

function entryOf(agent: AgentKind, way: AgentWay, { url, token, command }: AgentGrant): JsonObject {
  const headers = { Authorization: `Bearer ${token}` };
  const started = {
    command: command.command,
    args: command.args,
    ...(Object.keys(command.env).length > 0 ? { env: command.env } : {}),
  };
  switch (agent) {
    case 'claude-code': // without a type it would be taken for a command
      return way === 'http' ? { type: 'http', url, headers } : { type: 'stdio', ...started };
    case 'cline': // without a type it would be taken for HTTP+SSE
      return way === 'http'
        ? { type: 'streamableHttp', url, headers, disabled: false, timeout: patienceSeconds }
        : { type: 'stdio', ...started, disabled: false, timeout: patienceSeconds };
    case 'cursor':
    case 'codex':
      return way === 'http' ? { url, headers } : started;
    case 'vscode':
    case 'other':
      return way === 'http' ? { type: 'http', url, headers } : { type: 'stdio', ...started };
  }
}

function codexTable(way: AgentWay, { url, token, command }: AgentGrant): string {
  const limit = { tool_timeout_sec: patienceSeconds };
  return tomlTable(
    ['mcp_servers', gatewayServerName],
    way === 'http'
      ? { url, http_headers: { Authorization: `Bearer ${token}` }, ...limit }
      : {
          command: command.command,
          args: command.args,
          ...(Object.keys(command.env).length > 0 ? { env: command.env } : {}),
          ...limit,
        },
  );
}

/** What a snippet would do to a file of an agent. */
export interface AgentEdit {
  readonly file: string;
  /** Undefined when the file does not exist. */
  readonly before: string | undefined;
  readonly after: string;
  /** The file has an entry of our name already, which goes. */
  readonly isReplaced: boolean;
}

/** The agents' own files. */
export interface AgentFiles {
  /** Where an agent keeps the servers of its user; undefined for one whose place is not known. */
  file(agent: AgentKind): Promise<string | undefined>;
  /** What writing would change; rejects `invalid-config` or `conflict` for a file that cannot take it. */
  plan(file: string, snippet: AgentSnippet): Promise<AgentEdit>;
  /** Rejects `conflict` when the file was changed since. */
  write(edit: AgentEdit): Promise<void>;
  undo(edit: AgentEdit): Promise<void>;
}

/** The launcher for agents that only start commands. */
export interface AgentLaunchers {
  /** Writes the connection of a caller and returns what starts it. */
  grant(callerId: string, connection: Pick<AgentGrant, 'url' | 'token'>): Promise<AgentGrant['command']>;
  /** Gives a caller's launcher a new token, if it has one. */
  renew(callerId: string, connection: Pick<AgentGrant, 'url' | 'token'>): Promise<void>;
  revoke(callerId: string): Promise<void>;
}

/** What adds the gateway to Claude Code from a POSIX shell. */
export function claudeCommand(snippet: AgentSnippet): string {
  const json = JSON.stringify(snippet.entry).replaceAll("'", "'\\''");
  return `claude mcp add-json --scope user ${gatewayServerName} '${json}'`;
}

/** True for an entry that leads back to our own gateway: to list its tools below themselves would be a loop. */
export function isGatewayLaunch(launch: Launch): boolean {
  if (launch.kind === 'stdio') return launch.args.some((arg) => arg.endsWith('gateway-stdio.cjs'));
  return Object.values(launch.headers).some((value) => value.startsWith('Bearer mcpsb_'));
}

/** A text with the token cut to what lets people tell one from another. */
export function withShortToken(text: string, token: string): string {
  return text.replaceAll(token, `${token.slice(0, 10)}…`);
}
