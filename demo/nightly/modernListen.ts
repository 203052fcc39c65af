import type { JsonObject, RpcId } from './jsonRpc.ts';
import { errorCode, isObject, notification, RpcError } from './jsonRpc.ts';
import type { Exchange, ModernFace } from './modernFace.ts';
import type { ClientFacts } from './modernWire.ts';
import { metaKey, missingCapability, tasksExtension } from './modernWire.ts';
import { indexUri } from './resources.ts';
import type { Run } from './runs.ts';
import type { Service } from './service.ts';

/** One `subscriptions/listen` request. */
export interface ListenRequest {
  readonly params: JsonObject;
  readonly client: ClientFacts;
  readonly exchange: Exchange;
  readonly id: RpcId;
  /** Aborted when the server shuts down. */
  readonly closing: AbortSignal;
}

interface Filter {
  readonly resourcesListChanged?: true;
  readonly resourceSubscriptions?: readonly string[];
  readonly taskIds?: readonly string[];
}

/** Acknowledges, then notifies of what was asked for until either side ends it; resolves with the final result. */
export async function listen(
  face: ModernFace,
  service: Service,
  request: ListenRequest,
): Promise<JsonObject> {
  const filter = honoured(face, request);
  const meta = { [metaKey.subscriptionId]: request.id };
  const send = (method: string, params: JsonObject = {}) =>
    request.exchange.notify(notification(method, { ...params, _meta: meta }));
  const final = { _meta: meta };
  send('notifications/subscriptions/acknowledged', { notifications: filter });
  if (Object.keys(filter).length === 0) return final;

  const tasks = new Set(filter.taskIds);
  const uris = new Set(filter.resourceSubscriptions);
  const stop = service.engine.onDidChange((run, isNew) => {
    if (tasks.has(run.id)) send('notifications/tasks', face.detailedTask(run));
    if (isNew && filter.resourcesListChanged) send('notifications/resources/list_changed');
    for (const uri of [indexUri, `runs://${run.id}`]) {
      if (uris.has(uri)) send('notifications/resources/updated', { uri });
    }
  });
  // A task may have moved on between its creation and this subscription.
  for (const run of [...tasks].map((id) => face.findTask(id))) if (run) pushIfMoved(face, run, send);
  try {
    await untilAborted(request.exchange.signal, request.closing);
  } finally {
    stop();
  }
  request.exchange.signal.throwIfAborted();
  return final;
}

function honoured(face: ModernFace, request: ListenRequest): Filter {
  const asked = request.params['notifications'];
  if (!isObject(asked)) throw new RpcError(errorCode.invalidParams, 'notifications is required');
  if (asked['taskIds'] !== undefined && !request.client.hasTasks) {
    throw missingCapability({ extensions: { [tasksExtension]: {} } });
  }
  const uris = strings(asked['resourceSubscriptions']);
  const taskIds = strings(asked['taskIds']).filter((id) => face.findTask(id) !== undefined);
  return {
    ...(asked['resourcesListChanged'] === true ? { resourcesListChanged: true } : {}),
    ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}),
    ...(taskIds.length > 0 ? { taskIds } : {}),
  };
}

function pushIfMoved(face: ModernFace, run: Run, send: (method: string, params: JsonObject) => void): void {
  if (run.updatedAt !== run.createdAt) send('notifications/tasks', face.detailedTask(run));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

async function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return;
  await new Promise<void>((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}
