import type { Finding } from './identityCheck.ts';
import { fixedHost, judgedUrls, namespaceOf } from './identityHosts.ts';
import type { IdentityEvidence } from './identityEvidence.ts';
import { notFound } from './identityPackages.ts';
import { isLoopbackUrl } from './installAddress.ts';
import { shortNameOf } from './registry.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** I12: the domain of the namespace still takes part in publishing. */
export function checkDomainKey({ entry, domainKey }: IdentityEvidence): Finding {
  const namespace = entry && namespaceOf(entry.name);
  if (namespace?.kind !== 'domain') return { result: 'n/a', evidence: say`The namespace is no domain.` };
  if (domainKey.kind === 'found')
    return {
      result: 'pass',
      evidence: say`A publishing key is at ${oneLine(domainKey.value.where, 300)}.`,
      at: domainKey.at,
    };
  return (
    notFound(domainKey, say`A publishing key of ${namespace.domain}`) ?? { result: 'unknown', evidence: '' }
  );
}

/** I13: encrypted, with a valid chain, to exactly this host. */
export function checkConnection(evidence: IdentityEvidence): Finding {
  const [url] = judgedUrls(evidence);
  if (url === undefined) return { result: 'n/a', evidence: say`It runs on this machine.` };
  const others = judgedUrls(evidence).filter((one) => isPlain(one));
  if (others[0] !== undefined)
    return { result: 'fail', evidence: say`${oneLine(others[0], 200)} is not encrypted.` };
  if (isLoopbackUrl(url)) return { result: 'pass', evidence: say`${oneLine(url, 200)} is on this machine.` };
  const { connection } = evidence;
  if (connection.kind === 'failed' && isCertificateProblem(connection.reason))
    return {
      result: 'fail',
      evidence: say`The certificate is not valid: ${oneLine(connection.reason, 200)}.`,
      at: connection.at,
    };
  const missing = notFound(connection, say`The address`);
  if (missing || connection.kind !== 'found') return missing ?? { result: 'unknown', evidence: '' };
  const { at, value } = connection;
  const host = fixedHost(url) ?? '';
  const away = value.redirects.find(
    (one) => !URL.canParse(one) || !URL.canParse(url) || new URL(one).origin !== new URL(url).origin,
  );
  if (away !== undefined)
    return {
      result: 'fail',
      evidence: say`${oneLine(host, 200)} sends to another place: ${oneLine(away, 300)}.`,
      at,
    };
  const { certificate } = value;
  const about = certificate
    ? say` Its certificate was issued by ${oneLine(certificate.issuer, 100)} and ends on ${new Date(certificate.validTo).toISOString().slice(0, 10)}.`
    : '';
  return {
    result: 'pass',
    evidence: say`${oneLine(host, 200)} answers encrypted, without a redirect to elsewhere.${about}`,
    at,
  };
}

function isPlain(url: string): boolean {
  return /^http:/i.test(url) && !isLoopbackUrl(url);
}

/** Node's names for certificates that cannot be relied on. */
function isCertificateProblem(reason: string): boolean {
  return /\b(?:CERT_\w+|ERR_TLS_CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?))\b/.test(
    reason,
  );
}

/** I14: the server's own card against the entry. */
export function checkCard(evidence: IdentityEvidence): Finding {
  const { card, entry } = evidence;
  const urls = judgedUrls(evidence);
  if (urls.length === 0) return { result: 'n/a', evidence: say`Only remote servers have a card.` };
  if (card.kind === 'absent')
    return { result: 'n/a', evidence: say`There is no card at ${oneLine(card.where, 300)}.`, at: card.at };
  const missing = notFound(card, say`The server card`);
  if (missing || card.kind !== 'found') return missing ?? { result: 'unknown', evidence: '' };
  const { at, value } = card;
  const where = oneLine(value.url, 200);
  const names = value.urls.map(comparable);
  if (value.urls.length > 0 && !urls.some((url) => names.includes(comparable(url))))
    return {
      result: 'fail',
      evidence: say`The card at ${where} names other addresses: ${oneLine(value.urls[0] ?? '', 200)}.`,
      at,
    };
  if (!entry)
    return {
      result: 'n/a',
      evidence: say`The card at ${where} names this address; there is no registry entry to compare its name with.`,
      at,
    };
  if (value.name !== entry.name)
    return {
      result: 'fail',
      evidence: say`The card at ${where} is of ${oneLine(value.name ?? say`a server without a name`, 200)}, not of ${oneLine(entry.name, 200)}.`,
      at,
    };
  if (value.urls.length === 0)
    return { result: 'fail', evidence: say`The card at ${where} does not name this address.`, at };
  if (value.version !== entry.version)
    return {
      result: 'warn',
      evidence: say`The card at ${where} is of version ${oneLine(value.version ?? '(none)', 60)}, the entry of ${oneLine(entry.version, 60)}.`,
      at,
    };
  return { result: 'pass', evidence: say`The card at ${where} has the same name, address and version.`, at };
}

function comparable(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/$/, '') : url;
}

/** I15: what the running server calls itself; never more than a warning. */
export function checkLive({ live, entry, card }: IdentityEvidence): Finding {
  if (!live) return { result: 'unknown', evidence: say`It is not connected.` };
  if (live.name === undefined) return { result: 'unknown', evidence: say`It does not say what it is.` };
  const self = say`It calls itself ${oneLine(live.name, 100)}${live.version === undefined ? '' : ` ${oneLine(live.version, 60)}`}.`;
  const found = card.kind === 'found' ? card.value : undefined;
  const name = entry?.name ?? found?.name;
  if (name === undefined)
    return { result: 'n/a', evidence: say`${self} There is no entry to compare that with.` };
  const expected = [
    name,
    shortNameOf(name),
    entry?.title,
    found?.title,
    ...(entry?.packages ?? []).flatMap(({ identifier }) => [
      identifier,
      identifier.split('/').at(-1)?.split(/[:@]/)[0],
    ]),
  ].flatMap((one) => (one === undefined || plain(one) === '' ? [] : [plain(one)]));
  const version = entry?.version ?? found?.version;
  const protocols = found?.protocolVersions ?? [];
  const problems = [
    [live.name, live.title].some((one) => one !== undefined && expected.includes(plain(one)))
      ? undefined
      : say`That is none of the names in its entry.`,
    live.version === undefined || version === undefined || live.version === version
      ? undefined
      : say`The entry says version ${oneLine(version, 60)}.`,
    protocols.length === 0 || protocols.includes(live.protocolVersion)
      ? undefined
      : say`Its card does not list protocol version ${oneLine(live.protocolVersion, 40)}.`,
  ].filter((problem) => problem !== undefined);
  return problems.length === 0
    ? { result: 'pass', evidence: say`${self} That fits its entry.` }
    : { result: 'warn', evidence: [self, ...problems].join(' ') };
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, '');
}

/** I16: protected resource metadata names this address (RFC 9728). */
export function checkResource(evidence: IdentityEvidence): Finding {
  if (judgedUrls(evidence).length === 0) return { result: 'n/a', evidence: say`It runs on this machine.` };
  const { resource } = evidence;
  const missing = notFound(resource, say`The sign-in metadata`);
  if (missing || resource.kind !== 'found') return missing ?? { result: 'unknown', evidence: '' };
  const { at, value } = resource;
  const found = oneLine(value.found, 400);
  if (value.result === 'none') return { result: 'n/a', evidence: found, at };
  return { result: value.result === 'ok' ? 'pass' : value.result, evidence: found, at };
}
