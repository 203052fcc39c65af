import { LOG_LEVEL_META_KEY } from '@modelcontextprotocol/server';
import type { Ask, LogLevel } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { logLevelOf } from '../../core/logLevel.ts';

/** The tasks extension (SEP-2663). */
export const tasksExtension = 'io.modelcontextprotocol/tasks';

/** What a caller's client says that it can. */
export interface ClientFacts {
  readonly forms: boolean;
  readonly urls: boolean;
  readonly sampling: boolean;
  /** The tasks extension of 2026-07-28. */
  readonly tasks: boolean;
}

/** The facts in the capabilities of either era. */
export function clientFacts(capabilities: Json | undefined): ClientFacts {
  const all = isJsonObject(capabilities) ? capabilities : {};
  const { elicitation, sampling, extensions } = all;
  const modes = isJsonObject(elicitation) ? elicitation : undefined;
  return {
    // Before modes were named, elicitation meant forms.
    forms: modes !== undefined && (isJsonObject(modes['form']) || modes['url'] === undefined),
    urls: isJsonObject(modes?.['url']),
    sampling: isJsonObject(sampling),
    tasks: isJsonObject(extensions) && isJsonObject(extensions[tasksExtension]),
  };
}

/** Whether a client that says this of itself can answer a question. */
export function canAnswer(client: ClientFacts, ask: Ask): boolean {
  switch (ask.kind) {
    case 'elicit-form':
      return client.forms;
    case 'elicit-url':
      return client.urls;
    case 'sampling':
      return client.sampling;
  }
}

/** The metadata of a request that goes on to the server: trace context and what is the application's own. */
export function passedMeta(params: JsonObject): JsonObject | undefined {
  const meta = params['_meta'];
  if (!isJsonObject(meta)) return undefined;
  const passed = Object.entries(meta).filter(([key]) => !isOfThisHop(key));
  return passed.length === 0 ? undefined : Object.fromEntries(passed);
}

/** The metadata of a result that goes on to the caller. */
export function returnedMeta(meta: JsonObject | undefined): JsonObject | undefined {
  return meta && passedMeta({ _meta: meta });
}

/** The log level that a request asks for (2026-07-28). */
export function requestedLevel(params: JsonObject): LogLevel | undefined {
  const meta = params['_meta'];
  return isJsonObject(meta) ? logLevelOf(meta[LOG_LEVEL_META_KEY]) : undefined;
}

export function progressTokenOf(params: JsonObject): string | number | undefined {
  const meta = params['_meta'];
  const token = isJsonObject(meta) ? meta['progressToken'] : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

/** Protocol versions, capabilities, tokens and relations are each between two neighbours. */
function isOfThisHop(key: string): boolean {
  return key === 'progressToken' || (key.startsWith('io.modelcontextprotocol/') && key !== immediateResponse);
}

const immediateResponse = 'io.modelcontextprotocol/model-immediate-response';
