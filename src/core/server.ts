import type { Json } from './json.ts';
import { canonicalJson } from './util/canonicalJson.ts';
import type { Sha256 } from './ports.ts';

/** The kinds of places that servers are configured in. */
export type SourceKind =
  | 'workspace' // .vscode/mcp.json of one workspace folder
  | 'mcpJson' // .mcp.json of one workspace folder
  | 'cursorWorkspace' // .cursor/mcp.json of one workspace folder
  | 'user' // the user profile's mcp.json
  | 'copilot' // ~/.copilot/mcp-config.json
  | 'claudeDesktop'
  | 'cursor'
  | 'windsurf'
  | 'given'; // a file named on the command line of the headless host

/** One configuration file. */
export interface Source {
  readonly id: string; // stable: kind, plus the folder's name and a hash of its path for workspace kinds
  readonly kind: SourceKind;
  readonly file: string; // absolute path
  readonly folder: string | undefined; // absolute path of the workspace folder it belongs to
}

/** True for sources that arrive with a workspace and therefore need Workspace Trust. */
export function isWorkspaceSource(source: Source): boolean {
  return source.kind === 'workspace' || source.kind === 'mcpJson' || source.kind === 'cursorWorkspace';
}

/** A value that is asked from the user once: the `inputs` of mcp.json. */
export interface InputDefinition {
  readonly id: string;
  readonly kind: 'text' | 'pick' | 'command';
  readonly description: string;
  readonly isPassword: boolean;
  readonly default: string | undefined;
  readonly options: readonly string[]; // for kind pick
  readonly optionLabels?: readonly string[]; // one for each option
  readonly command?: { readonly id: string; readonly args: Json | undefined }; // for kind command: the VS Code command whose result is the value
}

/** How to start a local server; strings may hold `${…}` variables. */
export interface StdioLaunch {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly envFile: string | undefined;
  readonly cwd: string | undefined;
}

/** How to reach a remote server; strings may hold `${…}` variables. `auto` tries Streamable HTTP, then SSE. */
export interface HttpLaunch {
  readonly kind: 'http';
  readonly transport: 'auto' | 'streamable-http' | 'sse';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a server is started or reached, as configured. */
export type Launch = StdioLaunch | HttpLaunch;

/** A launch with every variable replaced; holds secrets, so it is never stored, logged or shown. */
export type ResolvedLaunch =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | undefined;
    }
  | {
      readonly kind: 'http';
      readonly transport: HttpLaunch['transport'];
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A configured MCP server. */
export interface ServerDefinition {
  /** Stable over edits of the entry: `<source id>/<name>`. */
  readonly id: string;
  readonly name: string;
  readonly source: Source;
  /** 1-based position of the entry in its file. */
  readonly line: number;
  readonly launch: Launch;
  readonly inputs: readonly InputDefinition[];
  /** SHA-256 over the canonical JSON of the launch: what consent and approvals are bound to. */
  readonly launchHash: string;
  /** The entry says `"disabled": true`: listed, never started by itself. */
  readonly isDisabledInFile?: boolean;
  /** The entry asks for VS Code's sandbox, which we do not have: consent says so. */
  readonly wantsSandbox?: boolean;
}

/** Something wrong in a configuration file; the other entries still load. */
export interface ConfigProblem {
  readonly source: Source;
  readonly entry: string | undefined; // the server's name, when the problem is in one entry
  readonly line: number; // 1-based
  readonly column: number; // 1-based
  readonly message: string;
  /** The file could not be read whole: entries that are missing may only be hidden by this. */
  readonly hidesEntries?: boolean;
}

/** What all sources together say. */
export interface Configuration {
  readonly servers: readonly ServerDefinition[];
  readonly problems: readonly ConfigProblem[];
  readonly sources: readonly Source[];
}

/** The launch hash of a launch as configured (variables unresolved). */
export function launchHash(launch: Launch, sha256: Sha256): string {
  return sha256(canonicalJson(launch));
}
