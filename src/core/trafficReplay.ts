import type { ReplayRefusal } from './dashboardTraffic.ts';
import { isJsonObject, parseStored, type JsonObject } from './json.ts';
import type { Exchange } from './trafficExchanges.ts';

/** A request of ours as it can be sent again; each way goes where a user's own request goes. */
export type Replay =
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: JsonObject }
  | { readonly kind: 'list'; readonly list: 'tools' | 'resources' | 'templates' | 'prompts' }
  | { readonly kind: 'read'; readonly uri: string }
  | { readonly kind: 'prompt'; readonly name: string; readonly arguments: Readonly<Record<string, string>> }
  | { readonly kind: 'no'; readonly reason: ReplayRefusal };

const lists = {
  'tools/list': 'tools',
  'resources/list': 'resources',
  'resources/templates/list': 'templates',
  'prompts/list': 'prompts',
} as const;
const hidden = '(hidden)';

/** What sending an exchange's request again means. Only whole requests of ours that stand for themselves: no handshake, no task, no subscription, no cancellation. */
export function replayOf({ first }: Exchange): Replay {
  if (first.direction !== 'sent' || first.kind !== 'request') return { kind: 'no', reason: 'not-ours' };
  const { method = '' } = first;
  const list = Object.hasOwn(lists, method) ? lists[method as keyof typeof lists] : undefined;
  if (list) return { kind: 'list', list };
  if (!['tools/call', 'resources/read', 'prompts/get'].includes(method))
    return { kind: 'no', reason: 'not-for-again' };
  const message = parseStored(first.text);
  if (!isJsonObject(message) || !isJsonObject(message['params'])) return { kind: 'no', reason: 'cut' };
  const { name, uri, arguments: given } = message['params'];
  const args = isJsonObject(given) ? given : {};
  // What was hidden is not there any more: it would be sent as a mark.
  if (JSON.stringify({ name, uri, args }).includes(hidden)) return { kind: 'no', reason: 'hidden' };
  if (method === 'resources/read')
    return typeof uri === 'string' ? { kind: 'read', uri } : { kind: 'no', reason: 'cut' };
  if (typeof name !== 'string') return { kind: 'no', reason: 'cut' };
  if (method === 'tools/call') return { kind: 'call', tool: name, arguments: args };
  const texts = Object.entries(args).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value]] : [],
  );
  return { kind: 'prompt', name, arguments: Object.fromEntries(texts) as Record<string, string> };
}
