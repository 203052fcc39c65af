/** Where a host name leads, as far as the name alone tells. */
export type HostKind = 'public' | 'loopback' | 'private' | 'link-local' | 'invalid';

const localNames = /(?:^|\.)(?:local|internal|intranet|lan|home|corp|private|localdomain|home\.arpa)$/i;
const metadataNames = /^(?:metadata|metadata\.google\.internal|instance-data(?:\.ec2\.internal)?)$/i;

/** Classifies a host (as in `URL.hostname`) by name or literal address; nothing is looked up. */
export function hostKind(hostname: string): HostKind {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host === '') return 'invalid';
  if (host.startsWith('[')) return ipv6Kind(host.slice(1, -1));
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (ipv4) return ipv4Kind(ipv4.slice(1).map(Number));
  if (metadataNames.test(host)) return 'link-local';
  if (localNames.test(host) || !host.includes('.')) return 'private';
  return /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$/.test(host)
    ? 'public'
    : 'invalid';
}

/** Classifies an IP address (no brackets). */
export function addressKind(address: string): HostKind {
  const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  return ipv4 ? ipv4Kind(ipv4.slice(1).map(Number)) : ipv6Kind(address.toLowerCase());
}

function ipv4Kind(parts: readonly number[]): HostKind {
  const [a = 0, b = 0, c = 0] = parts;
  if (parts.some((part) => part > 255)) return 'invalid';
  if (a === 127) return 'loopback';
  if (a === 169 && b === 254) return 'link-local';
  const isPrivate =
    a === 0 ||
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b <= 127);
  const isSpecial =
    (a === 192 && b === 0 && (c === 0 || c === 2)) || (a === 198 && (b === 18 || b === 19)) || a >= 224;
  // 168.63.129.16 and 100.100.100.200 are cloud metadata services; the second is in the shared range already.
  if (a === 168 && b === 63 && c === 129) return 'link-local';
  return isPrivate || isSpecial ? 'private' : 'public';
}

function ipv6Kind(text: string): HostKind {
  const zone = text.indexOf('%');
  const groups = expandIpv6(zone === -1 ? text : text.slice(0, zone));
  if (!groups) return 'invalid';
  const [first = 0, second = 0] = groups;
  const isLow = groups.slice(0, 5).every((group) => group === 0);
  // IPv4 inside: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16), compatible (::/96).
  const embedded = (index: number) =>
    [groups[index] ?? 0, groups[index + 1] ?? 0].flatMap((group) => [group >> 8, group & 255]);
  if (isLow && groups[5] === 0 && groups[6] === 0 && groups[7] === 1) return 'loopback';
  if (isLow && groups[5] === 0xffff) return ipv4Kind(embedded(6));
  if (first === 0x64 && second === 0xff9b) return ipv4Kind(embedded(6));
  if (first === 0x2002) return ipv4Kind(embedded(1));
  if (isLow) return 'private';
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  if (first === 0xfd00 && second === 0xec2) return 'link-local'; // fd00:ec2::254, a metadata service
  if ((first & 0xfe00) === 0xfc00 || (first & 0xff00) === 0xff00 || (first & 0xffc0) === 0xfec0)
    return 'private';
  return (first & 0xe000) === 0x2000 ? 'public' : 'private';
}

function expandIpv6(text: string): readonly number[] | undefined {
  let source = text;
  const dotted = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(2).map(Number);
    source = `${dotted[1] ?? ''}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return undefined;
  const read = (half: string | undefined) => (half === undefined || half === '' ? [] : half.split(':'));
  const head = read(halves[0]);
  const tail = read(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}

/** What is wrong with the address of a remote server; undefined when it may be used. */
export function remoteUrlProblem(text: string, allowPrivate = false): string | undefined {
  if (/[\s\p{C}\\]/u.test(text)) return 'the address holds blanks, backslashes or hidden characters';
  if (!URL.canParse(text)) return 'the address is not a URL';
  const url = new URL(text);
  const kind = hostKind(url.hostname);
  if (url.username !== '' || url.password !== '') return 'the address carries a user name or password';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && kind === 'loopback' && allowPrivate)) {
    return url.protocol === 'http:'
      ? 'the address is not encrypted (http)'
      : `the address has the scheme ${url.protocol}`;
  }
  switch (kind) {
    case 'public':
      return undefined;
    case 'invalid':
      return `${url.hostname} is not a host name`;
    case 'link-local':
      return `${url.hostname} is a link-local or metadata address`;
    case 'loopback':
    case 'private':
      return allowPrivate ? undefined : `${url.hostname} is on this machine or in a private network`;
  }
}

/** True for a URL whose host is this machine. */
export function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && hostKind(new URL(text).hostname) === 'loopback';
}
