/** A JSON object as it came off the wire: nothing inside it is trusted. */
export type JsonObject = { readonly [key: string]: unknown };

export type RpcId = string | number;

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: RpcId | null;
  readonly result?: JsonObject;
  readonly error?: RpcErrorBody;
}

export interface RpcErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

/** The JSON-RPC and MCP error codes this server uses; `cancelled` lies outside the reserved ranges on purpose. */
export const errorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
  cancelled: -32800,
} as const;

/** An error that becomes a JSON-RPC error response; `httpStatus` overrides the status derived from the code. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  readonly httpStatus: number | undefined;

  constructor(code: number, message: string, data?: unknown, httpStatus?: number) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
    this.httpStatus = httpStatus;
  }

  /** The `error` member of the response. */
  toBody(): RpcErrorBody {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data };
  }
}

/** Any thrown value as an RpcError; what is not one becomes an internal error with its message. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(errorCode.internal, error instanceof Error ? error.message : String(error));
}

/** Whether `value` is a plain JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` when it is an object, else an empty one. */
export function objectOr(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** `value` when it is a string, else undefined. */
export function stringOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function isRequest(message: RpcMessage): message is RpcRequest {
  return 'method' in message && 'id' in message;
}

export function isNotification(message: RpcMessage): message is RpcNotification {
  return 'method' in message && !('id' in message);
}

/** The message in `value`, or undefined when it is not JSON-RPC 2.0. */
export function parseMessage(value: unknown): RpcMessage | undefined {
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return undefined;
  const id = value['id'];
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') return undefined;
  if (typeof value['method'] === 'string') {
    const params = value['params'];
    return params === undefined || isObject(params) ? (value as unknown as RpcMessage) : undefined;
  }
  const isResponse = id !== undefined && (isObject(value['result']) || isObject(value['error']));
  return isResponse ? (value as unknown as RpcResponse) : undefined;
}

/** A success response. */
export function success(id: RpcId, result: JsonObject): RpcResponse {
  return { jsonrpc: '2.0', id, result };
}

/** An error response for any thrown value. */
export function failure(id: RpcId | null, error: unknown): RpcResponse {
  return { jsonrpc: '2.0', id, error: toRpcError(error).toBody() };
}

/** A notification. */
export function notification(method: string, params: JsonObject = {}): RpcNotification {
  return { jsonrpc: '2.0', method, params };
}
