import type { TrafficDetail, TrafficRow } from './dashboardTraffic.ts';
import type { TrafficStanding } from './trafficRecording.ts';
import type { Caller } from './caller.ts';
import type { LogLevel, Progress, ToolHints } from './connection.ts';
import type { AgentsView } from './dashboardAgents.ts';
import type { ChangeClass } from './definitionChanges.ts';
import type { ActivityView } from './dashboardActivity.ts';
import type { AuthPageView } from './dashboardAuth.ts';
import type { PromptDetail, PromptView } from './dashboardPrompts.ts';
import type { DefinitionFlag } from './definitionFlags.ts';
import type { DefinitionStanding } from './definitionGate.ts';
import type { AcceptedPin } from './definitionPins.ts';
import type { IdentityView, VerdictView } from './dashboardIdentity.ts';
import type { DoctorView } from './doctorReports.ts';
import type { FormDraft } from './forms/draft.ts';
import type { InstallView } from './installPage.ts';
import type { Json, JsonObject } from './json.ts';
import type { QualityReport } from './quality.ts';
import type { RegistryView } from './dashboardRegistry.ts';
import type { JobEvent, JobStatus, ProgressPoint } from './jobs.ts';

/** Which page a dashboard shows. */
export type Page =
  | { readonly kind: 'servers' }
  | {
      readonly kind: 'server';
      readonly serverId: string;
      readonly tab:
        | 'overview'
        | 'tools'
        | 'resources'
        | 'prompts'
        | 'identity'
        | 'sign-in'
        | 'doctor'
        | 'quality'
        | 'traffic';
      /** What is open in the list of the tab, by its name: a tool or a prompt. */
      readonly tool: string | undefined;
    }
  | { readonly kind: 'jobs'; readonly jobId: string | undefined }
  | { readonly kind: 'requests'; readonly requestId: string | undefined }
  | {
      readonly kind: 'registry';
      /** The open entry: its latest version unless it says which, with `compare` beside it. */
      readonly entry:
        | {
            readonly registryId: string;
            readonly name: string;
            readonly version: string | undefined;
            readonly compare: string | undefined;
          }
        | undefined;
    }
  | {
      readonly kind: 'activity';
      /** The chosen line. */
      readonly seq: number | undefined;
    }
  | { readonly kind: 'install' } // the open installation, if there is one
  | { readonly kind: 'agents' };

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
  /** What the state comes with, e.g. why it failed; empty when there is nothing to add. Visible text. */
  readonly stateText: string;
  readonly era: 'legacy' | 'modern' | undefined;
  readonly source: string; // file, with folder
  /** Who it is, as far as is known without asking anybody. */
  readonly verdict: VerdictView | undefined;
  readonly toolCount: number | undefined;
  /** Of jobs of this server that are not final, and of requests it waits for. */
  readonly openJobs: number;
  readonly openRequests: number;
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
  /** Against what was accepted: nobody may call what is set aside, and calls of what is new always ask. */
  readonly standing: DefinitionStanding;
}

/** The schema-bearing part of the one tool that is open. */
export interface ToolDetail extends ToolView {
  /** A page of the server shows its results (MCP Apps). */
  readonly hasApp?: boolean;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | undefined;
  readonly definitionHash: string;
  /** Arguments of the last call of this tool by the user, to start the form with. */
  readonly lastArguments: JsonObject | undefined;
  /** When this definition was accepted, and how; undefined when it was not. */
  readonly accepted: Pick<AcceptedPin, 'at' | 'how'> | undefined;
  /** What changed since, the graver first. */
  readonly changes: readonly ChangeClass[];
  readonly flags: readonly DefinitionFlag[];
}

/** Where an installed server came from, and what can be done about it. */
export interface InstalledView {
  readonly name: ShownText;
  readonly version: ShownText;
  readonly origin: ShownText;
  readonly update:
    | { readonly kind: 'current' | 'unknown' }
    | { readonly kind: 'update'; readonly to: ShownText }
    | { readonly kind: 'withdrawn'; readonly message: ShownText | undefined };
  /** The version that a roll-back leads to. */
  readonly previous: ShownText | undefined;
  /** Somebody changed the entry since. */
  readonly isEdited: boolean;
}

/** The server page. */
export interface ServerView extends ServerRow {
  /** Undefined for a server that was not installed from a registry or server.json. */
  readonly installed: InstalledView | undefined;
  /** As configured: variables unresolved; values that look like secrets are masked. */
  readonly launch:
    | {
        readonly kind: 'stdio';
        readonly commandLine: ShownText;
        readonly cwd: string | undefined;
        readonly env: readonly string[];
      }
    | { readonly kind: 'http'; readonly url: ShownText; readonly headers: readonly string[] };
  readonly file: string;
  readonly line: number;
  readonly isChanged: boolean;
  readonly isAutostart: boolean;
  readonly nextStep: string | undefined;
  /** When the next attempt starts, while retrying. */
  readonly retryAt: number | undefined;
  /** Where other servers of the same name are configured. */
  readonly sameName: readonly string[];
  /** How many there are, in every tab; the lists below hold at most `maxListed` and only those of the open tab. */
  readonly counts: { readonly tools: number; readonly resources: number; readonly prompts: number };
  readonly identity:
    | {
        readonly name: ShownText;
        readonly title: ShownText | undefined;
        readonly version: ShownText;
        readonly description: ShownText | undefined;
        readonly websiteUrl: ShownText | undefined;
      }
    | undefined;
  readonly protocolVersion: string | undefined;
  readonly transport: string | undefined;
  readonly pid: number | undefined;
  readonly capabilities: Json | undefined;
  readonly instructions: ShownText | undefined;
  /** Folders that the server is told of. */
  readonly roots: readonly { readonly name: ShownText; readonly uri: ShownText }[];
  readonly tools: readonly ToolView[];
  readonly problems: readonly string[];
  readonly openTool: ToolDetail | undefined;
  /** Why the schema of the open tool is not shown. */
  readonly openToolProblem: 'too-large' | undefined;
  /** Another number whenever the resources or templates were listed anew; their rows are asked for in parts. */
  readonly resourceRevision: number;
  readonly prompts: readonly PromptView[];
  readonly openPrompt: PromptDetail | undefined;
  /** What the user wants to read of the server's log; `isOffered` is false for a connected server that has no such messages. */
  readonly log: { readonly level: LogLevel | undefined; readonly isOffered: boolean };
  /** Filled only while its tab is open. */
  readonly identityReport: IdentityView | undefined;
  /** Filled only while the sign-in tab of a remote server is open. */
  readonly auth: AuthPageView | undefined;
  /** Filled only while its tab is open. */
  readonly doctor: DoctorView | undefined;
  /** Filled only while its tab is open. */
  readonly quality: QualityReport | undefined;
  /** Newest last; filled only while the traffic tab is open. */
  readonly traffic: readonly TrafficRow[];
  readonly trafficStanding: TrafficStanding;
  /** The exchange that is open in it. */
  readonly openExchange: TrafficDetail | undefined;
}

/** One message of a connection on a line. */
export interface FrameView {
  readonly at: number;
  readonly direction: 'sent' | 'received';
  readonly kind: string;
  readonly method: string | undefined;
  readonly id: string | undefined;
  readonly bytes: number;
  readonly text: string;
}

/** A job as a row. */
export interface JobRow {
  readonly id: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly tool: string;
  /** The tool's name as the server knows it, for links to its page; `tool` is for the eye. */
  readonly toolName: string;
  readonly callerName: string;
  readonly callerKind: Caller['kind'];
  readonly status: JobStatus;
  readonly statusMessage: ShownText | undefined;
  readonly progress: Progress | undefined;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  readonly mode: 'plain' | 'task';
  readonly hasResult: boolean;
  /** Honest guess from the progress so far; undefined when there is no basis for one. */
  readonly remainingMs: number | undefined;
}

/** One part of a result. */
export interface ResultBlock {
  readonly kind: 'text' | 'json' | 'image' | 'audio' | 'resource' | 'link' | 'unknown';
  /** The text of a text, JSON, text resource or unknown block. */
  readonly text: ShownText | undefined;
  /** Name or address of a resource or link. */
  readonly label: ShownText | undefined;
  readonly mimeType: string | undefined;
  readonly bytes: number | undefined;
}

/** The job page. */
export interface JobView extends JobRow {
  /** A page of the server shows the results of the tool (MCP Apps). */
  readonly hasApp?: boolean;
  /** Indented JSON, cut when long; the whole opens as a document. */
  readonly argumentsText: ShownText;
  readonly approval: string;
  readonly task:
    | {
        readonly taskId: string;
        readonly createdAt: number;
        readonly ttlMs: number | undefined;
        readonly pollIntervalMs: number | undefined;
      }
    | undefined;
  readonly timeline: readonly JobEvent[];
  readonly history: readonly ProgressPoint[];
  readonly rerunOf: string | undefined;
  /** First parts of the result, for a glance; the whole opens as a document. Undefined while there is none. */
  readonly result:
    | { readonly isError: boolean; readonly blocks: readonly ResultBlock[]; readonly omitted: number }
    | undefined;
  readonly schemaProblems: readonly string[];
  /** Messages of the live connection that belong to this job, oldest first; bounded. */
  readonly frames: readonly FrameView[];
}

/** What deserves a warning before a page is opened. */
export type UrlWarning =
  'not-a-page' | 'not-https' | 'punycode' | 'credentials' | 'ip-address' | 'unusual-port';

/** An address for display: what would be opened, with the host set apart. */
export interface UrlView {
  readonly before: ShownText;
  readonly host: ShownText;
  readonly after: ShownText;
  readonly warnings: readonly UrlWarning[];
  /** False when it is no http(s) address: then it is never opened. */
  readonly canOpen: boolean;
}

/** An open request as a row; elicitation carries what its form needs, an approval only says where to decide it. */
export interface RequestRow {
  readonly id: string;
  readonly kind:
    'approval' | 'elicitation-form' | 'elicitation-url' | 'sampling' | 'definition-change' | 'sign-in';
  readonly serverName: string;
  readonly tool: string | undefined;
  /** The tool's name as the server knows it. */
  readonly toolName: string | undefined;
  readonly callerName: string | undefined;
  readonly callerKind: Caller['kind'] | undefined;
  readonly jobId: string | undefined;
  readonly createdAt: number;
  readonly message: ShownText | undefined;
  readonly schema: JsonObject | undefined;
  /** The schema was too large to send; the answer is given as JSON. */
  readonly isSchemaTooLarge: boolean;
  readonly url: ShownText | undefined;
  readonly urlHost: string | undefined;
  readonly urlView: UrlView | undefined;
  readonly serverId: string;
  /** What was typed into its form before a reload. */
  readonly draft?: FormDraft | undefined;
}

/** Everything the dashboard shows at one moment; sent whole, never as a delta. */
export interface DashboardState {
  readonly page: Page;
  readonly servers: readonly ServerRow[];
  readonly server: ServerView | undefined;
  readonly jobs: {
    readonly open: readonly JobRow[];
    readonly finished: readonly JobRow[];
    readonly finishedTotal: number;
  };
  readonly job: JobView | undefined;
  readonly requests: readonly RequestRow[];
  /** Filled only while its page is shown. */
  readonly install: InstallView | undefined;
  /** Filled only while its page is shown. */
  readonly agents: AgentsView | undefined;
  /** Filled only while its page is shown. */
  readonly activity: ActivityView | undefined;
  /** Filled only while the registry page is open. */
  readonly registry: RegistryView | undefined;
  /** Milliseconds since the epoch at which this state was made. */
  readonly now: number;
}
