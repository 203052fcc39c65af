import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RpcId, RpcMessage, RpcRequest } from './jsonRpc.ts';
import {
  errorCode,
  failure,
  isNotification,
  isRequest,
  objectOr,
  parseMessage,
  RpcError,
  success,
} from './jsonRpc.ts';
import { LegacyFace } from './legacyFace.ts';
import type { LegacySession, Stream } from './legacySession.ts';
import { ModernFace } from './modernFace.ts';
import { hasEnvelope, unsupportedVersion } from './modernWire.ts';
import { readOptions } from './options.ts';
import { Service } from './service.ts';

const options = readOptions(process.argv.slice(2));
const service = new Service(options);
const face = options.era === 'modern' ? new ModernFace(service) : new LegacyFace(service);
const gone = new AbortController();
const running = new Map<RpcId, AbortController>();
const stream: Stream = { send, signal: gone.signal };
let session: LegacySession | undefined;

function send(message: RpcMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function receive(line: string): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    send(failure(null, new RpcError(errorCode.parse, 'The line is not JSON')));
    return;
  }
  const message = parseMessage(value);
  if (message === undefined)
    send(failure(null, new RpcError(errorCode.invalidRequest, 'Not a JSON-RPC message')));
  else if (face instanceof ModernFace) await receiveModern(face, message);
  else await receiveLegacy(face, message);
}

async function receiveModern(modern: ModernFace, message: RpcMessage): Promise<void> {
  if (isNotification(message)) {
    const id = objectOr(message.params)['requestId'];
    const isCancel =
      message.method === 'notifications/cancelled' && (typeof id === 'string' || typeof id === 'number');
    if (isCancel)
      running.get(id)?.abort(new RpcError(errorCode.cancelled, 'The client cancelled the request'));
  } else if (isRequest(message)) {
    await answerModern(modern, message);
  }
}

async function answerModern(modern: ModernFace, message: RpcRequest): Promise<void> {
  const controller = new AbortController();
  running.set(message.id, controller);
  try {
    if (!hasEnvelope(message)) {
      const asked = objectOr(message.params)['protocolVersion'];
      throw unsupportedVersion(typeof asked === 'string' ? asked : undefined);
    }
    const exchange = {
      signal: controller.signal,
      notify: (note: RpcMessage) => {
        if (!controller.signal.aborted) send(note);
      },
    };
    const result = await modern.handle(message, exchange);
    if (!controller.signal.aborted) send(success(message.id, result));
  } catch (error) {
    if (!controller.signal.aborted) send(failure(message.id, error));
  } finally {
    running.delete(message.id);
  }
}

async function receiveLegacy(legacy: LegacyFace, message: RpcMessage): Promise<void> {
  if (session !== undefined) {
    await session.receive(message, stream);
    return;
  }
  if (!isRequest(message)) return;
  try {
    // A client may look for a modern server first; it gets "method not found" and falls back.
    if (message.method === 'ping') send(success(message.id, {}));
    else if (message.method !== 'initialize')
      throw new RpcError(errorCode.methodNotFound, `Method not found: ${message.method}`);
    else {
      const opened = legacy.initialize(objectOr(message.params));
      session = opened.session;
      session.addStanding(stream);
      send(success(message.id, opened.result));
    }
  } catch (error) {
    send(failure(message.id, error));
  }
}

let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  face.close();
  if (session !== undefined && face instanceof LegacyFace) face.endSession(session.id);
  await service.close();
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  process.exit(0);
}

process.stdout.on('error', () => void stop());
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', (line) => {
    if (line.trim() !== '') void receive(line);
  })
  .on('close', () => void stop());
