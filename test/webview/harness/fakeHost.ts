import { createHash } from 'node:crypto';
import type { Page as DashboardPage } from '../../../src/core/dashboard.ts';
import { jobRow } from '../../../src/core/dashboardJob.ts';
import { ResourceSearch } from '../../../src/core/dashboardResources.ts';
import { createDashboardState, type DashboardSources } from '../../../src/core/dashboardState.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';
import {
  intents,
  toHost,
  type Handlers,
  type Intent,
  type IntentParams,
  type ToWebview,
} from '../../../src/shared/protocol.ts';
import { busyDay, results } from './busyDay.ts';
import { now } from './fixtures.ts';

type State = Pick<DashboardSources, 'draft' | 'roots' | 'jobFrames' | 'hasApp'> &
  Pick<
    DashboardSources,
    | 'servers'
    | 'openJobs'
    | 'finishedJobs'
    | 'requests'
    | 'frames'
    | 'trafficStanding'
    | 'lastArguments'
    | 'install'
    | 'standing'
    | 'registry'
    | 'activity'
    | 'agents'
    | 'identityOf'
    | 'signInOf'
    | 'doctorOf'
    | 'quality'
    | 'definitions'
    | 'promptUse'
    | 'canSendToChat'
  >;

/** One intent as the webview sent it. */
export interface Received {
  readonly method: Intent;
  readonly params: unknown;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The extension's side of a dashboard under test: real snapshots, real validation, the real schemas of the protocol; it records what it is asked. */
export class FakeHost {
  readonly received: Received[] = [];
  /** Answers that a test wants to be other than "done". */
  readonly answers: Partial<{ -readonly [M in Intent]: Handlers[M] }> = {};
  page: DashboardPage;
  state: State;
  readonly #make = createDashboardState(sha256);
  readonly #validator = createSchemaValidator();
  readonly #resources = new ResourceSearch();
  readonly #waiting = new Set<() => boolean>();
  readonly #running = new Map<number, AbortController>();
  #post: (message: ToWebview) => Promise<void> = () => Promise.resolve();
  #rev = 0;

  constructor(page: DashboardPage, state: Partial<State> = {}) {
    this.page = page;
    this.state = {
      ...busyDay,
      frames: () => [],
      lastArguments: () => undefined,
      ...state,
    };
  }

  /** Where messages to the webview go. */
  connect(post: (message: ToWebview) => Promise<void>): void {
    this.#post = post;
  }

  /** Sends the whole state. */
  async send(): Promise<void> {
    const { finishedJobs, openJobs } = this.state;
    const state = this.#make({
      ...this.state,
      page: this.page,
      now,
      finishedTotal: finishedJobs.length,
      job: (id) => [...openJobs, ...finishedJobs].find((job) => job.id === id),
      result: (id) => results[id],
    });
    await this.#post({ kind: 'state', rev: this.#rev++, state });
  }

  /** Changes the state and sends it. */
  async update(change: Partial<State>): Promise<void> {
    this.state = { ...this.state, ...change };
    await this.send();
  }

  /** The parameters of every intent of one kind, in order. */
  asked(method: Intent): readonly unknown[] {
    return this.received.filter((one) => one.method === method).map((one) => one.params);
  }

  /** The parameters of the `n`th intent of one kind, once it has arrived. */
  heard<M extends Intent>(method: M, n = 1): Promise<IntentParams<M>> {
    return new Promise((resolve) => {
      const look = () => {
        const all = this.asked(method);
        if (all.length < n) return false;
        resolve(all[n - 1] as IntentParams<M>);
        return true;
      };
      if (!look()) this.#waiting.add(look);
    });
  }

  /** Takes a message of the webview; the protocol's own schemas decide what is one. */
  async receive(raw: unknown): Promise<void> {
    const message = toHost.parse(raw);
    if (message.kind === 'ready') return this.send();
    if (message.kind === 'cancel') return this.#running.get(message.id)?.abort();
    const { id } = message;
    const method = message.method as Intent;
    const schema = intents[method];
    if (!schema) throw new Error(`unknown intent ${message.method}`);
    const params = schema.parse(message.params);
    if (!method.endsWith('.validate')) {
      this.received.push({ method, params });
      for (const look of this.#waiting) if (look()) this.#waiting.delete(look);
    }
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const value = await this.#answer(method, params as never, abort.signal);
      await this.#post({ kind: 'reply', id, ok: true, value: value ?? null });
    } catch (error) {
      await this.#post({ kind: 'reply', id, ok: false, code: 'internal', message: (error as Error).message });
    }
  }

  async #answer(method: Intent, params: never, signal: AbortSignal): Promise<unknown> {
    const own = this.answers[method] as
      ((params: unknown, signal: AbortSignal) => Promise<unknown>) | undefined;
    if (own) return own(params, signal);
    if (method.startsWith('page.')) return this.#goTo(method, params);
    if (method === 'resource.search') return this.#searchResources(params);
    if (method === 'tool.validate') return this.#validateTool(params);
    if (method === 'request.validate') return this.#validateRequest(params);
    if (method === 'tool.run') return { kind: 'done', jobId: 'echo' };
    if (method === 'jobs.more') return { jobs: this.state.finishedJobs.map((job) => jobRow(job, now)) };
    return null;
  }

  #searchResources({ serverId, ...query }: IntentParams<'resource.search'>): unknown {
    const offer = this.state.servers.find(({ definition }) => definition.id === serverId)?.offer;
    return offer && this.#resources.page(offer, query);
  }

  async #goTo(method: Intent, params: Record<string, never>): Promise<null> {
    const kind = method.slice('page.'.length);
    this.page = {
      tool: undefined,
      jobId: undefined,
      requestId: undefined,
      seq: undefined,
      ...params,
      kind,
    } as unknown as DashboardPage;
    await this.send();
    return null;
  }

  #validateTool(params: {
    readonly serverId: string;
    readonly tool: string;
    readonly arguments: never;
  }): unknown {
    const server = this.state.servers.find((one) => one.definition.id === params.serverId);
    const tool = server?.offer?.tools.items.find((one) => one.name === params.tool);
    return { findings: tool ? this.#validator.validate(tool.inputSchema, params.arguments) : [] };
  }

  #validateRequest(params: { readonly requestId: string; readonly content: never }): unknown {
    const request = this.state.requests.find((one) => one.id === params.requestId);
    return {
      findings:
        request?.kind === 'elicitation-form' ? this.#validator.validate(request.schema, params.content) : [],
    };
  }
}
