/** Where to look for protected resource metadata, in order (RFC 9728 section 3.1): the challenge's address alone, else the well-known ones. */
export function resourceMetadataUrls(serverUrl: string, challenged?: string): readonly string[] {
  if (challenged !== undefined) return [challenged];
  const { origin, pathname } = new URL(serverUrl);
  const root = `${origin}/.well-known/oauth-protected-resource`;
  const path = pathname.replace(/\/$/, '');
  return path === '' ? [root] : [`${root}${path}`, root];
}

/** An address of authorization server metadata and the kind of document it holds. */
export interface MetadataPlace {
  readonly url: string;
  readonly kind: 'oauth' | 'oidc';
}

/** Where to look for the metadata of an issuer, in order (RFC 8414 section 3.1, OpenID Connect Discovery). */
export function serverMetadataUrls(issuer: string): readonly MetadataPlace[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const oauth: MetadataPlace = {
    url: `${origin}/.well-known/oauth-authorization-server${path}`,
    kind: 'oauth',
  };
  const oidc: MetadataPlace = { url: `${origin}/.well-known/openid-configuration${path}`, kind: 'oidc' };
  if (path === '') return [oauth, oidc];
  return [oauth, oidc, { url: `${origin}${path}/.well-known/openid-configuration`, kind: 'oidc' }];
}

/** The server's address as a resource indicator (RFC 8707): lower-case scheme and host, no fragment, no bare trailing slash. */
export function canonicalResource(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.hash = '';
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}

/** How a `resource` names a server: itself, a part of its address in whole segments, or another one. */
export function resourceMatch(resource: string, serverUrl: string): 'exact' | 'prefix' | 'other' {
  if (!URL.canParse(resource) || !URL.canParse(serverUrl)) return 'other';
  const named = new URL(resource);
  const server = new URL(serverUrl);
  if (named.origin !== server.origin || named.hash !== '') return 'other';
  if (named.username !== '' || named.password !== '') return 'other';
  if (canonicalResource(resource) === canonicalResource(serverUrl)) return 'exact';
  if (named.search !== '') return 'other';
  const segments = (path: string) => (path.endsWith('/') ? path : `${path}/`);
  return segments(server.pathname).startsWith(segments(named.pathname)) ? 'prefix' : 'other';
}

/** RFC 8414 section 3.3: the document must name the issuer it was asked for; only a trailing slash of a bare origin may differ. */
export function isSameIssuer(asked: string, named: string): boolean {
  if (asked === named) return true;
  const bare = (text: string) => (text.endsWith('/') ? text.slice(0, -1) : text);
  return bare(asked) === bare(named) && URL.canParse(asked) && new URL(asked).pathname === '/';
}

/** RFC 9207: why the `iss` of an authorization response is not acceptable; undefined when it is. */
export function issProblem(iss: string | undefined, issuer: string, sendsIss: boolean): string | undefined {
  if (iss === undefined)
    return sendsIss ? 'the answer does not say which authorization server it comes from' : undefined;
  return iss === issuer ? undefined : 'the answer comes from another authorization server';
}
