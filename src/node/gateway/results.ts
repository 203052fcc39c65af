import type { RunView } from '../../core/callerRuns.ts';
import type { CallResult, Era } from '../../core/connection.ts';
import type { ServerSnapshot } from '../../core/connections.ts';
import type { GatewayCatalog } from '../../core/gatewayCatalog.ts';
import { problem } from '../../core/gatewayTools.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { returnedMeta } from './client.ts';
import { code, RpcFailure, toRpcFailure } from './rpc.ts';

/** How often callers are told to look at a task. */
export const pollMs = 500;

/** A tool's result as the caller sees it, with the URIs of its own view. */
export function toolResult(
  result: CallResult,
  catalog: GatewayCatalog,
  server: ServerSnapshot | undefined,
  era: Era,
): JsonObject {
  const { structuredContent: structured } = result;
  const content = server ? result.content.map((block) => outerBlock(block, catalog, server)) : result.content;
  const meta = returnedMeta(result.meta);
  // Up to 2025-11-25 structured content is an object.
  const isFit = structured !== undefined && (era === 'modern' || isJsonObject(structured));
  return {
    content,
    ...(isFit ? { structuredContent: structured } : {}),
    ...(result.isError ? { isError: true } : {}),
    ...(meta ? { _meta: meta } : {}),
  };
}

/** A prompt as a server gave it, with the caller's URIs. */
export function promptResult(raw: JsonObject, catalog: GatewayCatalog, server: ServerSnapshot): JsonObject {
  const { messages, description, _meta: meta } = raw;
  const passed = isJsonObject(meta) ? returnedMeta(meta) : undefined;
  const list: readonly JsonObject[] = Array.isArray(messages)
    ? messages.filter((message) => isJsonObject(message))
    : [];
  return {
    ...(typeof description === 'string' ? { description } : {}),
    messages: list.map((message) => {
      const { content } = message;
      return isJsonObject(content) ? { ...message, content: outerBlock(content, catalog, server) } : message;
    }),
    ...(passed ? { _meta: passed } : {}),
  };
}

/** The contents of a resource under the caller's URIs. */
export function resourceContents(
  contents: readonly JsonObject[],
  catalog: GatewayCatalog,
  server: ServerSnapshot,
): readonly JsonObject[] {
  return contents.map((item) => outerUriOf(item, catalog, server));
}

/** A run as a 2025-11-25 `Task`: cancelled once that was asked for, failed when the tool says so. */
export function legacyTask(view: RunView): JsonObject {
  return {
    taskId: view.id,
    status: legacyStatus(view),
    ...(view.message === undefined ? {} : { statusMessage: view.message }),
    createdAt: new Date(view.createdAt).toISOString(),
    lastUpdatedAt: new Date(view.updatedAt).toISOString(),
    ttl: null, // a job is kept until the user forgets it
    pollInterval: pollMs,
  };
}

/** A run as the flat `Task` of the 2026-07-28 extension. */
export function modernTask(view: RunView): JsonObject {
  return {
    taskId: view.id,
    status: modernStatus(view),
    ...(view.message === undefined ? {} : { statusMessage: view.message }),
    createdAt: new Date(view.createdAt).toISOString(),
    lastUpdatedAt: new Date(view.updatedAt).toISOString(),
    ttlMs: null,
    pollIntervalMs: pollMs,
  };
}

/** What a final run without a result answers where its result is asked for. */
export function runFailure(view: RunView): RpcFailure {
  if (legacyStatus(view) === 'cancelled') return new RpcFailure(code.cancelled, 'The task was cancelled');
  if (view.error) {
    const failure = toRpcFailure(view.error);
    return failure.code === code.cancelled ? new RpcFailure(code.internal, failure.message) : failure;
  }
  return new RpcFailure(code.internal, view.message ?? `the job ended as ${view.state}`);
}

/** The result of a final run, where it has one: a refusal is one too. */
export function finalResult(view: RunView): CallResult | undefined {
  if (view.result || view.state !== 'denied') return view.result;
  return problem(`The call was denied: ${view.message ?? 'no reason given'}`);
}

export function legacyStatus(view: RunView): string {
  if (view.wasCancelRequested || view.state === 'cancelled') return 'cancelled';
  // What the inbox is asked is nothing that this caller could answer.
  if (view.questions.length > 0) return 'input_required';
  if (!view.isFinal) return 'working';
  return view.state === 'completed' ? 'completed' : 'failed';
}

/** Only a failure of the protocol is a failed task here: a tool that reports an error has completed. */
export function modernStatus(view: RunView): string {
  if (view.questions.length > 0) return 'input_required';
  if (!view.isFinal) return 'working';
  if (view.state === 'cancelled') return 'cancelled';
  return finalResult(view) ? 'completed' : 'failed';
}

function outerBlock(block: JsonObject, catalog: GatewayCatalog, server: ServerSnapshot): JsonObject {
  if (!catalog.isPrefixed) return block;
  if (block['type'] === 'resource_link') return outerUriOf(block, catalog, server);
  const { resource } = block;
  if (block['type'] !== 'resource' || !isJsonObject(resource)) return block;
  return { ...block, resource: outerUriOf(resource, catalog, server) };
}

function outerUriOf(item: JsonObject, catalog: GatewayCatalog, server: ServerSnapshot): JsonObject {
  const { uri } = item;
  return typeof uri === 'string' ? { ...item, uri: catalog.outerUri(server, uri) } : item;
}
