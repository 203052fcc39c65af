import type {
  CallReply,
  CallRequest,
  CompletionRef,
  Connection,
  ConnectionInfo,
  EraVerdict,
  Listing,
  LogLevel,
  Progress,
  Prompt,
  Resource,
  ResourceTemplate,
  ResumeState,
  TaskSnapshot,
  Tool,
} from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Calls } from './calls.ts';
import type { Lists } from './lists.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TaskDriver } from './taskDriver.ts';
import type { Wire } from './wire.ts';

export interface ConnectionParts {
  readonly info: ConnectionInfo;
  readonly verdict: EraVerdict;
  readonly resumeState: ResumeState;
  readonly wire: Wire;
  readonly lists: Lists;
  readonly calls: Calls;
  readonly tasks: TaskDriver;
  readonly subscriptions: Subscriptions;
  readonly timeoutMs: number;
  /** Roots were declared. */
  readonly hasRoots: boolean;
  readonly close: () => Promise<void>;
}

const maxCompletions = 100;

/** One live connection; every method is a thin step to the part that knows how. */
export class ClientConnection implements Connection {
  readonly #parts: ConnectionParts;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get info(): ConnectionInfo {
    return this.#parts.info;
  }

  get verdict(): EraVerdict {
    return this.#parts.verdict;
  }

  get resumeState(): ResumeState {
    return this.#parts.resumeState;
  }

  tools(signal: AbortSignal, fresh = false): Promise<Listing<Tool>> {
    return this.#parts.lists.tools(signal, fresh);
  }

  resources(signal: AbortSignal, fresh = false): Promise<Listing<Resource>> {
    return this.#parts.lists.resources(signal, fresh);
  }

  resourceTemplates(signal: AbortSignal, fresh = false): Promise<Listing<ResourceTemplate>> {
    return this.#parts.lists.resourceTemplates(signal, fresh);
  }

  prompts(signal: AbortSignal, fresh = false): Promise<Listing<Prompt>> {
    return this.#parts.lists.prompts(signal, fresh);
  }

  async readResource(uri: string, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const { contents } = await this.#withInput('resources/read', { uri }, signal);
    return Array.isArray(contents) ? contents.filter((item: Json) => isJsonObject(item)) : [];
  }

  subscribeResource(uri: string, signal: AbortSignal): Promise<() => Promise<void>> {
    return this.#parts.subscriptions.subscribe(uri, signal);
  }

  getPrompt(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<JsonObject> {
    return this.#withInput('prompts/get', { name, arguments: args }, signal);
  }

  async complete(
    ref: CompletionRef,
    argument: { readonly name: string; readonly value: string },
    context: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (this.info.capabilities['completions'] === undefined) return [];
    const params: JsonObject = {
      ref:
        ref.kind === 'prompt'
          ? { type: 'ref/prompt', name: ref.name }
          : { type: 'ref/resource', uri: ref.uriTemplate },
      argument: { name: argument.name, value: argument.value },
      ...(Object.keys(context).length > 0 ? { context: { arguments: context } } : {}),
    };
    const { wire, timeoutMs } = this.#parts;
    const { completion } = await wire.request({ method: 'completion/complete', params, signal, timeoutMs });
    const values: readonly Json[] =
      isJsonObject(completion) && Array.isArray(completion['values']) ? completion['values'] : [];
    return values.filter((value) => typeof value === 'string').slice(0, maxCompletions);
  }

  call(
    callId: string,
    request: CallRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<CallReply> {
    return this.#parts.calls.call(callId, request, onProgress, signal);
  }

  getTask(taskId: string, signal: AbortSignal): Promise<TaskSnapshot> {
    return this.#parts.tasks.get(taskId, signal);
  }

  listTasks(signal: AbortSignal): Promise<readonly TaskSnapshot[]> {
    return this.#parts.tasks.list(signal);
  }

  cancelTask(taskId: string, signal: AbortSignal): Promise<void> {
    return this.#parts.tasks.cancel(taskId, signal);
  }

  watchTask(taskId: string, answeredKeys: ReadonlySet<string>): () => void {
    return this.#parts.tasks.watch(taskId, answeredKeys);
  }

  async setLogLevel(level: LogLevel | undefined, signal: AbortSignal): Promise<void> {
    const { wire, timeoutMs } = this.#parts;
    if (wire.era === 'modern') wire.setLogLevel(level);
    else if (level !== undefined && this.info.capabilities['logging'] != null) {
      await wire.request({ method: 'logging/setLevel', params: { level }, signal, timeoutMs });
    }
  }

  async rootsChanged(): Promise<void> {
    const { wire, hasRoots } = this.#parts;
    // 2026-07-28 has no such message: a server asks anew each time.
    if (hasRoots && wire.era === 'legacy') await wire.notify('notifications/roots/list_changed');
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  #withInput(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return this.#parts.calls.withInput(undefined, {
      method,
      params,
      signal,
      timeoutMs: this.#parts.timeoutMs,
    });
  }
}
