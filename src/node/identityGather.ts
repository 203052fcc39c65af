import { Resolver } from 'node:dns/promises';
import type { AuthReport } from '../core/authView.ts';
import { namespaceOf } from '../core/identityHosts.ts';
import {
  notAsked,
  type Gathered,
  type GatheredEvidence,
  type PackageFacts,
} from '../core/identityEvidence.ts';
import type { IdentityGatherer } from '../core/identityGather.ts';
import type { Clock } from '../core/ports.ts';
import { connectionFacts, domainKeyFacts, resourceFacts, type ResolveTxt } from './identityConnection.ts';
import { findCard } from './identityCards.ts';
import { gathered, type GatherContext } from './identityFetch.ts';
import { packageFacts } from './identityPackages.ts';
import type { PublicSuffixes } from './identitySites.ts';
import type { GuardedFetch } from './guardedFetch.ts';

/** What gathering evidence needs from outside. */
export interface GatherDeps {
  readonly fetch: Pick<GuardedFetch, 'get'>;
  readonly clock: Clock;
  readonly suffixes: Pick<PublicSuffixes, 'load' | 'siteOf'>;
  /** The steps of a sign-in, without credentials; undefined where nobody can sign in. */
  readonly inspect: ((serverUrl: string, signal: AbortSignal) => Promise<AuthReport>) | undefined;
  /** Default: the system's resolver, with a bound. */
  readonly resolveTxt?: ResolveTxt;
}

const maxPackages = 10;

/** Gathers what takes requests; each gatherer fails for itself. */
export function createIdentityGatherer(deps: GatherDeps): IdentityGatherer {
  return {
    gather: async (subject, options, signal) => {
      await deps.suffixes.load();
      const { entry, url } = subject;
      const now = () => deps.clock.now();
      const context: GatherContext = { fetch: deps.fetch, now, signal, privateOrigin: undefined };
      const own: GatherContext =
        subject.allowPrivate && url !== undefined
          ? { ...context, privateOrigin: new URL(url).origin }
          : context;
      const namespace = entry ? namespaceOf(entry.name) : { kind: 'none' as const };
      const inspect = deps.inspect;
      const nothing = Promise.resolve(notAsked);
      const [packages, domainKey, connection, card, resource] = await Promise.all([
        packagesOf(context, subject),
        namespace.kind === 'domain'
          ? gathered(context, () => domainKeyFacts(context, namespace.domain, deps.resolveTxt ?? systemTxt))
          : nothing,
        url === undefined ? nothing : gathered(own, () => connectionFacts(own, url)),
        url === undefined || !options.cards
          ? nothing
          : gathered(own, () => findCard(own, url, deps.suffixes.siteOf, options.legacyCards)),
        url === undefined || !inspect
          ? nothing
          : gathered(own, async () => resourceFacts(await inspect(url, signal))),
      ]);
      return { packages, domainKey, connection, card, resource };
    },
  };
}

async function packagesOf(
  context: GatherContext,
  { entry, packages }: Parameters<IdentityGatherer['gather']>[0],
): Promise<GatheredEvidence['packages']> {
  const found = await Promise.all(
    packages
      .slice(0, maxPackages)
      .map(async (index): Promise<readonly (readonly [string, Gathered<PackageFacts>])[]> => {
        const item = entry?.packages[index];
        return item ? [[String(index), await gathered(context, () => packageFacts(context, item))]] : [];
      }),
  );
  return Object.fromEntries(found.flat());
}

const systemTxt: ResolveTxt = async (name, signal) => {
  const resolver = new Resolver({ timeout: 3_000, tries: 1 });
  const stop = () => resolver.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
