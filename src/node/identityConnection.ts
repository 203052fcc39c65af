import type { ConnectionFacts, ResourceEvidence } from '../core/identityEvidence.ts';
import { hostKind } from '../core/installAddress.ts';
import type { AuthReport } from '../core/authView.ts';
import { unexpected, ask, type GatherContext } from './identityFetch.ts';

const maxHops = 4;

/** One look at the address of a server, without credentials: certificate, status, and where it sends to. A redirect to elsewhere is noted, not followed. */
export async function connectionFacts(context: GatherContext, serverUrl: string): Promise<ConnectionFacts> {
  const redirects: string[] = [];
  let url = serverUrl;
  for (;;) {
    const answer = await ask(context, url, { accept: 'application/json', maxRedirects: 0, headOnly: true });
    const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
    if (location === null || redirects.length >= maxHops)
      return { status: answer.status, url, redirects, certificate: answer.certificate };
    const next = URL.canParse(location, url) ? new URL(location, url).href : location;
    redirects.push(next);
    if (!URL.canParse(next) || new URL(next).origin !== new URL(serverUrl).origin)
      return { status: answer.status, url, redirects, certificate: answer.certificate };
    url = next;
  }
}

/** Looks up the TXT records of a name. */
export type ResolveTxt = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Whether the domain of a namespace publishes a key for the registry today, in DNS or at its well-known place. */
export async function domainKeyFacts(
  context: GatherContext,
  domain: string,
  resolveTxt: ResolveTxt,
): Promise<{ readonly where: string } | { readonly absent: string }> {
  if (hostKind(domain) !== 'public') throw unexpected(`${domain} is no public domain`);
  const isKey = (text: string) => /\bv=MCPv1\b/.test(text);
  const records = await resolveTxt(domain, context.signal).catch(() => []);
  if (records.some(isKey)) return { where: `the DNS of ${domain}` };
  const url = `https://${domain}/.well-known/mcp-registry-auth`;
  const answer = await ask(context, url, {
    accept: 'text/plain',
    maxBytes: 4096,
    maxRedirects: 0,
    timeoutMs: 5_000,
  });
  if (answer.status === 200 && isKey(new TextDecoder().decode(answer.bytes))) return { where: url };
  return { absent: `${domain}, in DNS and at ${url}` };
}

/** What the steps of a sign-in say about the resource (RFC 9728). */
export function resourceFacts({ steps }: Pick<AuthReport, 'steps' | 'view'>): ResourceEvidence {
  const step = steps.find(({ id }) => id === 'resource');
  const challenge = steps.find(({ id }) => id === 'challenge');
  const issuer = steps.find(({ id }) => id === 'issuer')?.where;
  if (!step || step.result === 'skipped')
    return { result: 'none', found: challenge?.found ?? 'It wants no sign-in.', where: undefined, issuer };
  return { result: step.result, found: step.found, where: step.where, issuer };
}
