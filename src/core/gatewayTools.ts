import type { Caller } from './caller.ts';
import type { CallerRuns, CallerRun, RunView } from './callerRuns.ts';
import type { Ask, CallResult, Progress } from './connection.ts';
import { findTools } from './findTool.ts';
import type { GatewayCatalog, OfferedTool } from './gatewayCatalog.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Clock } from './ports.ts';
import { AppError } from './util/errors.ts';

/** What a tool of ours is run with. */
export interface GatewayToolContext {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** True for a question that the caller answers itself. */
  readonly takes?: (ask: Ask) => boolean;
  readonly meta?: JsonObject;
}

/** A tool of ours, the same behind the gateway and as a language-model tool. */
export interface GatewayTool {
  readonly name: GatewayToolName;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations: JsonObject;
  /** Rejects `invalid-input` for arguments that do not fit, `not-found` for what is not this caller's. */
  readonly run: (args: JsonObject, context: GatewayToolContext) => Promise<CallResult>;
}

/** Names of the tools that work with jobs. */
export const jobToolNames = ['start_job', 'job_status', 'job_result', 'cancel_job'] as const;
/** Names of the tools that find other tools. */
export const discoveryToolNames = ['search_tools', 'describe_tool', 'call_tool'] as const;

export type GatewayToolName = (typeof jobToolNames)[number] | (typeof discoveryToolNames)[number];

export interface GatewayToolsDeps {
  readonly catalog: (caller: Caller) => GatewayCatalog;
  readonly runs: CallerRuns;
  readonly clock: Clock;
}

const maxWaitSeconds = 60;
const defaultHits = 10;
const maxHits = 50;
const toolName: JsonObject = { type: 'string', description: 'Name of the tool, as it is listed.' };
const toolArguments: JsonObject = {
  type: 'object',
  description: "The tool's own arguments; describe_tool and the list of tools show their schema.",
};
const job: JsonObject = { type: 'string', description: 'The job id that start_job gave.' };
const wait: JsonObject = {
  type: 'number',
  minimum: 0,
  maximum: maxWaitSeconds,
  description: `Wait up to this many seconds for the job to change or end (at most ${maxWaitSeconds}); 0, the default, answers at once.`,
};

/** Every tool of ours; the surfaces choose which they offer. */
export function gatewayTools(deps: GatewayToolsDeps): readonly GatewayTool[] {
  return [...jobTools(deps), ...discoveryTools(deps)];
}

function jobTools({ catalog, runs, clock }: GatewayToolsDeps): readonly GatewayTool[] {
  const own = (caller: Caller, args: JsonObject): RunView => {
    const view = runs.view(caller, text(args, 'job'));
    if (!view) throw new AppError('not-found', `there is no job ${text(args, 'job')} of yours`);
    return view;
  };
  const waited = async (
    args: JsonObject,
    context: GatewayToolContext,
    isDone: (view: RunView) => boolean,
  ) => {
    const first = own(context.caller, args);
    const seconds = Math.min(maxWaitSeconds, Math.max(0, number(args, 'wait_seconds') ?? 0));
    const run = runs.run(context.caller, first.id);
    if (!run || isDone(first) || seconds === 0) return first;
    const late = new AbortController();
    const timer = clock.setTimer(seconds * 1000, () => late.abort());
    await run
      .until(() => isDone(own(context.caller, args)), AbortSignal.any([late.signal, context.signal]))
      .catch(() => {})
      .finally(() => timer.dispose());
    return own(context.caller, args);
  };
  return [
    {
      name: 'start_job',
      title: 'Start a job',
      description:
        'Starts a tool in the background and answers at once with a job id, also while the call still waits for approval. Use it for anything that may take long, go on with other work, and read the result later with job_result.',
      inputSchema: schema({ tool: toolName, arguments: toolArguments }, ['tool']),
      annotations: { readOnlyHint: false, openWorldHint: true },
      run: async (args, { caller, meta }) => {
        const run = startRun(runs, find(catalog(caller), args), args, { caller, meta }, 'auto');
        run.handOut();
        return answer(jobJson(own(caller, { job: run.id })));
      },
    },
    {
      name: 'job_status',
      title: 'Status of a job',
      description: 'Says where a job stands: its state, progress and last message.',
      inputSchema: schema({ job, wait_seconds: wait }, ['job']),
      annotations: { readOnlyHint: true },
      run: async (args, context) => {
        const before = own(context.caller, args);
        const stands = (view: RunView) => `${view.state} ${view.message} ${view.progress?.progress}`;
        const isMoved = (view: RunView) => view.isFinal || stands(view) !== stands(before);
        return answer(jobJson(before.isFinal ? before : await waited(args, context, isMoved)));
      },
    },
    {
      name: 'job_result',
      title: 'Result of a job',
      description:
        'Gives the result of a job exactly as its tool answered; says where the job stands while it is not done.',
      inputSchema: schema({ job, wait_seconds: wait }, ['job']),
      annotations: { readOnlyHint: true },
      run: async (args, context) => {
        const view = await waited(args, context, ({ isFinal }) => isFinal);
        return view.result ?? answer(jobJson(view), view.isFinal);
      },
    },
    {
      name: 'cancel_job',
      title: 'Cancel a job',
      description: 'Asks for a job to be cancelled; a server may finish it all the same.',
      inputSchema: schema({ job }, ['job']),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      run: async (args, { caller }) => {
        const { id } = own(caller, args);
        runs.cancel(caller, id);
        return answer(jobJson(own(caller, args)));
      },
    },
  ];
}

function discoveryTools({ catalog, runs }: GatewayToolsDeps): readonly GatewayTool[] {
  return [
    {
      name: 'search_tools',
      title: 'Search tools',
      description:
        'Finds tools of all connected servers by words of their name, title, description or server. Look here before you say that something cannot be done, then describe_tool, then call_tool.',
      inputSchema: schema(
        {
          query: {
            type: 'string',
            description: 'A few words; every one must fit. Empty lists the first tools.',
          },
          limit: {
            type: 'integer',
            minimum: 1,
            maximum: maxHits,
            description: `At most ${maxHits}; ${defaultHits} when absent.`,
          },
        },
        ['query'],
      ),
      annotations: { readOnlyHint: true },
      run: async (args, { caller }) => {
        const limit = Math.min(maxHits, Math.max(1, Math.floor(number(args, 'limit') ?? defaultHits)));
        const hits = searchCatalog(catalog(caller), text(args, 'query'), limit);
        return answer({ tools: hits.map(hitJson) });
      },
    },
    {
      name: 'describe_tool',
      title: 'Describe a tool',
      description: 'Gives the whole definition of one tool with the schema of its arguments.',
      inputSchema: schema({ tool: toolName }, ['tool']),
      annotations: { readOnlyHint: true },
      run: async (args, { caller }) => answer(find(catalog(caller), args).definition),
    },
    {
      name: 'call_tool',
      title: 'Call a tool',
      description: 'Runs one tool that search_tools found and gives its result.',
      inputSchema: schema({ tool: toolName, arguments: toolArguments }, ['tool']),
      annotations: { readOnlyHint: false, openWorldHint: true },
      run: async (args, context) => {
        const run = startRun(runs, find(catalog(context.caller), args), args, context, 'plain');
        const progress = run.onProgress((report) => context.onProgress?.(report));
        try {
          await run.until(() => run.end !== undefined, context.signal);
        } catch (error) {
          run.cancel();
          throw error;
        } finally {
          progress.dispose();
        }
        return runResult(run);
      },
    },
  ];
}

/** The best hits of the keyword index among what a caller is offered. */
export function searchCatalog(catalog: GatewayCatalog, query: string, limit: number): readonly OfferedTool[] {
  const offered = new Map<object, OfferedTool>();
  for (const entry of catalog.tools.values()) offered.set(entry.tool, entry);
  const servers = catalog.servers.map((server) => {
    if (!server.offer) return server;
    const { tools } = server.offer;
    const items = tools.items.filter((tool) => offered.has(tool));
    return { ...server, offer: { ...server.offer, tools: { ...tools, items } } };
  });
  return findTools(query, servers, limit).flatMap(({ tool }) => offered.get(tool) ?? []);
}

/** What a tool's ended run tells its caller; a refusal and a broken connection are results that say so. */
export function runResult(run: CallerRun): CallResult {
  const { end } = run;
  if (!end) throw new AppError('internal', `the run ${run.id} goes on`);
  if (end.kind === 'error') return problem(describe(end.error));
  const { outcome } = end;
  switch (outcome.kind) {
    case 'done':
      return outcome.result;
    case 'denied':
      return problem(`The call was denied: ${outcome.reason}`);
    case 'cancelled':
      return problem('The call was cancelled.');
    case 'failed':
      return outcome.result ?? problem(outcome.error ? describe(outcome.error) : outcome.message);
  }
}

/** A tool result that says what went wrong, for the model to read. */
export function problem(message: string): CallResult {
  return {
    content: [{ type: 'text', text: message }],
    structuredContent: undefined,
    isError: true,
    meta: undefined,
  };
}

function describe({ message, nextStep }: AppError): string {
  return nextStep === undefined ? message : `${message}\n${nextStep}`;
}

function startRun(
  runs: CallerRuns,
  { server, tool }: OfferedTool,
  args: JsonObject,
  {
    caller,
    takes,
    meta,
  }: Pick<GatewayToolContext, 'caller' | 'takes'> & { readonly meta?: JsonObject | undefined },
  mode: 'auto' | 'plain',
): CallerRun {
  const given = args['arguments'] ?? {};
  if (!isJsonObject(given)) throw new AppError('invalid-input', 'arguments must be an object');
  return runs.start({
    caller,
    serverId: server.definition.id,
    serverName: server.definition.name,
    tool: tool.name,
    arguments: given,
    mode: mode === 'plain' && tool.taskSupport === 'required' ? 'auto' : mode,
    ...(takes ? { takes } : {}),
    ...(meta ? { meta } : {}),
  });
}

function find(catalog: GatewayCatalog, args: JsonObject): OfferedTool {
  const name = text(args, 'tool');
  const entry = catalog.tools.get(name);
  if (entry) return entry;
  const near = searchCatalog(catalog, name, 3).map((hit) => hit.name);
  throw new AppError('not-found', `there is no tool ${JSON.stringify(name.slice(0, 100))}`, {
    ...(near.length > 0 ? { nextStep: `Did you mean ${near.join(' or ')}?` } : {}),
  });
}

function hitJson({ name, server, tool }: OfferedTool): JsonObject {
  return {
    name,
    server: server.definition.name,
    ...(tool.title === undefined ? {} : { title: tool.title }),
    ...(tool.description === undefined ? {} : { description: tool.description.slice(0, 300) }),
  };
}

/** A job as its caller is told of it. */
export function jobJson(view: RunView): JsonObject {
  const { progress, message, error } = view;
  return {
    job: view.id,
    server: view.serverName,
    tool: view.tool,
    state: view.state,
    isDone: view.isFinal,
    ...(message === undefined ? {} : { message }),
    ...(error && error.message !== message ? { error: error.message } : {}),
    ...(progress === undefined
      ? {}
      : {
          progress: {
            progress: progress.progress,
            ...(progress.total === undefined ? {} : { total: progress.total }),
          },
        }),
    startedAt: new Date(view.createdAt).toISOString(),
    updatedAt: new Date(view.updatedAt).toISOString(),
  };
}

function answer(value: JsonObject, isError = false): CallResult {
  const content = [{ type: 'text', text: JSON.stringify(value, undefined, 2) }];
  return { content, structuredContent: value, isError, meta: undefined };
}

function schema(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

function text(args: JsonObject, name: string): string {
  const value: Json | undefined = args[name];
  if (typeof value !== 'string') throw new AppError('invalid-input', `${name} must be a text`);
  return value;
}

function number(args: JsonObject, name: string): number | undefined {
  const value: Json | undefined = args[name];
  if (value !== undefined && typeof value !== 'number')
    throw new AppError('invalid-input', `${name} must be a number`);
  return value;
}
