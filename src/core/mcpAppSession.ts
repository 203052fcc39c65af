import { appCaller } from './caller.ts';
import type { CallResult, LogLevel, Tool } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { Job } from './jobs.ts';
import type { Json, JsonObject } from './json.ts';
import { appUriOf, readAppDocument, visibilityOf, type AppDocument } from './mcpApps.ts';
import type { Clock } from './ports.ts';
import type { ToolCalls } from './toolCalls.ts';
import { AppError, throwIfAborted } from './util/errors.ts';
import { oneLine } from './util/text.ts';

/** An app, read and about to be shown. */
export interface LoadedApp {
  readonly server: ServerSnapshot;
  readonly tool: Tool;
  readonly document: AppDocument;
}

/** What an app may want of the user; each shows everything before anything happens. */
export interface AppPeople {
  /** False when the user said no. */
  openLink(url: string): Promise<boolean>;
  /** False when the user said no, or there is no chat. */
  sendToChat(text: string): Promise<boolean>;
  log(level: LogLevel, text: string): void;
}

export interface AppSessionDeps {
  readonly connections: Pick<Connections, 'get' | 'need'>;
  readonly calls: Pick<ToolCalls, 'call'>;
  readonly people: AppPeople;
  readonly clock: Clock;
}

const maxOpenCalls = 4; // calls of one app that run or wait for a decision
const callsPerMinute = 60;
const maxLink = 2_000;
const maxMessage = 2_000; // what a dialog shows whole
const maxResource = 8_000_000; // characters

/** The tool of a server and the app that shows its results, by what the server offers now. */
export function appToolOf(
  server: ServerSnapshot | undefined,
  tool: string,
): { readonly tool: Tool; readonly uri: string } | undefined {
  const found = server?.offer?.tools.items.find(({ name }) => name === tool);
  const uri = found && appUriOf(found);
  return found && uri !== undefined ? { tool: found, uri } : undefined;
}

/** Reads the app of a job's tool from its server. Rejects `not-found` without one, `conflict` when the server is another by now, `invalid-input` for what is no app. */
export async function loadApp(
  connections: Pick<Connections, 'get' | 'need'>,
  job: Pick<Job, 'serverId' | 'tool' | 'launchHash'>,
  signal: AbortSignal,
): Promise<LoadedApp> {
  const connection = await connections.need(job.serverId, signal);
  const server = connections.get(job.serverId);
  const found = appToolOf(server, job.tool);
  if (!server || !found)
    throw new AppError('not-found', `no app shows the results of ${oneLine(job.tool, 100)}`);
  if (server.definition.launchHash !== job.launchHash)
    throw new AppError('conflict', 'the server is configured differently from when this job ran', {
      nextStep: 'Run the tool again, then open its app.',
    });
  const contents = await connection.readResource(found.uri, signal);
  throwIfAborted(signal);
  const listed = server.offer?.resources.items.find(({ uri }) => uri === found.uri);
  return { server, tool: found.tool, document: readAppDocument(found.uri, contents, listed?.raw) };
}

/** Whether the server of an app is still the one that the app came from. */
export function originOf(
  { server: { definition } }: Pick<LoadedApp, 'server'>,
  now: ServerSnapshot | undefined,
): 'same' | 'changed' | 'gone' {
  if (!now) return 'gone';
  return now.definition.launchHash === definition.launchHash ? 'same' : 'changed';
}

/** What one open app may do: tools and resources of its own server, and questions to the user. Every method rejects with an AppError whose words the app may read. */
export class AppSession {
  readonly #deps: AppSessionDeps;
  readonly #app: LoadedApp;
  readonly #closed = new AbortController();
  #openCalls = 0;
  #recent: readonly number[] = [];
  #isAsking = false;

  constructor(deps: AppSessionDeps, app: LoadedApp) {
    this.#deps = deps;
    this.#app = app;
  }

  /** Calls a tool through the one door, in the app's name. Closing the app withdraws what waits for a decision; what was sent goes on as a job. */
  async callTool(name: string, args: JsonObject, signal: AbortSignal): Promise<CallResult> {
    const { definition, offer } = this.#server();
    const tool = offer?.tools.items.find((item) => item.name === name);
    // A model's tool is to an app what an unknown one is.
    if (!tool || !visibilityOf(tool).app) throw new AppError('not-found', 'the app has no such tool');
    this.#takeCall();
    this.#openCalls++;
    const stop = new AbortController();
    let isSent = false;
    const cancel = () => {
      if (!isSent || !this.#closed.signal.aborted) stop.abort(signal.reason);
    };
    const close = () => {
      if (!isSent) stop.abort(this.#closed.signal.reason);
    };
    signal.addEventListener('abort', cancel, { once: true });
    this.#closed.signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) cancel();
    try {
      const outcome = await this.#deps.calls.call(
        {
          serverId: definition.id,
          tool: name,
          arguments: args,
          caller: appCaller(this.#app.document.uri),
          mode: 'auto',
          onJob: () => {
            isSent = true;
          },
        },
        stop.signal,
      );
      switch (outcome.kind) {
        case 'done':
          return outcome.result;
        case 'failed':
          if (outcome.result) return outcome.result;
          throw new AppError('server-error', oneLine(outcome.message, 500));
        case 'denied':
          throw new AppError('denied', `not allowed: ${oneLine(outcome.reason, 500)}`);
        case 'cancelled':
          throw new AppError('cancelled', 'the call was cancelled');
      }
    } finally {
      this.#openCalls--;
      signal.removeEventListener('abort', cancel);
      this.#closed.signal.removeEventListener('abort', close);
    }
  }

  /** Reads a resource of the app's own server. */
  async readResource(uri: string, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const { definition } = this.#server();
    this.#takeCall();
    const both = AbortSignal.any([signal, this.#closed.signal]);
    const connection = await this.#deps.connections.need(definition.id, both);
    const contents = await connection.readResource(uri, both);
    if (JSON.stringify(contents).length > maxResource)
      throw new AppError('too-large', 'the resource is too large for an app');
    return contents;
  }

  /** The resources, or the templates of some, that the app's own server lists, as it sent them. */
  async list(what: 'resources' | 'resourceTemplates', signal: AbortSignal): Promise<readonly JsonObject[]> {
    const { definition } = this.#server();
    this.#takeCall();
    await this.#deps.connections.need(definition.id, AbortSignal.any([signal, this.#closed.signal]));
    const listed = (this.#server().offer?.[what].items ?? []).map(({ raw }) => raw);
    if (JSON.stringify(listed).length > maxResource)
      throw new AppError('too-large', 'the list is too large for an app');
    return listed;
  }

  /** Opens a page in the browser after the user has seen its whole address; https alone. */
  async openLink(url: string): Promise<void> {
    const target = url.length <= maxLink && URL.canParse(url) ? new URL(url) : undefined;
    if (target?.protocol !== 'https:' || target.username !== '' || target.password !== '')
      throw new AppError('invalid-input', 'only https addresses without a user name are opened');
    if (!(await this.#ask(() => this.#deps.people.openLink(target.href))))
      throw new AppError('denied', 'the user did not open the link');
  }

  /** Offers a text of the app to the chat after the user has seen it; nothing but text goes there. */
  async message(content: readonly JsonObject[]): Promise<void> {
    const texts = content.flatMap(({ type, text }) =>
      type === 'text' && typeof text === 'string' ? [text] : [],
    );
    const text = texts.join('\n\n').trim();
    if (texts.length < content.length || text === '' || text.length > maxMessage)
      throw new AppError('invalid-input', `a message is a text of up to ${maxMessage} characters`);
    if (!(await this.#ask(() => this.#deps.people.sendToChat(text))))
      throw new AppError('denied', 'the user did not send the message');
  }

  /** Writes to the log of the server. */
  log(level: LogLevel, data: Json | undefined): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data ?? null);
    this.#deps.people.log(level, oneLine(text.slice(0, 10_000), 2_000));
  }

  /** Withdraws what was not sent; everything afterwards is refused. */
  close(): void {
    this.#closed.abort(new AppError('cancelled', 'the app was closed'));
  }

  #server(): ServerSnapshot {
    throwIfAborted(this.#closed.signal);
    const server = this.#deps.connections.get(this.#app.server.definition.id);
    const origin = originOf(this.#app, server);
    if (!server || origin === 'gone')
      throw new AppError('not-found', 'the server is not configured any more');
    if (origin === 'changed')
      throw new AppError('conflict', 'the server is not the one that this app came from any more');
    return server;
  }

  #takeCall(): void {
    const now = this.#deps.clock.now();
    this.#recent = this.#recent.filter((at) => now - at < 60_000);
    if (this.#recent.length >= callsPerMinute || this.#openCalls >= maxOpenCalls)
      throw new AppError('conflict', 'the app asks for too much at once');
    this.#recent = [...this.#recent, now];
  }

  /** One question at a time: an app cannot bury another dialog under its own. */
  async #ask(question: () => Promise<boolean>): Promise<boolean> {
    throwIfAborted(this.#closed.signal);
    if (this.#isAsking) throw new AppError('conflict', 'the user is being asked something already');
    this.#isAsking = true;
    try {
      return await question();
    } finally {
      this.#isAsking = false;
    }
  }
}
