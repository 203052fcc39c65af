import type { ActivityLine } from './activity.ts';
import type { Progress, ToolHints } from './connection.ts';
import type { Json, JsonObject } from './json.ts';
import type { JobEvent, JobStatus, ProgressPoint } from './jobs.ts';

/** Which page a dashboard shows. */
export type Page =
  | { readonly kind: 'servers' }
  | { readonly kind: 'server'; readonly serverId: string; readonly tab: 'overview' | 'tools' | 'resources' | 'prompts' | 'traffic'; readonly tool: string | undefined }
  | { readonly kind: 'jobs'; readonly jobId: string | undefined }
  | { readonly kind: 'requests'; readonly requestId: string | undefined };

/** Foreign text prepared for display: hidden characters replaced by visible marks. */
export interface ShownText {
  readonly text: string;
  /** How many characters were replaced; > 0 is worth a warning. */
  readonly hidden: number;
  readonly isTruncated: boolean;
  /** What runs of tag characters or variation selectors spell, itself made visible. */
  readonly spelled?: readonly string[];
}

/** A server as a row. */
export interface ServerRow {
  readonly id: string;
  readonly name: ShownText;
  readonly state: 'stopped' | 'starting' | 'needs-sign-in' | 'ready' | 'retrying' | 'failed' | 'blocked';
  readonly stateText: string;
  readonly era: 'legacy' | 'modern' | undefined;
  readonly source: string; // file, with folder
  readonly toolCount: number | undefined;
}

/** A tool as the server page shows it. */
export interface ToolView {
  readonly name: string;
  readonly shownName: ShownText;
  readonly title: ShownText | undefined;
  readonly description: ShownText | undefined;
  /** As claimed by the server. */
  readonly hints: ToolHints;
  readonly taskSupport: 'forbidden' | 'optional' | 'required';
  readonly isEnabled: boolean;
}

/** The schema-bearing part of the one tool that is open. */
export interface ToolDetail extends ToolView {
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | undefined;
  readonly definitionHash: string;
  /** Arguments of the last call of this tool by the user, to start the form with. */
  readonly lastArguments: JsonObject | undefined;
}

/** The server page. */
export interface ServerView extends ServerRow {
  readonly launch: { readonly kind: 'stdio'; readonly commandLine: ShownText; readonly cwd: string | undefined } | { readonly kind: 'http'; readonly url: ShownText };
  readonly file: string;
  readonly line: number;
  readonly isChanged: boolean;
  readonly isAutostart: boolean;
  readonly nextStep: string | undefined;
  readonly identity: { readonly name: ShownText; readonly title: ShownText | undefined; readonly version: ShownText; readonly description: ShownText | undefined; readonly websiteUrl: ShownText | undefined } | undefined;
  readonly protocolVersion: string | undefined;
  readonly transport: string | undefined;
  readonly pid: number | undefined;
  readonly capabilities: Json | undefined;
  readonly instructions: ShownText | undefined;
  readonly tools: readonly ToolView[];
  readonly problems: readonly string[];
  readonly openTool: ToolDetail | undefined;
  readonly resources: readonly { readonly uri: ShownText; readonly rawUri: string; readonly name: ShownText; readonly description: ShownText | undefined; readonly mimeType: string | undefined; readonly size: number | undefined }[];
  readonly templates: readonly { readonly uriTemplate: ShownText; readonly name: ShownText; readonly description: ShownText | undefined }[];
  readonly prompts: readonly { readonly name: ShownText; readonly description: ShownText | undefined; readonly arguments: readonly string[] }[];
  /** Newest last; filled only while the traffic tab is open. */
  readonly traffic: readonly { readonly at: number; readonly direction: 'sent' | 'received'; readonly kind: string; readonly method: string | undefined; readonly id: string | undefined; readonly bytes: number; readonly text: string }[];
}

/** A job as a row. */
export interface JobRow {
  readonly id: string;
  readonly serverName: string;
  readonly tool: string;
  readonly callerName: string;
  readonly status: JobStatus;
  readonly statusMessage: ShownText | undefined;
  readonly progress: Progress | undefined;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  readonly mode: 'plain' | 'task';
  readonly hasResult: boolean;
}

/** The job page. */
export interface JobView extends JobRow {
  readonly serverId: string;
  readonly arguments: Json;
  readonly approval: string;
  readonly timeline: readonly JobEvent[];
  readonly history: readonly ProgressPoint[];
  readonly rerunOf: string | undefined;
  /** First part of the result as text, for a glance; the whole opens as a document. */
  readonly resultPreview: ShownText | undefined;
  readonly schemaProblems: readonly string[];
}

/** An open request as a row; elicitation carries what its form needs, an approval only says where to decide it. */
export interface RequestRow {
  readonly id: string;
  readonly kind: 'approval' | 'elicitation-form' | 'elicitation-url' | 'sampling';
  readonly serverName: string;
  readonly tool: string | undefined;
  readonly callerName: string | undefined;
  readonly jobId: string | undefined;
  readonly createdAt: number;
  readonly message: ShownText | undefined;
  readonly schema: JsonObject | undefined;
  readonly url: ShownText | undefined;
  readonly urlHost: string | undefined;
}

/** Everything the dashboard shows at one moment; sent whole, never as a delta. */
export interface DashboardState {
  readonly page: Page;
  readonly servers: readonly ServerRow[];
  readonly server: ServerView | undefined;
  readonly jobs: { readonly open: readonly JobRow[]; readonly finished: readonly JobRow[]; readonly finishedTotal: number };
  readonly job: JobView | undefined;
  readonly requests: readonly RequestRow[];
  readonly activity: readonly ActivityLine[];
  /** Milliseconds since the epoch at which this state was made. */
  readonly now: number;
}
