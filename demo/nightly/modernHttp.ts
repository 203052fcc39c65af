import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkCaller, endEmpty, header, readJson, ReplyStream } from './httpExchange.ts';
import type { RpcRequest } from './jsonRpc.ts';
import {
  errorCode,
  isNotification,
  isRequest,
  objectOr,
  parseMessage,
  RpcError,
  success,
} from './jsonRpc.ts';
import type { ModernFace } from './modernFace.ts';
import { hasEnvelope, metaKey, modernVersion, unsupportedVersion } from './modernWire.ts';

/** The body field that `Mcp-Name` mirrors, by method (SEP-2243, SEP-2663). */
const nameSource: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** Serves one HTTP request of the 2026-07-28 Streamable HTTP transport: POST only, no sessions. */
export async function serveModern(
  face: ModernFace,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = new ReplyStream(response);
  let id: RpcRequest['id'] | null = null;
  try {
    checkCaller(request);
    if (request.method !== 'POST') {
      endEmpty(response, 405, { allow: 'POST' });
      return;
    }
    const message = parseMessage(await readJson(request));
    if (message === undefined)
      throw new RpcError(errorCode.invalidRequest, 'The body is not one JSON-RPC message');
    if (isNotification(message)) {
      endEmpty(response, 202);
      return;
    }
    if (!isRequest(message)) throw new RpcError(errorCode.invalidRequest, 'Responses cannot be posted');
    id = message.id;
    checkHeaders(request, message);
    reply.openWhenSlow();
    const result = await face.handle(message, {
      signal: reply.signal,
      notify: (note) => reply.send(note),
    });
    reply.end(success(message.id, result), 200);
  } catch (error) {
    if (!reply.signal.aborted) reply.fail(id, error);
  }
}

function checkHeaders(request: IncomingMessage, message: RpcRequest): void {
  const version = header(request, 'mcp-protocol-version');
  const params = objectOr(message.params);
  if (!hasEnvelope(message)) {
    if (version !== modernVersion) throw unsupportedVersion(version);
    const text = `Invalid params: the required _meta ${metaKey.protocolVersion} is missing`;
    throw new RpcError(errorCode.invalidParams, text, undefined, 400);
  }
  const claimed = objectOr(params['_meta'])[metaKey.protocolVersion];
  if (version !== undefined) match('MCP-Protocol-Version', version, claimed);
  if (typeof claimed === 'string' && claimed !== modernVersion) throw unsupportedVersion(claimed);
  match('MCP-Protocol-Version', version, claimed);
  match('Mcp-Method', header(request, 'mcp-method'), message.method);
  const source = Object.hasOwn(nameSource, message.method) ? nameSource[message.method] : undefined;
  if (source === undefined || typeof params[source] !== 'string') return;
  match('Mcp-Name', decode(header(request, 'mcp-name')), params[source]);
}

function match(name: string, given: string | undefined, expected: unknown): void {
  if (given === expected) return;
  const text =
    given === undefined
      ? `Header mismatch: the required ${name} header is missing`
      : `Header mismatch: ${name} is "${given}", the body says "${String(expected)}"`;
  throw new RpcError(errorCode.headerMismatch, text);
}

/** The value of a header that may use the Base64 sentinel. */
function decode(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded)
    throw new RpcError(errorCode.headerMismatch, 'Header mismatch: bad Base64');
  return bytes.toString('utf8');
}
