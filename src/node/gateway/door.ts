import type { IncomingMessage } from 'node:http';
import { isJsonContentType, validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import { code, RpcFailure } from './rpc.ts';

const local = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Who sends a request. Rejects with 403 what a page in a browser could have sent under another name (DNS rebinding), with 401
 * what carries no token that is in force.
 */
export function callerOf(
  request: IncomingMessage,
  authenticate: (token: string) => Caller | undefined,
): Caller {
  const { host, origin, authorization } = request.headers;
  const isLocal = validateHostHeader(host, local).ok && validateOriginHeader(origin, local).ok;
  if (!isLocal)
    throw new RpcFailure(code.invalidRequest, 'Only callers of this machine are served', { httpStatus: 403 });
  const token = /^Bearer +([^\s]{1,512})$/i.exec(authorization ?? '')?.[1];
  const caller = token === undefined ? undefined : authenticate(token);
  if (caller) return caller;
  throw new RpcFailure(
    code.session,
    token === undefined ? 'A bearer token is required' : 'The token is not in force',
    {
      httpStatus: 401,
    },
  );
}

/** The JSON body of a POST; rejects what is not JSON, of the wrong type or larger than `maxBytes`. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  if (!isJsonContentType(request.headers['content-type'] ?? null))
    throw new RpcFailure(code.invalidRequest, 'Content-Type must be application/json', { httpStatus: 415 });
  const accept = request.headers.accept ?? '';
  const takesBoth = accept.includes('application/json') && accept.includes('text/event-stream');
  if (!takesBoth && !accept.includes('*/*')) {
    const message = 'Accept must list application/json and text/event-stream';
    throw new RpcFailure(code.invalidRequest, message, { httpStatus: 406 });
  }
  const tooLarge = () =>
    new RpcFailure(code.invalidRequest, `The body is larger than ${maxBytes} bytes`, { httpStatus: 413 });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks, size).toString('utf8'));
  } catch {
    throw new RpcFailure(code.parse, 'The body is not JSON', { httpStatus: 400 });
  }
}

/** One header as a trimmed text. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** The text of a header that may be in Base64, marked as such (SEP-2243); rejects what is marked so and is not. */
export function decodedHeader(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded)
    throw new RpcFailure(code.headerMismatch, 'Header mismatch: a value is no valid Base64');
  return bytes.toString('utf8');
}
