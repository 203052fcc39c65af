import { parse } from 'tldts';
import type { Site } from '../core/identityEvidence.ts';

const options = { allowPrivateDomains: true, detectIp: true, validateHostname: false } as const;

/** A host by the public suffix list of the library, private suffixes included. */
export function siteOf(host: string): Site {
  const { domain, publicSuffix, isIp } = parse(host, options);
  if (isIp === true) return { domain: undefined, isSuffix: false };
  return { domain: domain ?? undefined, isSuffix: domain === null && publicSuffix === host.toLowerCase() };
}
