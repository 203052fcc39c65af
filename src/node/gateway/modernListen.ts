import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import { isJsonObject, jsonItems, type Json, type JsonObject } from '../../core/json.ts';
import { DisposableStore } from '../../core/util/disposables.ts';
import type { Changes, OfferList } from './changes.ts';
import type { Exchange, GatewayContext } from './context.ts';
import type { ModernCalls } from './modernCalls.ts';
import { tasksExtension } from './client.ts';
import { code, missingCapability, notification, RpcFailure, type RpcId } from './rpc.ts';

const maxUris = 1_000;
const switches = {
  tools: 'toolsListChanged',
  resources: 'resourcesListChanged',
  prompts: 'promptsListChanged',
} as const;

/** What `subscriptions/listen` needs beside the request. */
export interface ListenParts {
  readonly context: GatewayContext;
  readonly changes: Changes;
  readonly calls: ModernCalls;
  /** Aborted when the gateway stops: the subscription ends with its result. */
  readonly closing: AbortSignal;
}

/** Acknowledges, then notifies of what was asked for until either side ends it; resolves with the final result. */
export async function listen(exchange: Exchange, id: RpcId, parts: ListenParts): Promise<JsonObject> {
  const { caller, scope, params, client } = exchange;
  const { context, changes, calls, closing } = parts;
  const asked = params['notifications'];
  if (!isJsonObject(asked)) throw new RpcFailure(code.invalidParams, 'notifications is required');
  if (asked['taskIds'] !== undefined && !client.tasks)
    throw missingCapability({ extensions: { [tasksExtension]: {} } });
  const meta = { [SUBSCRIPTION_ID_META_KEY]: id };
  const send = (method: string, more: JsonObject = {}) =>
    exchange.notify(notification(method, { ...more, _meta: meta }));
  const catalog = context.catalog(caller, scope);
  const wanted = (Object.keys(switches) as OfferList[]).filter((list) => asked[switches[list]] === true);
  const uris = texts(asked['resourceSubscriptions']).filter((uri) => catalog.innerUri(uri) !== undefined);
  const taskIds = texts(asked['taskIds']).filter((taskId) => context.runs.view(caller, taskId) !== undefined);
  const honoured: JsonObject = {
    ...Object.fromEntries(wanted.map((list) => [switches[list], true])),
    ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}),
    ...(taskIds.length > 0 ? { taskIds } : {}),
  };
  const watches = new DisposableStore();
  try {
    // Watched first: nothing that happens after the acknowledgement may be missed.
    const early: (() => void)[] = [];
    let isAcknowledged = false;
    const tell = (work: () => void) => (isAcknowledged ? work() : void early.push(work));
    watches.add(
      changes.watchOffers(caller, scope, (list) => {
        if (wanted.includes(list)) tell(() => send(`notifications/${list}/list_changed`));
      }),
    );
    for (const taskId of taskIds) {
      let told = '';
      const look = () => {
        const view = context.runs.view(caller, taskId);
        const task = view && calls.detailed(exchange, view);
        const text = JSON.stringify({ ...task, lastUpdatedAt: '' });
        if (!task || text === told) return;
        told = text;
        tell(() => send('notifications/tasks', task));
      };
      watches.add(context.runs.watch(caller, taskId, look));
      look();
    }
    send('notifications/subscriptions/acknowledged', { notifications: honoured });
    isAcknowledged = true;
    for (const work of early) work();
    await Promise.all(
      uris.map(async (uri) => {
        const found = catalog.innerUri(uri);
        if (!found) return;
        const serverId = found.server.definition.id;
        const update = () => send('notifications/resources/updated', { uri });
        watches.add(await changes.watchResource(serverId, found.uri, update));
      }),
    );
    if (Object.keys(honoured).length > 0) await untilAborted(exchange.signal, closing);
  } finally {
    watches.dispose();
  }
  if (exchange.signal.aborted) throw new RpcFailure(code.cancelled, 'The subscription was ended');
  return { _meta: meta };
}

function texts(value: Json | undefined): readonly string[] {
  return jsonItems(value)
    .filter((item) => typeof item === 'string')
    .slice(0, maxUris);
}

function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}
