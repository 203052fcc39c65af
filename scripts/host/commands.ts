import { readFile } from 'node:fs/promises';
import type { ServerSnapshot } from '../../src/core/connections.ts';
import type { Job } from '../../src/core/jobs.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { idempotencyKeyOf } from '../../src/core/idempotency.ts';
import { AppError, toAppError } from '../../src/core/util/errors.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { openHost, type HeadlessHost } from './headless.ts';

/** The command line's options as parsed. */
export interface Options {
  readonly config?: string;
  readonly server?: string;
  readonly args?: string;
  readonly answers?: string;
  readonly state?: string;
  readonly timeout?: string;
  readonly era?: string;
  readonly yes?: boolean;
  readonly task?: boolean;
  readonly wait?: boolean;
}

/** The configured servers, as the file says, with its problems. */
export function servers(options: Options): Promise<Json> {
  return withHost(options, ({ configuration }) =>
    Promise.resolve({
      servers: configuration.servers.map((server) => ({
        id: server.id,
        name: server.name,
        line: server.line,
        kind: server.launch.kind,
        launchHash: server.launchHash,
      })),
      problems: configuration.problems.map(({ entry, line, column, message }) => ({
        ...(entry === undefined ? {} : { entry }),
        line,
        column,
        message,
      })),
    }),
  );
}

/** Connects to each server (or the named one) and lists its tools; a server that fails is listed with its error. */
export function tools(options: Options): Promise<Json> {
  return withHost(options, async ({ host, configuration, signal }) => {
    const chosen = configuration.servers.filter(
      (server) => options.server === undefined || server.name === options.server,
    );
    if (chosen.length === 0)
      throw new AppError('not-found', `no server ${options.server ?? ''} in the configuration`);
    const listed = await Promise.all(
      chosen.map(async (server): Promise<JsonObject> => {
        try {
          await host.connections.start(server.id, signal);
          const snapshot = host.connections.get(server.id);
          if (!snapshot) throw new AppError('not-found', `${server.name} is gone`);
          return listing(snapshot);
        } catch (error) {
          const { code, message, nextStep } = toAppError(error);
          return { name: server.name, error: { code, message, ...(nextStep ? { nextStep } : {}) } };
        }
      }),
    );
    if (listed.every((server) => 'error' in server))
      throw new AppError('connect-failed', JSON.stringify(listed));
    return { servers: listed };
  });
}

/** Runs one tool through the one door; `--yes` is the approval. */
export function call([serverName, tool]: readonly string[], options: Options): Promise<Json> {
  if (!serverName || !tool) throw new AppError('invalid-input', 'call needs SERVER and TOOL');
  const args = jsonOption('--args', options.args ?? '{}');
  return withHost(options, async ({ host, configuration, signal }) => {
    const server = configuration.servers.find((candidate) => candidate.name === serverName);
    if (!server) throw new AppError('not-found', `no server ${serverName} in the configuration`);
    const outcome = await host.calls.call(
      {
        serverId: server.id,
        tool,
        arguments: args,
        caller: { kind: 'command-line', name: 'command-line' },
        mode: options.task ? 'task' : 'plain',
        // A job that outlives this process is found again by its id.
        onJob: ({ id }) => {
          if (options.task && options.state !== undefined)
            process.stderr.write(`${JSON.stringify({ job: id, state: options.state })}\n`);
        },
      },
      signal,
    );
    switch (outcome.kind) {
      case 'done':
        return {
          job: jobLine(outcome.job),
          result: toJson(outcome.result),
          schemaProblems: outcome.schemaProblems,
        };
      case 'denied':
        throw new AppError('denied', outcome.reason, { nextStep: 'Add --yes to approve this one call.' });
      case 'cancelled':
        throw new AppError('cancelled', 'the call was cancelled');
      case 'failed':
        if (outcome.result)
          return { job: jobLine(outcome.job), result: toJson(outcome.result), schemaProblems: [] };
        throw new AppError('server-error', `${outcome.job.status.kind}: ${outcome.message}`);
    }
  });
}

/** Lists, cancels or prints the jobs in `--state`; `--wait` follows running tasks to their end first, `--timeout` bounds that. */
export function jobs([action, id]: readonly string[], options: Options): Promise<Json> {
  if (options.state === undefined)
    throw new AppError('invalid-input', 'jobs needs --state DIR, the folder that the call was given');
  if (action !== undefined && action !== 'cancel' && action !== 'result')
    throw new AppError('invalid-input', `jobs ${action} is not a command`);
  if (action !== undefined && id === undefined)
    throw new AppError('invalid-input', `jobs ${action} needs the ID of a job`);
  return withHost(options, async (open) => {
    const { host } = open;
    if (id === undefined) {
      if (options.wait) await ended(open, undefined, options);
      const stored = [...host.jobs.open.get(), ...host.jobs.finishedPage(10_000)];
      return { jobs: stored.map((job) => jobLine(job)) };
    }
    const job = host.jobs.get(id);
    if (!job) throw new AppError('not-found', `no job ${id} in ${options.state}`);
    if (action === 'cancel') {
      needServer(open, job);
      host.jobs.cancel(job.id);
      await ended(open, job.id, options);
      return jobPage(host.jobs.get(job.id) ?? job);
    }
    const result = host.jobs.result(job.id);
    if (!result) throw new AppError('not-found', `job ${job.id} has no result (${statusOf(job)})`);
    return { job: jobPage(job), result: toJson(result.result), schemaProblems: result.schemaProblems };
  });
}

/** The visible text of each tool's name and description, hidden characters marked. */
export async function render([file]: readonly string[]): Promise<Json> {
  if (!file) throw new AppError('invalid-input', 'render needs a file');
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  const list = isJsonObject(parsed) ? parsed['tools'] : parsed;
  if (!Array.isArray(list)) throw new AppError('invalid-input', `${file} holds no list of tools`);
  return list.map((tool: Json) => {
    const member = (key: string): Json => {
      const value = isJsonObject(tool) ? tool[key] : undefined;
      if (typeof value !== 'string')
        return value === undefined ? null : `(${value === null ? 'null' : typeof value}, not text)`;
      return toJson(visibleText(value));
    };
    return { name: member('name'), description: member('description') };
  });
}

async function withHost(options: Options, use: (open: HeadlessHost) => Promise<unknown>): Promise<Json> {
  const open = await openHost(options);
  try {
    return toJson(await use(open));
  } finally {
    await open.close();
  }
}

function listing(server: ServerSnapshot): JsonObject {
  const { state, offer } = server;
  if (state.kind !== 'ready')
    throw new AppError('not-connected', `${server.definition.name} is ${state.kind}`);
  return toJson({
    name: server.definition.name,
    era: state.info.era,
    protocolVersion: state.info.protocolVersion,
    transport: state.info.transport,
    serverInfo: state.info.serverInfo,
    tools: (offer?.tools.items ?? []).map((tool) => ({
      name: visibleText(tool.name).text,
      title: tool.title && visibleText(tool.title).text,
      claims: tool.annotations,
      taskSupport: tool.taskSupport,
    })),
    problems: offer?.tools.problems ?? [],
  }) as JsonObject;
}

function jobLine(job: Job): JsonObject {
  const { task } = job;
  const end = task?.ttlMs === undefined ? undefined : task.createdAt + task.ttlMs;
  return toJson({
    id: job.id,
    server: job.serverName,
    tool: job.tool,
    status: job.status,
    statusMessage: job.statusMessage,
    progress: job.progress,
    createdAt: time(job.createdAt),
    endedAt: time(job.endedAt),
    taskId: task?.taskId,
    era: task?.resume.era,
    keptUntil: time(end),
    cancelRequestedAt: time(job.timeline.find(({ status }) => status === 'cancel-requested')?.at),
    hasResult: job.hasResult,
    caller: job.caller.name,
    approval: job.approval,
    idempotencyKey: idempotencyKeyOf(job.arguments),
    rerunOf: job.rerunOf,
  }) as JsonObject;
}

function jobPage(job: Job): JsonObject {
  return {
    ...jobLine(job),
    arguments: job.arguments,
    timeline: toJson(job.timeline.map((event) => ({ ...event, at: time(event.at) }))),
  };
}

function statusOf({ status }: Job): string {
  return 'message' in status ? `${status.kind}: ${status.message}` : status.kind;
}

function time(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** A task is asked for at its server, so that must be named. */
function needServer({ configuration }: HeadlessHost, job: Job): void {
  if (configuration.servers.some(({ id }) => id === job.serverId)) return;
  throw new AppError('invalid-input', `the server ${job.serverName} of job ${job.id} is not configured`, {
    nextStep: 'Name the file that lists it with --config FILE.',
  });
}

/** Resolves when the given job, or every open one, has ended. */
function ended(open: HeadlessHost, id: string | undefined, options: Options): Promise<void> {
  const { host, signal } = open;
  const left = () => host.jobs.open.get().filter((job) => id === undefined || job.id === id);
  for (const job of left()) needServer(open, job);
  return new Promise((resolve, reject) => {
    const limit = options.timeout === undefined ? [] : [AbortSignal.timeout(Number(options.timeout) * 1000)];
    const stop = AbortSignal.any([signal, ...limit]);
    const onAbort = () => {
      subscription.dispose();
      const why = signal.aborted ? 'stopped' : `after ${options.timeout} s`;
      const stillOpen = left().map((job) => `${job.id} (${statusOf(job)})`);
      reject(new AppError('timeout', `${why}, still open: ${stillOpen.join(', ')}`));
    };
    const look = () => {
      if (left().length > 0) return;
      subscription.dispose();
      stop.removeEventListener('abort', onAbort);
      resolve();
    };
    const subscription = host.jobs.open.subscribe(look);
    stop.addEventListener('abort', onAbort, { once: true });
    look();
  });
}

function jsonOption(name: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid-input', `${name} is not JSON: ${toAppError(error).message}`);
  }
  if (!isJsonObject(value)) throw new AppError('invalid-input', `${name} must be a JSON object`);
  return value;
}

const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;
