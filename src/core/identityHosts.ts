import { worst, type Finding } from './identityCheck.ts';
import type { IdentityEvidence, SiteOf } from './identityEvidence.ts';
import { isReverseDnsName, type EntryRemote, type RegistryEntry } from './registry.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** Who may publish under a namespace, by the rules of the official registry. */
export type Namespace =
  | { readonly kind: 'github'; readonly login: string }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'none' };

/** The namespace of a server's name; `none` for names that are no reverse DNS. */
export function namespaceOf(name: string): Namespace {
  if (!isReverseDnsName(name)) return { kind: 'none' };
  const publisher = name.slice(0, name.indexOf('/')).toLowerCase();
  const login = /^io\.github\.([a-z0-9-]+)$/.exec(publisher)?.[1];
  if (login !== undefined) return { kind: 'github', login };
  const labels = publisher.split('.');
  const isDomain =
    labels.length > 1 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label));
  return isDomain ? { kind: 'domain', domain: labels.reverse().join('.') } : { kind: 'none' };
}

/** True when a host is a domain or lies below it. */
export function isAtOrBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** A host against a domain: below it, beside it under one registrable domain, or elsewhere. */
export function placeOf(
  host: string,
  domain: string,
  siteOf: SiteOf,
): 'below' | 'beside' | 'elsewhere' | 'unknown' {
  const [site, own] = [siteOf(host), siteOf(domain)];
  if (!site || !own) return 'unknown';
  // Under a public suffix everybody is a neighbour: `app.vercel/x` says nothing about `other.vercel.app`.
  if (own.isSuffix) return 'elsewhere';
  if (isAtOrBelow(host, domain)) return 'below';
  return site.domain !== undefined && site.domain === own.domain ? 'beside' : 'elsewhere';
}

/** The host of an address; undefined when it holds a variable or is no address. */
export function fixedHost(url: string): string | undefined {
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(url)?.[1];
  if (authority === undefined || /[{}$]/.test(authority) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/\.$/, '');
}

/** The addresses that are judged: of the configured server, of the chosen part, or of all remotes of the entry. */
export function judgedUrls({ entry, subject, server }: IdentityEvidence): readonly string[] {
  if (subject?.kind === 'package' || server?.command !== undefined) return [];
  // The address as it is used beats the address as it was offered, once nothing in it is open.
  if (server?.url !== undefined) return [server.url];
  if (subject?.kind === 'remote') return [subject.url];
  return (entry?.remotes ?? []).map((remote: EntryRemote) => remote.url);
}

/** I4: the remote address lies under the domain of the namespace. */
export function checkHost(evidence: IdentityEvidence): Finding {
  const { entry, siteOf } = evidence;
  const urls = judgedUrls(evidence);
  if (!entry)
    return {
      result: 'n/a',
      evidence: say`There is no registry entry whose namespace the address could be compared with.`,
    };
  if (urls.length === 0) return { result: 'n/a', evidence: say`It runs on this machine.` };
  const namespace = namespaceOf(entry.name);
  return worst(
    urls.map((url) => hostFinding(url, namespace, siteOf)),
    say`There is no address.`,
  );
}

function hostFinding(url: string, namespace: Namespace, siteOf: SiteOf): Finding {
  const host = fixedHost(url);
  if (host === undefined)
    return {
      result: 'unknown',
      evidence: say`The host of ${oneLine(url, 200)} depends on what is filled in.`,
    };
  const name = oneLine(host, 200);
  if (namespace.kind === 'none')
    return { result: 'n/a', evidence: say`The name has no namespace that says a domain.` };
  if (namespace.kind === 'github') {
    return host === `${namespace.login}.github.io`
      ? { result: 'pass', evidence: say`${name} is the GitHub page of ${namespace.login}.` }
      : { result: 'n/a', evidence: say`The namespace is an account of GitHub; nothing ties ${name} to it.` };
  }
  const { domain } = namespace;
  switch (placeOf(host, domain, siteOf)) {
    case 'below':
      return {
        result: 'pass',
        evidence:
          host === domain ? say`${name} is the domain of the namespace.` : say`${name} lies under ${domain}.`,
      };
    case 'beside':
      return {
        result: 'warn',
        evidence: say`${name} does not lie under ${domain}, but under the same registered domain.`,
      };
    case 'elsewhere':
      return {
        result: 'fail',
        evidence: say`${name} does not belong to ${domain}, the domain of the namespace.`,
      };
    case 'unknown':
      return { result: 'unknown', evidence: say`The list of public suffixes is not loaded yet.` };
  }
}

const forges = /^(?:www\.)?(?:github\.com|gitlab\.com|codeberg\.org|bitbucket\.org)$/;

/** The owner in the address of a repository on GitHub; undefined elsewhere. */
export function repositoryOwner(entry: RegistryEntry): string | undefined {
  const url = entry.repository?.url.replace(/^git\+/, '').replace(/^git@github\.com:/, 'https://github.com/');
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  return /^(?:www\.)?github\.com$/.test(hostname)
    ? pathname.split('/')[1]?.toLowerCase() || undefined
    : undefined;
}

/** I5: the repository belongs to the account of an `io.github` namespace. */
export function checkRepository({ entry }: IdentityEvidence): Finding {
  if (!entry) return { result: 'n/a', evidence: say`There is no registry entry.` };
  const namespace = namespaceOf(entry.name);
  if (namespace.kind !== 'github')
    return { result: 'n/a', evidence: say`The namespace is no account of GitHub.` };
  if (!entry.repository) return { result: 'unknown', evidence: say`The entry names no repository.` };
  const owner = repositoryOwner(entry);
  if (owner === namespace.login)
    return { result: 'pass', evidence: say`The repository belongs to ${owner}.` };
  const url = oneLine(entry.repository.url, 200);
  return {
    result: 'warn',
    evidence: say`The repository ${url} does not belong to ${namespace.login}, the account of the namespace.`,
  };
}

/** I6: website and icons lie with the publisher; at most a warning. */
export function checkWebsite(evidence: IdentityEvidence): Finding {
  const { entry } = evidence;
  if (!entry) return { result: 'n/a', evidence: say`There is no registry entry.` };
  const urls = [...new Set([entry.websiteUrl, ...entry.icons.map(({ src }) => src)])].filter(
    (url) => url !== undefined,
  );
  if (urls.length === 0) return { result: 'n/a', evidence: say`The entry names neither website nor icons.` };
  const namespace = namespaceOf(entry.name);
  if (namespace.kind === 'none')
    return { result: 'n/a', evidence: say`The name has no namespace that says a domain.` };
  return worst(
    urls.map((url) => websiteFinding(url, namespace, evidence)),
    '',
  );
}

function websiteFinding(
  url: string,
  namespace: Exclude<Namespace, { kind: 'none' }>,
  { entry, siteOf }: IdentityEvidence,
): Finding {
  if (url.startsWith('data:')) return { result: 'pass', evidence: say`The icon is part of the entry.` };
  const host = fixedHost(url);
  if (host === undefined) return { result: 'warn', evidence: say`${oneLine(url, 200)} is no address.` };
  const owner = namespace.kind === 'github' ? namespace.login : entry && repositoryOwner(entry);
  const first = new URL(url).pathname.split('/')[1]?.toLowerCase();
  const isHosted = forges.test(host) || host === 'raw.githubusercontent.com';
  if (owner !== undefined && isHosted && first === owner)
    return {
      result: 'pass',
      evidence: say`${oneLine(host, 200)}/${oneLine(owner, 100)} belongs to the owner of the repository.`,
    };
  const finding = hostFinding(url, namespace, siteOf);
  return finding.result === 'fail' ? { ...finding, result: 'warn' } : finding;
}
