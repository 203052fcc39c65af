import { hostKind, type HostKind } from './installAddress.ts';

/** Which hosts the sign-in of one server may involve beyond public ones. */
export interface AuthReach {
  /** The server itself is on this machine, so its authorization server may be too, also over http. */
  readonly loopback: boolean;
  /** The server itself has a private address. */
  readonly privateHosts: boolean;
  /** Host names that the user allows although they lead into a private network. */
  readonly allowedHosts: readonly string[];
}

/** What the sign-in of a server may reach, judged by the server's own address. */
export function authReach(serverUrl: string, allowedHosts: readonly string[] = []): AuthReach {
  const kind = URL.canParse(serverUrl) ? hostKind(new URL(serverUrl).hostname) : 'invalid';
  return { loopback: kind === 'loopback', privateHosts: kind === 'private', allowedHosts };
}

/** True when a connection to an address of this kind may be made for `hostname`; link-local and metadata addresses never. */
export function isReachable(kind: HostKind, hostname: string, reach: AuthReach): boolean {
  if (kind === 'public') return true;
  if (kind === 'loopback') return reach.loopback;
  return kind === 'private' && (reach.privateHosts || reach.allowedHosts.includes(hostname.toLowerCase()));
}

/**
 * What is wrong with an address that a server named for its sign-in; undefined when it may be used. Https only, except http on
 * this machine for a server that is on this machine itself; no user names, no fragments, no private or metadata addresses.
 */
export function authUrlProblem(text: string, reach: AuthReach): string | undefined {
  if (text.length > 4096) return 'the address is too long';
  if (/[\s\p{C}\\]/u.test(text)) return 'the address holds blanks, backslashes or hidden characters';
  if (!URL.canParse(text)) return 'the address is not a URL';
  const url = new URL(text);
  const kind = hostKind(url.hostname);
  if (url.username !== '' || url.password !== '') return 'the address carries a user name or password';
  if (url.hash !== '') return 'the address has a fragment';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `the address has the scheme ${url.protocol.slice(0, 40)}`;
  // A name without dots may be resolved by the hosts file: what it leads to is judged at the connection.
  if (kind === 'invalid') return `${url.hostname} is not a host name`;
  if (kind === 'link-local') return `${url.hostname} is a link-local or metadata address`;
  if (!isReachable(kind, url.hostname, reach)) {
    return kind === 'loopback'
      ? `${url.hostname} is this machine, which the server is not on`
      : `${url.hostname} is in a private network`;
  }
  if (url.protocol === 'http:' && kind !== 'loopback') return 'the address is not encrypted (http)';
  return undefined;
}

/** True when a token may be sent to this server: encrypted, or on this machine. */
export function mayCarryTokens(serverUrl: string): boolean {
  if (!URL.canParse(serverUrl)) return false;
  const { protocol, hostname } = new URL(serverUrl);
  return protocol === 'https:' || (protocol === 'http:' && hostKind(hostname) === 'loopback');
}

/** The host of `url` when it is not the server's own, else undefined. */
export function foreignHost(url: string | undefined, serverUrl: string): string | undefined {
  if (url === undefined || !URL.canParse(url) || !URL.canParse(serverUrl)) return undefined;
  const { host } = new URL(url);
  return host === new URL(serverUrl).host ? undefined : host;
}
