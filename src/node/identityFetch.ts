import { parseStored, type Json } from '../core/json.ts';
import type { Gathered } from '../core/identityEvidence.ts';
import { AppError, isAppError, throwIfAborted } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import type { GuardedAnswer, GuardedFetch } from './guardedFetch.ts';

/** What every gatherer is given. */
export interface GatherContext {
  readonly fetch: Pick<GuardedFetch, 'get'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** The origin that the user configured himself, which may be on this machine or in a private network; no other may. */
  readonly privateOrigin: string | undefined;
}

/** Bounds of one request. */
export interface Bounds {
  readonly accept: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly redirects?: 'same-origin' | 'any';
  readonly maxRedirects?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly headOnly?: boolean;
}

/** True for an address at the origin that the user configured. */
export function isOwn({ privateOrigin }: Pick<GatherContext, 'privateOrigin'>, url: string): boolean {
  return privateOrigin !== undefined && URL.canParse(url) && new URL(url).origin === privateOrigin;
}

/** One bounded GET without credentials; rejects as `GuardedFetch` does. */
export async function ask(context: GatherContext, url: string, bounds: Bounds): Promise<GuardedAnswer> {
  return context.fetch.get(url, {
    maxBytes: bounds.maxBytes ?? 1024 * 1024,
    timeoutMs: bounds.timeoutMs ?? 10_000,
    maxRedirects: bounds.maxRedirects ?? 3,
    redirects: bounds.redirects ?? 'same-origin',
    headers: { accept: bounds.accept, ...bounds.headers },
    allowPrivate: isOwn(context, url),
    signal: context.signal,
    ...(bounds.headOnly === true ? { headOnly: true } : {}),
  });
}

/** The JSON of an answer; undefined for anything but a 200 with JSON in it. */
export function jsonOf({ status, bytes }: GuardedAnswer): Json | undefined {
  return status === 200 ? parseStored(new TextDecoder().decode(bytes)) : undefined;
}

/** The answer was something else than expected; the reason is for people. */
export function unexpected(what: string): AppError {
  return new AppError('server-error', what);
}

/** Runs a gatherer: whatever goes wrong becomes the reason why nothing is known; rejects only `cancelled`. */
export async function gathered<T>(
  context: Pick<GatherContext, 'now' | 'signal'>,
  look: () => Promise<T | { readonly absent: string }>,
): Promise<Gathered<T>> {
  throwIfAborted(context.signal);
  try {
    const value = await look();
    const at = context.now();
    if (typeof value === 'object' && value !== null && 'absent' in value)
      return { kind: 'absent', at, where: value.absent };
    return { kind: 'found', at, value };
  } catch (error) {
    if (context.signal.aborted || isAppError(error, 'cancelled'))
      throw new AppError('cancelled', 'cancelled', { cause: error });
    return { kind: 'failed', at: context.now(), reason: reasonOf(error) };
  }
}

/** Why something failed, with the code of Node below it: certificates are told by it. */
function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error), 400);
}
