import type { UrlView, UrlWarning } from './dashboard.ts';
import { shown } from './shown.ts';

const maxPart = 8192;

/** An address as it would be opened (normalised by the URL standard), with its host set apart and what to be wary of. */
export function urlView(raw: string): UrlView {
  if (!URL.canParse(raw))
    return {
      before: shown(raw, maxPart),
      host: shown(''),
      after: shown(''),
      warnings: ['not-a-page'],
      canOpen: false,
    };
  const url = new URL(raw);
  const isPage = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isPage)
    return {
      before: shown(url.href, maxPart),
      host: shown(''),
      after: shown(''),
      warnings: ['not-a-page'],
      canOpen: false,
    };
  const user =
    url.username === '' && url.password === ''
      ? ''
      : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`;
  return {
    before: shown(`${url.protocol}//${user}`, maxPart),
    host: shown(url.host, maxPart),
    after: shown(`${url.pathname}${url.search}${url.hash}`, maxPart),
    warnings: warningsOf(url, user !== ''),
    canOpen: true,
  };
}

function warningsOf(url: URL, hasUser: boolean): readonly UrlWarning[] {
  const isLocal =
    /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname) || url.hostname.endsWith('.localhost');
  const isAddress = /^\d+(?:\.\d+){3}$/.test(url.hostname) || url.hostname.startsWith('[');
  const found: (UrlWarning | false)[] = [
    url.protocol !== 'https:' && !isLocal && 'not-https',
    url.hostname.split('.').some((label) => label.startsWith('xn--')) && 'punycode',
    hasUser && 'credentials',
    isAddress && !isLocal && 'ip-address',
    url.port !== '' && !isLocal && 'unusual-port',
  ];
  return found.filter((warning) => warning !== false);
}
