import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Clock } from './ports.ts';

/** What becomes of one message of an app: it passes, it is dropped with a reason, or the app is to be stopped. */
export type Guarded =
  | { readonly kind: 'pass'; readonly message: JsonObject }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string };

const maxLength = 1_000_000; // characters of a message
const burst = 100;
const perSecond = 20;
const maxDrops = 200;
const maxId = 200;

/** Lets the messages of one app through that are JSON-RPC 2.0, of a bearable size and not too many; an app that goes on regardless is stopped. */
export class AppGuard {
  readonly #clock: Clock;
  #tokens = burst;
  #at: number;
  #drops = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  take(text: string): Guarded {
    if (!this.#spend()) return this.#drop('too many messages');
    if (text.length > maxLength) return this.#drop('a message that is too long');
    const message = parsed(text);
    if (!message) return this.#drop('a message that is no JSON-RPC 2.0');
    const { method } = message;
    if (typeof method === 'string' && method.startsWith('ui/notifications/sandbox-'))
      return this.#drop('a message that only a sandbox may send');
    return { kind: 'pass', message };
  }

  #spend(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #drop(reason: string): Guarded {
    return ++this.#drops > maxDrops ? { kind: 'stop', reason } : { kind: 'drop', reason };
  }
}

function parsed(text: string): JsonObject | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isJsonObject(message) && isRpc(message) ? message : undefined;
}

function isRpc({ jsonrpc, id, method, params, result, error }: JsonObject): boolean {
  if (jsonrpc !== '2.0') return false;
  if (method !== undefined) {
    const isMethod = typeof method === 'string' && method.length <= 100;
    return (
      isMethod &&
      (id === undefined || isId(id)) &&
      (params === undefined || isJsonObject(params)) &&
      result === undefined &&
      error === undefined
    );
  }
  if (id === undefined || !isId(id)) return false;
  if (error === undefined) return isJsonObject(result);
  return (
    result === undefined &&
    isJsonObject(error) &&
    Number.isInteger(error['code']) &&
    typeof error['message'] === 'string'
  );
}

function isId(id: Json): boolean {
  return typeof id === 'string' ? id.length <= maxId : Number.isSafeInteger(id);
}
