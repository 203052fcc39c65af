import type { RegistryEntry, RegistryPage, RegistrySource } from './registry.ts';

/** The version of the Registry API that a registry speaks. */
export type RegistryApi = 'v0.1' | 'v0';

/** One list request; everything but `cursor` is repeated on every page. */
export interface ListRequest {
  readonly cursor?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** `latest`, or one exact version; all versions when missing. */
  readonly version?: string | undefined;
  readonly search?: string | undefined;
  /** RFC 3339; the answer then also holds deleted entries. */
  readonly updatedSince?: string | undefined;
}

/** A page and how it was got. */
export interface PageAnswer {
  readonly page: RegistryPage;
  readonly api: RegistryApi;
  /** The registry's clock in milliseconds since the epoch, when it says. */
  readonly serverTime: number | undefined;
}

/** Reads registries. Every rejection is an `AppError` that says which registry and what failed. */
export interface RegistryClient {
  /** One page of the list. */
  page(source: RegistrySource, request: ListRequest, signal: AbortSignal): Promise<PageAnswer>;
  /** All versions of one server, at most 1,000; rejects `not-found`. */
  versions(source: RegistrySource, name: string, signal: AbortSignal): Promise<readonly RegistryEntry[]>;
  /** One version, or `latest`; rejects `not-found`. */
  version(source: RegistrySource, name: string, version: string, signal: AbortSignal): Promise<RegistryEntry>;
}

/** What keeps an address from being a registry's base; undefined when nothing does. */
export function sourceUrlProblem(url: string): string | undefined {
  if (!URL.canParse(url)) return 'is not an address';
  const parsed = new URL(url);
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(parsed.hostname);
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && isLoopback))
    return 'must start with https://';
  if (parsed.username !== '' || parsed.password !== '') return 'must not hold a user name or password';
  if (parsed.search !== '' || parsed.hash !== '') return 'must not hold a query or fragment';
  return undefined;
}

/** The registries that may be used: the one set by policy hides all others. */
export function usableSources(sources: readonly RegistrySource[]): readonly RegistrySource[] {
  const policy = sources.filter((source) => source.isPolicy);
  return policy.length > 0 ? policy : sources;
}
