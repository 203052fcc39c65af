import * as z from 'zod';
import type { Completion } from '../core/completions.ts';
import type { DashboardState } from '../core/dashboard.ts';
import type { ActivityRow } from '../core/dashboardActivity.ts';
import type { RegistryPageView } from '../core/dashboardRegistry.ts';
import type { ResourcePage } from '../core/dashboardResources.ts';
import type { JsonObject } from '../core/json.ts';
import type { Finding } from '../core/schemaValidator.ts';
import { serverTab } from './page.ts';

const id = z.string().min(1).max(1024);
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());
const none = z.strictObject({});
const server = z.strictObject({ serverId: id });
const tool = z.strictObject({ serverId: id, tool: id });
const logLevel = z.enum(['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']);
const prompt = z.strictObject({ serverId: id, prompt: id });
const job = z.strictObject({ jobId: id });
const flow = z.strictObject({ flowId: id });
const caller = z.strictObject({ callerId: id });
const answers = z.strictObject({ flowId: id, content: jsonObject });
const registry = z.strictObject({ registryId: id });
const registryQuery = z.strictObject({
  text: z.string().max(300),
  filters: z.strictObject({
    registries: z.array(id).max(50).optional(),
    place: z.enum(['remote', 'local']).optional(),
    packageKinds: z.array(z.enum(['npm', 'pypi', 'nuget', 'oci', 'mcpb', 'cargo', 'go', 'other'])).optional(),
    transports: z.array(z.enum(['stdio', 'streamable-http', 'sse'])).optional(),
    statuses: z.array(z.enum(['active', 'deprecated', 'deleted'])).optional(),
    isVerified: z.literal(true).optional(),
  }),
  mine: z.enum(['installed', 'update']).optional(),
  sort: z.enum(['relevance', 'name', 'updated', 'published']),
  offset: z.int().nonnegative(),
  limit: z.int().positive().max(200),
});
const formDraft = z.strictObject({
  value: z.json().optional(),
  texts: z.record(z.string(), z.strictObject({ text: z.string(), problem: z.looseObject({}) })),
  branches: z.record(z.string(), z.number()),
  json: z.string().optional(),
});
const activityFilter = z.strictObject({
  text: z.string().max(300).optional(),
  serverId: id.optional(),
  caller: id.optional(),
  tool: id.optional(),
  group: z
    .enum(['calls', 'decisions', 'definitions', 'servers', 'sign-ins', 'policy', 'callers', 'log', 'other'])
    .optional(),
  outcome: z
    .enum([
      ...(['sent', 'completed', 'failed', 'cancelled', 'interrupted'] as const),
      ...(['lost', 'denied', 'refused', 'withdrawn'] as const),
    ])
    .optional(),
  from: z.int().optional(),
  to: z.int().optional(),
});

/** What the webview may ask the host to do, with the shape of each request. There is no way to approve a tool call here. */
export const intents = {
  'page.servers': none,
  'page.server': z.strictObject({ serverId: id, tab: serverTab, tool: id.optional() }),
  'page.jobs': z.strictObject({ jobId: id.optional() }),
  'page.requests': z.strictObject({ requestId: id.optional() }),
  'page.registry': z.strictObject({
    entry: z
      .strictObject({ registryId: id, name: id, version: id.optional(), compare: id.optional() })
      .optional(),
  }),
  'registry.search': registryQuery,
  'registry.sync': registry,
  'registry.cancelSync': registry,
  'registry.setEnabled': z.strictObject({ registryId: id, on: z.boolean() }),
  'registry.setKey': registry,
  'registry.signIn': registry,
  'registry.openSettings': none,
  'server.start': server,
  'server.stop': server,
  'server.restart': server,
  'server.refresh': server,
  'server.showLog': server,
  /** The editor's own dialog: how the server is known. */
  'servers.add': none,
  'server.openConfig': server,
  'server.editRoots': server,
  'server.setLogLevel': z.strictObject({ serverId: id, level: logLevel.optional() }),
  'server.setAutostart': z.strictObject({ serverId: id, on: z.boolean() }),
  'tool.setEnabled': z.strictObject({ serverId: id, tool: id, on: z.boolean() }),
  'tool.run': z.strictObject({
    serverId: id,
    tool: id,
    arguments: jsonObject,
    mode: z.enum(['auto', 'plain', 'task']),
  }),
  'tool.validate': z.strictObject({ serverId: id, tool: id, arguments: jsonObject }),
  'tool.copyDefinition': tool,
  /** Opens the review in the editor; accepting is not in this protocol. */
  'tool.review': tool,
  /** Asks the outside who a server is; `olderCards`: also where server cards were kept before. */
  'identity.check': z.strictObject({ serverId: id, olderCards: z.boolean() }),
  'identity.copy': server,
  /** Follows the trail of a server's sign-in, without credentials. */
  'auth.look': server,
  'auth.copy': server,
  /** Runs the editor's own command, which asks where it has to; no token is in this protocol. */
  'auth.run': z.strictObject({
    serverId: id,
    command: z.enum(['signIn', 'stepUp', 'refreshSignIn', 'switchAccount', 'signOut', 'forgetSignIn']),
  }),
  /** Follows the connection to a server; whatever needs consent is asked by the editor. */
  'doctor.look': server,
  'doctor.stop': server,
  'doctor.copy': z.strictObject({ serverId: id, format: z.enum(['json', 'markdown']) }),
  /** Records no messages of a server, or records them again. */
  'traffic.pause': z.strictObject({ serverId: id, isPaused: z.boolean() }),
  'traffic.clear': server,
  'traffic.openSettings': none,
  /** Asks for format and file. */
  'traffic.export': server,
  /** Sends a request again: a tool call through its approval, anything else once the user saw it. */
  'traffic.replay': z.strictObject({ serverId: id, key: z.string().max(20) }),
  'quality.copy': z.strictObject({ serverId: id, format: z.enum(['json', 'markdown']) }),
  /** Asks the server for its card. */
  'quality.look': server,
  /** Suggestions of a connected server for what is typed; starts nothing. */
  'completion.ask': z.strictObject({
    serverId: id,
    ref: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('prompt'), name: id }),
      z.strictObject({ kind: z.literal('template'), uriTemplate: z.string().min(1).max(8192) }),
    ]),
    argument: z.strictObject({ name: id, value: z.string().max(8192) }),
    context: z.record(z.string().max(1024), z.string().max(8192)),
  }),
  'resource.open': z.strictObject({ serverId: id, uri: z.string().min(1).max(8192) }),
  /** Reads it, and the editor asks where to save it. */
  'resource.save': z.strictObject({ serverId: id, uri: z.string().min(1).max(8192) }),
  'resource.search': z.strictObject({
    serverId: id,
    text: z.string().max(300),
    offset: z.int().nonnegative(),
    limit: z.int().positive().max(200),
  }),
  /** Asks the server for the messages of a prompt; they come with the state. */
  'prompt.fetch': z.strictObject({
    serverId: id,
    prompt: id,
    arguments: z.array(z.strictObject({ name: z.string(), value: z.string().max(100_000) })).max(200),
  }),
  'prompt.stop': prompt,
  /** What was fetched last, as it was shown. */
  'prompt.copy': prompt,
  'prompt.open': prompt,
  /** Puts the text into the chat's input, where the user reads it and sends it, or does not. */
  'prompt.send': prompt,
  'prompt.review': prompt,
  'job.cancel': job,
  'job.openResult': job,
  'job.openApp': job,
  'job.openArguments': job,
  'job.runAgain': job,
  'job.forget': job,
  'jobs.forgetFinished': none,
  'jobs.more': z.strictObject({ before: z.number() }),
  'request.openApproval': z.strictObject({ requestId: id }),
  'request.answer': z.strictObject({
    requestId: id,
    answer: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('accept'), content: jsonObject }),
      z.strictObject({ kind: z.literal('decline') }),
      z.strictObject({ kind: z.literal('cancel') }),
    ]),
  }),
  'request.validate': z.strictObject({ requestId: id, content: jsonObject }),
  /** Keeps a half-filled answer over a reload; the host leaves out what looks like a secret. */
  'request.keepDraft': z.strictObject({ requestId: id, draft: formDraft }),
  'request.openUrl': z.strictObject({ requestId: id }),
  'page.activity': z.strictObject({ seq: z.int().optional() }),
  'activity.search': z.strictObject({
    filter: activityFilter,
    /** Older than this line … */
    before: z.int().optional(),
    /** … or newer than this one. */
    after: z.int().optional(),
    limit: z.int().positive().max(500),
  }),
  'activity.verify': none,
  'activity.stopVerify': none,
  /** Has the editor ask whether to go on with a log that is not what it was. */
  'activity.accept': none,
  /** The editor asks for the format and the file. */
  'activity.export': z.strictObject({ filter: activityFilter }),
  'activity.compare': z.strictObject({ seq: z.int(), other: z.int() }),
  'page.install': none,
  'install.open': z.strictObject({ registry: id, name: id, version: id.optional() }),
  'install.choose': z.strictObject({
    flowId: id,
    change: z.strictObject({
      option: id.optional(),
      target: id.optional(),
      name: z.string().max(200).optional(),
      runner: z.enum(['npx', 'bunx', 'docker', 'podman']).optional(),
      pin: z.string().max(255).optional(),
      askForGaps: z.boolean().optional(),
      allowPrivate: z.boolean().optional(),
    }),
  }),
  'install.version': z.strictObject({ flowId: id, version: z.string().min(1).max(255) }),
  'install.fetchBundle': flow,
  'install.validate': answers,
  'install.review': answers,
  'install.back': flow,
  /** Has the editor ask for consent; agreeing is not in this protocol. */
  'install.confirm': z.strictObject({ flowId: id, reviewId: id }),
  'install.close': flow,
  'install.openFile': flow,
  'install.undo': none,
  'install.update': server,
  'install.rollBack': server,
  'install.uninstall': server,
  'page.agents': none,
  /** Each opens the editor's own dialog; tokens are never in this protocol. */
  'agents.connect': none,
  'agents.rename': caller,
  'agents.configure': caller,
  'agents.revoke': caller,
  'agents.setGateway': none,
  'agents.moveGateway': none,
  'link.open': z.strictObject({ url: z.url().max(8192) }),
} as const;

/** The name of an intent. */
export type Intent = keyof typeof intents;
/** The parameters of an intent. */
export type IntentParams<M extends Intent> = z.infer<(typeof intents)[M]>;

/** What an intent answers, where it is more than "done". */
export interface IntentResults {
  'completion.ask': Completion;
  /** One part of the list. */
  'resource.search': ResourcePage;
  'tool.run': {
    readonly kind: 'done' | 'failed' | 'denied' | 'cancelled';
    readonly jobId?: string;
    readonly message?: string;
  };
  /** Findings of the tool's input schema; empty when the arguments fit. */
  'tool.validate': { readonly findings: readonly Finding[] };
  /** Findings of the schema that the request asks with; empty when the content fits. */
  'request.validate': { readonly findings: readonly Finding[] };
  /** What keeps the answers from being used; empty when they are fine. */
  'install.validate': { readonly findings: readonly Finding[] };
  'install.review': { readonly findings: readonly Finding[] };
  /** Newest first; `before` is where older ones go on. */
  'activity.search': {
    readonly rows: readonly ActivityRow[];
    readonly before: number | undefined;
    readonly head: number;
  };
  'jobs.more': { readonly jobs: DashboardState['jobs']['finished'] };
  /** One part of the list. */
  'registry.search': RegistryPageView;
}
/** The result of an intent. */
export type IntentResult<M extends Intent> = M extends keyof IntentResults ? IntentResults[M] : null;

/** One handler per intent; a missing one fails the build. */
export type Handlers = {
  readonly [M in Intent]: (params: IntentParams<M>, signal: AbortSignal) => Promise<IntentResult<M>>;
};

/** Webview to host; checked at the host's edge before use. */
export const toHost = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({
    kind: z.literal('call'),
    id: z.int().nonnegative(),
    method: z.string().max(64),
    params: z.unknown(),
  }),
  z.strictObject({ kind: z.literal('cancel'), id: z.int().nonnegative() }),
]);
/** Webview to host. */
export type ToHost = z.infer<typeof toHost>;

/** Host to webview: complete snapshots, and exactly one reply per call. */
export type ToWebview =
  | { readonly kind: 'state'; readonly rev: number; readonly state: DashboardState }
  | { readonly kind: 'reply'; readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly kind: 'reply';
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
    };
