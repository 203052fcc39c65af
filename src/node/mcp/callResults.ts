import type { CallResult, TaskSnapshot } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Redact } from './redactor.ts';

/** A `CallToolResult` as received: unknown content block types stay, blocks that are no objects become text. */
export function readCallResult(raw: JsonObject): CallResult {
  const { content, structuredContent, isError, _meta: meta } = raw;
  const blocks: readonly Json[] = Array.isArray(content) ? content : [];
  return {
    content: blocks.map((block) =>
      isJsonObject(block) ? block : { type: 'text', text: JSON.stringify(block) },
    ),
    structuredContent,
    isError: isError === true,
    meta: isJsonObject(meta) ? meta : undefined,
  };
}

const statuses: Readonly<Record<string, TaskSnapshot['status']>> = {
  working: 'working',
  input_required: 'input-required',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/**
 * A task of either era: 2025-11-25 `Task`, `io.modelcontextprotocol/tasks` `Task` and `DetailedTask`, flat or under `task`.
 * Undefined without an id; an unknown status counts as working. Its result is as received, the texts beside it are redacted.
 */
export function readTask(raw: JsonObject, now: number, redact: Redact): TaskSnapshot | undefined {
  const value = isJsonObject(raw['task']) ? raw['task'] : raw;
  const { taskId, status, statusMessage, result, error } = value;
  if (typeof taskId !== 'string' || taskId === '') return undefined;
  const createdAt = readTime(value['createdAt']) ?? now;
  return {
    taskId,
    status:
      (typeof status === 'string' && Object.hasOwn(statuses, status) ? statuses[status] : undefined) ??
      'working',
    statusMessage: typeof statusMessage === 'string' ? redact(statusMessage) : undefined,
    createdAt,
    updatedAt: readTime(value['lastUpdatedAt']) ?? createdAt,
    ttlMs: readMs(value['ttlMs'] ?? value['ttl']),
    pollIntervalMs: readMs(value['pollIntervalMs'] ?? value['pollInterval']),
    result: isJsonObject(result) ? readCallResult(result) : undefined,
    error: isJsonObject(error) ? readTaskError(error, redact) : undefined,
  };
}

/** True for a state that a task never leaves. */
export function isTerminal(task: TaskSnapshot): boolean {
  return task.status === 'completed' || task.status === 'failed' || task.status === 'cancelled';
}

function readTaskError(
  error: JsonObject,
  redact: Redact,
): { readonly code: number; readonly message: string } {
  const { code, message } = error;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? redact(message) : 'no reason given',
  };
}

function readMs(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function readTime(value: Json | undefined): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : value;
  return typeof time === 'number' && Number.isFinite(time) ? time : undefined;
}
