import { createHmac, timingSafeEqual } from 'node:crypto';
import type { JsonObject, RpcRequest } from './jsonRpc.ts';
import { errorCode, isObject, objectOr, RpcError, stringOr } from './jsonRpc.ts';
import type { Features, Question, Run } from './runs.ts';
import { featuresOf } from './service.ts';

/** The revision this face speaks. */
export const modernVersion = '2026-07-28';

/** The tasks extension (SEP-2663). */
export const tasksExtension = 'io.modelcontextprotocol/tasks';

/** Reserved `_meta` keys of the revision. */
export const metaKey = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

const stateMs = 3_600_000;

/** What one request says about its client; nothing is remembered between requests. */
export interface ClientFacts {
  readonly capabilities: JsonObject;
  readonly features: Features;
  readonly hasTasks: boolean;
  readonly hasRoots: boolean;
  readonly logLevel: string | undefined;
  readonly progressToken: string | number | undefined;
}

/** Whether the request carries the per-request envelope at all. */
export function hasEnvelope(request: RpcRequest): boolean {
  return metaKey.protocolVersion in objectOr(objectOr(request.params)['_meta']);
}

/** The envelope of a request; rejects a missing or malformed one, and a version that is not served. */
export function readEnvelope(request: RpcRequest): ClientFacts {
  const meta = objectOr(objectOr(request.params)['_meta']);
  const version = meta[metaKey.protocolVersion];
  const capabilities = meta[metaKey.clientCapabilities];
  if (typeof version !== 'string') throw malformed(metaKey.protocolVersion);
  if (!isObject(capabilities)) throw malformed(metaKey.clientCapabilities);
  if (version !== modernVersion) throw unsupportedVersion(version);
  const token = meta['progressToken'];
  return {
    capabilities,
    features: featuresOf(capabilities),
    hasTasks: isObject(objectOr(capabilities['extensions'])[tasksExtension]),
    hasRoots: isObject(capabilities['roots']),
    logLevel: stringOr(meta[metaKey.logLevel]),
    progressToken: typeof token === 'string' || typeof token === 'number' ? token : undefined,
  };
}

/** The error for a protocol version this face does not speak. */
export function unsupportedVersion(requested: string | undefined): RpcError {
  const data = { supported: [modernVersion], ...(requested === undefined ? {} : { requested }) };
  return new RpcError(errorCode.unsupportedProtocolVersion, 'Unsupported protocol version', data);
}

/** The error for a capability the client did not declare. */
export function missingCapability(requiredCapabilities: JsonObject): RpcError {
  const data = { requiredCapabilities };
  return new RpcError(errorCode.missingClientCapability, 'Missing required client capability', data);
}

/** A run as the extension's flat `Task`. */
export function taskOf(run: Run, pollIntervalMs: number): JsonObject {
  return {
    taskId: run.id,
    status: run.status,
    statusMessage: run.statusMessage,
    createdAt: new Date(run.createdAt).toISOString(),
    lastUpdatedAt: new Date(run.updatedAt).toISOString(),
    ttlMs: run.ttlMs,
    pollIntervalMs,
  };
}

/** A question as an embedded input request. */
export function inputRequest(question: Question): JsonObject {
  const { message } = question;
  const params =
    question.kind === 'form'
      ? { mode: 'form', message, requestedSchema: question.schema }
      : { mode: 'url', message, url: question.url };
  return { method: 'elicitation/create', params };
}

/** What a `requestState` vouches for. */
export interface RequestState {
  readonly tool: string;
  /** Digest of the arguments the state belongs to. */
  readonly args: string;
  readonly runId?: string;
}

/** Seals a request state: readable by the client, not changeable. */
export function sealState(secret: Buffer, state: RequestState): string {
  const body = Buffer.from(JSON.stringify({ ...state, until: Date.now() + stateMs })).toString('base64url');
  return `${body}.${sign(secret, body)}`;
}

/** Opens a request state; rejects with invalid params when it is forged, expired or for another call. */
export function openState(secret: Buffer, sealed: unknown, tool: string, args: string): RequestState {
  const [body, signature] = typeof sealed === 'string' ? sealed.split('.') : [];
  const invalid = new RpcError(errorCode.invalidParams, 'The requestState is not valid for this request');
  if (body === undefined || signature === undefined) throw invalid;
  const expected = Buffer.from(sign(secret, body));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw invalid;
  const state = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as RequestState & {
    until: number;
  };
  if (state.until < Date.now() || state.tool !== tool || state.args !== args) throw invalid;
  return state;
}

function sign(secret: Buffer, body: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url');
}

function malformed(key: string): RpcError {
  return new RpcError(errorCode.invalidParams, `Invalid _meta: ${key} is missing or malformed`, { key }, 400);
}
