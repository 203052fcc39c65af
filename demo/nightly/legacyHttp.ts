import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkCaller, endEmpty, header, readJson, ReplyStream } from './httpExchange.ts';
import type { RpcId, RpcRequest } from './jsonRpc.ts';
import { errorCode, failure, isRequest, objectOr, parseMessage, RpcError, success } from './jsonRpc.ts';
import type { LegacyFace } from './legacyFace.ts';
import { legacyVersions } from './legacyFace.ts';
import type { LegacySession } from './legacySession.ts';

/** Methods answered over an event stream from the start: they take long or ask back. */
const streamed = new Set(['tools/call', 'tasks/result']);

/** Serves one HTTP request of the 2025-11-25 Streamable HTTP transport: POST, GET and DELETE with sessions. */
export async function serveLegacy(
  face: LegacyFace,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = new ReplyStream(response);
  let id: RpcId | null = null;
  try {
    checkCaller(request);
    if (request.method === 'POST') {
      const message = parseMessage(await readJson(request));
      if (message === undefined)
        throw new RpcError(errorCode.invalidRequest, 'The body is not one JSON-RPC message');
      if (isRequest(message)) {
        id = message.id;
        await answer(face, message, request, reply);
        return;
      }
      await findSession(face, request).receive(message, { send: () => undefined, signal: reply.signal });
      endEmpty(response, 202);
    } else if (request.method === 'GET') {
      listen(findSession(face, request), request, reply);
    } else if (request.method === 'DELETE') {
      face.endSession(findSession(face, request).id);
      endEmpty(response, 204);
    } else {
      endEmpty(response, 405, { allow: 'GET, POST, DELETE' });
    }
  } catch (error) {
    if (!reply.signal.aborted) reply.fail(id, error);
  }
}

async function answer(
  face: LegacyFace,
  message: RpcRequest,
  request: IncomingMessage,
  reply: ReplyStream,
): Promise<void> {
  if (message.method === 'initialize' && header(request, 'mcp-session-id') === undefined) {
    const { session, result } = face.initialize(objectOr(message.params));
    reply.end(success(message.id, result), 200, { 'mcp-session-id': session.id });
    return;
  }
  const session = findSession(face, request);
  if (message.method === 'initialize') {
    throw new RpcError(errorCode.invalidRequest, 'The session is already initialized', undefined, 400);
  }
  if (streamed.has(message.method)) reply.open({ 'mcp-session-id': session.id });
  await session.receive(message, {
    signal: reply.signal,
    send: (sent) => {
      const isAnswer = !('method' in sent) && sent.id === message.id;
      if (isAnswer) reply.end(sent, 200);
      else reply.send(sent);
    },
  });
  // A cancelled request gets no answer; its stream must still end.
  if (reply.isOpen)
    reply.end(failure(message.id, new RpcError(errorCode.cancelled, 'The request was cancelled')), 200);
}

function listen(session: LegacySession, request: IncomingMessage, reply: ReplyStream): void {
  if (!(request.headers.accept ?? '').includes('text/event-stream')) {
    throw new RpcError(errorCode.invalidRequest, 'Accept must list text/event-stream', undefined, 406);
  }
  reply.open({ 'mcp-session-id': session.id });
  const remove = session.addStanding({ send: (message) => reply.send(message), signal: reply.signal });
  reply.signal.addEventListener('abort', remove, { once: true });
}

function findSession(face: LegacyFace, request: IncomingMessage): LegacySession {
  const version = header(request, 'mcp-protocol-version');
  if (version !== undefined && !legacyVersions.includes(version)) {
    const known = legacyVersions.join(', ');
    throw new RpcError(
      -32000,
      `Bad Request: Unsupported protocol version (supported: ${known})`,
      undefined,
      400,
    );
  }
  const id = header(request, 'mcp-session-id');
  if (id === undefined)
    throw new RpcError(-32000, 'Bad Request: Mcp-Session-Id header is required', undefined, 400);
  const session = face.session(id);
  if (session === undefined) throw new RpcError(-32001, 'Session not found', undefined, 404);
  return session;
}
