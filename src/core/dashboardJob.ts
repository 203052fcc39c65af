import type { Frame } from './connection.ts';
import type { JobRow, JobView, ResultBlock } from './dashboard.ts';
import { frameView } from './dashboardServer.ts';
import { remainingMs } from './forecast.ts';
import type { Job, JobResult, JobStatus } from './jobs.ts';
import { isFinal } from './jobs.ts';
import type { Json, JsonObject } from './json.ts';
import { shown, shownIfAny } from './shown.ts';
import { oneLine } from './util/text.ts';

const maxText = 20_000;
const maxBlockText = 4000;
const maxBlocks = 20;
const maxFrames = 50;
const maxFrameText = 1500;

/** A job as a row of the list. */
export function jobRow(job: Job, now: number): JobRow {
  return {
    id: job.id,
    serverId: job.serverId,
    toolName: job.tool,
    serverName: oneLine(job.serverName, 200),
    tool: oneLine(job.toolTitle ?? job.tool, 200),
    callerName: oneLine(job.caller.name, 100),
    callerKind: job.caller.kind,
    status: visibleStatus(job.status),
    statusMessage: shownIfAny(job.statusMessage, 500),
    progress: job.progress && { ...job.progress, message: undefined },
    createdAt: job.createdAt,
    endedAt: job.endedAt,
    mode: job.mode,
    hasResult: job.hasResult,
    remainingMs: isFinal(job.status) ? undefined : remainingMs(job.history, now),
  };
}

/** A job as its page. */
export function jobView(
  job: Job,
  result: JobResult | undefined,
  now: number,
  frames: readonly Frame[] = [],
): JobView {
  return {
    ...jobRow(job, now),
    argumentsText: shown(JSON.stringify(job.arguments, null, 2), maxText),
    approval: shown(job.approval, 500).text,
    task: job.task && {
      taskId: oneLine(job.task.taskId, 200),
      createdAt: job.task.createdAt,
      ttlMs: job.task.ttlMs,
      pollIntervalMs: job.task.pollIntervalMs,
    },
    timeline: job.timeline.map((event) => ({
      ...event,
      message: event.message === undefined ? undefined : shown(event.message, 1000).text,
    })),
    history: job.history.map((point) => ({ ...point, message: undefined })),
    rerunOf: job.rerunOf,
    frames: frames.slice(-maxFrames).map((frame) => frameView(frame, maxFrameText)),
    result: result && {
      isError: result.result.isError,
      blocks: blocksOf(result).slice(0, maxBlocks),
      omitted: Math.max(0, blocksOf(result).length - maxBlocks),
    },
    schemaProblems: (result?.schemaProblems ?? []).slice(0, 50).map((problem) => oneLine(problem, 500)),
  };
}

function visibleStatus(status: JobStatus): JobStatus {
  return 'message' in status ? { ...status, message: shown(status.message, 1000).text } : status;
}

function blocksOf({ result }: JobResult): readonly ResultBlock[] {
  const structured = result.structuredContent;
  const blocks = result.content.map((block) => resultBlock(block, maxBlockText));
  return structured === undefined
    ? blocks
    : [...blocks, { ...noBlock, kind: 'json', text: asJson(structured, maxBlockText) }];
}

const noBlock = { text: undefined, label: undefined, mimeType: undefined, bytes: undefined };

/** One part of a result for display; its text is cut at `max` UTF-16 units. */
export function resultBlock(block: JsonObject, max: number): ResultBlock {
  const type = block['type'];
  if (type === 'text') return { ...noBlock, kind: 'text', text: shown(text(block['text']) ?? '', max) };
  if (type === 'image' || type === 'audio')
    return { ...noBlock, kind: type, mimeType: mimeOf(block), bytes: base64Bytes(block['data']) };
  if (type === 'resource_link')
    return {
      ...noBlock,
      kind: 'link',
      label: shown(text(block['uri']) ?? '', 2000),
      mimeType: mimeOf(block),
      bytes: numberOf(block['size']),
    };
  const resource = block['resource'];
  if (type === 'resource' && typeof resource === 'object' && resource !== null && !Array.isArray(resource)) {
    const inner = resource as JsonObject;
    return {
      kind: 'resource',
      text: shownIfAny(text(inner['text']), max),
      label: shownIfAny(text(inner['uri']), 2000),
      mimeType: mimeOf(inner),
      bytes: inner['blob'] === undefined ? undefined : base64Bytes(inner['blob']),
    };
  }
  return { ...noBlock, kind: 'unknown', text: asJson(block, max) };
}

function asJson(value: Json, max: number): ResultBlock['text'] {
  return shown(JSON.stringify(value, null, 2), max);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function mimeOf(block: JsonObject): string | undefined {
  const mime = text(block['mimeType']);
  return mime === undefined ? undefined : oneLine(mime, 100);
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function base64Bytes(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? Math.floor((value.replace(/=+$/, '').length * 3) / 4) : undefined;
}
