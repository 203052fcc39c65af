import { parseScopes } from './authScopes.ts';

/** What a `WWW-Authenticate` header asks for (RFC 6750, RFC 9449, RFC 9728); every text is the server's. */
export interface Challenge {
  readonly scheme: 'bearer' | 'dpop';
  readonly resourceMetadata: string | undefined;
  readonly scopes: readonly string[];
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
}

const maxHeader = 8192;
const tokenChar = /[!#$%&'*+.^_`|~0-9A-Za-z-]/;

/** The first Bearer challenge, else the first DPoP one; undefined when there is neither. */
export function parseChallenge(header: string | null | undefined): Challenge | undefined {
  if (!header) return undefined;
  const all = readChallenges(header.slice(0, maxHeader));
  const found =
    all.find(({ scheme, params }) => scheme === 'bearer' && params.size > 0) ??
    all.find(({ scheme, params }) => scheme === 'dpop' && params.size > 0) ??
    all.find(({ scheme }) => scheme === 'bearer' || scheme === 'dpop');
  if (!found) return undefined;
  const { scheme, params } = found;
  return {
    scheme: scheme === 'dpop' ? 'dpop' : 'bearer',
    resourceMetadata: params.get('resource_metadata'),
    scopes: parseScopes(params.get('scope')),
    error: params.get('error'),
    errorDescription: params.get('error_description'),
  };
}

interface RawChallenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

/** RFC 9110 section 11.6.1: `scheme param=value, param="value", scheme2 …`; read once from left to right. */
function readChallenges(text: string): readonly RawChallenge[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  let at = 0;
  const skip = (chars: string) => {
    while (at < text.length && chars.includes(text[at] ?? '')) at++;
  };
  const word = () => {
    const start = at;
    while (at < text.length && tokenChar.test(text[at] ?? '')) at++;
    return text.slice(start, at);
  };
  while (at < text.length) {
    skip(' \t,');
    const name = word();
    if (name === '') {
      at++; // nothing that a header may hold here
      continue;
    }
    skip(' \t');
    if (text[at] !== '=') {
      found.push({ scheme: name.toLowerCase(), params: new Map() });
      continue;
    }
    at++;
    skip(' \t');
    const value = text[at] === '"' ? quoted() : unquoted();
    const params = found.at(-1)?.params;
    if (params && !params.has(name.toLowerCase())) params.set(name.toLowerCase(), value);
  }
  return found;

  function quoted(): string {
    let value = '';
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++;
      value += text[at] ?? '';
    }
    at++;
    return value;
  }

  function unquoted(): string {
    const start = at;
    while (at < text.length && !', \t'.includes(text[at] ?? '')) at++;
    return text.slice(start, at);
  }
}
