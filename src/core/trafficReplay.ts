import type { CompletionRef } from './connection.ts';
import type { ReplayRefusal } from './dashboardTraffic.ts';
import { isJsonObject, parseStored, type Json, type JsonObject } from './json.ts';
import type { Exchange } from './trafficExchanges.ts';

/** A request of ours as it can be sent again; each way goes where a user's own request goes. */
export type Replay =
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: JsonObject }
  | { readonly kind: 'list'; readonly list: 'tools' | 'resources' | 'templates' | 'prompts' }
  | { readonly kind: 'read'; readonly uri: string }
  | { readonly kind: 'prompt'; readonly name: string; readonly arguments: Readonly<Record<string, string>> }
  | {
      readonly kind: 'complete';
      readonly ref: CompletionRef;
      readonly argument: { readonly name: string; readonly value: string };
      readonly context: Readonly<Record<string, string>>;
    }
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
  if (!['tools/call', 'resources/read', 'prompts/get', 'completion/complete'].includes(method))
    return { kind: 'no', reason: 'not-for-again' };
  const message = parseStored(first.text);
  if (!isJsonObject(message) || !isJsonObject(message['params'])) return { kind: 'no', reason: 'cut' };
  const { name, uri, ref, argument, context, arguments: given } = message['params'];
  const args = isJsonObject(given) ? given : {};
  // What was hidden is not there any more: it would be sent as a mark.
  const sent = JSON.stringify({ name, uri, args, ref, argument, context });
  if (sent.includes(hidden)) return { kind: 'no', reason: 'hidden' };
  if (method === 'completion/complete') return completion(ref, argument, context);
  if (method === 'resources/read')
    return typeof uri === 'string' ? { kind: 'read', uri } : { kind: 'no', reason: 'cut' };
  if (typeof name !== 'string') return { kind: 'no', reason: 'cut' };
  if (method === 'tools/call') return { kind: 'call', tool: name, arguments: args };
  return { kind: 'prompt', name, arguments: textsOf(args) };
}

function completion(ref: Json | undefined, argument: Json | undefined, context: Json | undefined): Replay {
  if (!isJsonObject(ref) || !isJsonObject(argument)) return { kind: 'no', reason: 'cut' };
  const { type, name: prompt, uri: uriTemplate } = ref;
  const { name, value } = argument;
  const of: CompletionRef | undefined =
    type === 'ref/prompt' && typeof prompt === 'string'
      ? { kind: 'prompt', name: prompt }
      : type === 'ref/resource' && typeof uriTemplate === 'string'
        ? { kind: 'template', uriTemplate }
        : undefined;
  if (!of || typeof name !== 'string' || typeof value !== 'string') return { kind: 'no', reason: 'cut' };
  const given = isJsonObject(context) ? context['arguments'] : undefined;
  return {
    ...{ kind: 'complete', ref: of, argument: { name, value } },
    context: textsOf(isJsonObject(given) ? given : {}),
  };
}

function textsOf(args: JsonObject): Readonly<Record<string, string>> {
  const texts = Object.entries(args).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}
