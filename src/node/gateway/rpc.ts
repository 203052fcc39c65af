import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { rpcCode } from '../../core/rpcErrors.ts';
import { toAppError } from '../../core/util/errors.ts';
import { rpcErrorOf } from '../mcp/wireErrors.ts';

export type RpcId = string | number;

export interface RpcRequest {
  readonly id: RpcId;
  readonly method: string;
  readonly params: JsonObject;
}

/** Anything that is written to a caller. */
export type RpcMessage = JsonObject & { readonly jsonrpc: '2.0' };

/** Codes of our own answers; `cancelled` lies outside the ranges that JSON-RPC and MCP reserve. */
export const code = {
  ...rpcCode,
  session: -32000,
  unknownSession: -32001,
  cancelled: -32800,
} as const;

/** A failure that becomes a JSON-RPC error; `httpStatus` where the transport has one for it. */
export class RpcFailure extends Error {
  readonly code: number;
  readonly data: Json | undefined;
  readonly httpStatus: number | undefined;

  constructor(
    errorCode: number,
    message: string,
    more: { readonly data?: Json; readonly httpStatus?: number } = {},
  ) {
    super(message);
    this.name = 'RpcFailure';
    this.code = errorCode;
    this.data = more.data;
    this.httpStatus = more.httpStatus;
  }
}

/** Anything thrown as what the caller may know of it: a server's own error stays its own. */
export function toRpcFailure(error: unknown): RpcFailure {
  if (error instanceof RpcFailure) return error;
  const rpc = rpcErrorOf(error);
  if (rpc) {
    // What a server says of the connection to us is nothing for the caller's connection to us.
    const isOurs = rpc.code === code.headerMismatch || rpc.code === code.unsupportedVersion;
    const { data } = rpc;
    return new RpcFailure(isOurs || !Number.isInteger(rpc.code) ? code.internal : rpc.code, rpc.message, {
      ...(data === undefined ? {} : { data }),
    });
  }
  const failure = toAppError(error);
  switch (failure.code) {
    case 'not-found':
    case 'invalid-input':
      return new RpcFailure(code.invalidParams, failure.message);
    case 'unsupported':
      return new RpcFailure(code.methodNotFound, failure.message);
    case 'cancelled':
      return new RpcFailure(code.cancelled, failure.message);
    case 'internal':
      return new RpcFailure(code.internal, 'Internal error');
    default:
      return new RpcFailure(code.internal, failure.message);
  }
}

/** The error for a capability that a client did not declare (2026-07-28). */
export function missingCapability(requiredCapabilities: JsonObject): RpcFailure {
  const data = { requiredCapabilities };
  return new RpcFailure(code.missingCapability, 'Missing required client capability', { data });
}

export function success(id: RpcId, result: JsonObject): RpcMessage {
  return { jsonrpc: '2.0', id, result };
}

/** The error response for anything thrown. */
export function failure(id: RpcId | null, error: unknown): RpcMessage {
  const { code: errorCode, message, data } = toRpcFailure(error);
  return { jsonrpc: '2.0', id, error: { code: errorCode, message, ...(data === undefined ? {} : { data }) } };
}

export function notification(method: string, params: JsonObject = {}): RpcMessage {
  return { jsonrpc: '2.0', method, params };
}

/** A member that must be a text. */
export function textParam(params: JsonObject, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new RpcFailure(code.invalidParams, `${name} must be a text`);
  return value;
}

/** A member that is an object, or nothing. */
export function objectParam(params: JsonObject, name: string): JsonObject | undefined {
  const value = params[name];
  if (value === undefined || isJsonObject(value)) return value;
  throw new RpcFailure(code.invalidParams, `${name} must be an object`);
}
