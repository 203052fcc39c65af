import type { AuthOpening } from '../core/auth.ts';
import { foreignHost } from '../core/authAddress.ts';
import { visibleText } from '../core/util/text.ts';
import { forMessage } from './plainText.ts';
import type { Translate } from './translate.ts';

/** The address with spaces of its query written so that nothing on the way to the browser can take them for a plus sign. */
export function addressAsIs(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at) + url.slice(at).replaceAll('+', '%20');
}

/** The question over an opening, by its reason. */
export function openingQuestion({ serverUrl, reason }: AuthOpening, t: Translate): string {
  const host = forMessage(new URL(serverUrl).host, 200);
  switch (reason) {
    case 'sign-in':
      return t('Sign in to {0} in the browser?', host);
    case 'step-up':
      return t('{0} wants more permissions than you gave it. Grant them in the browser?', host);
    case 'switch-account':
      return t('Sign in to {0} with another account?', host);
    case 're-consent':
      return t('Ask for your consent to {0} anew?', host);
  }
}

/** Everything that is agreed to by opening the browser; untruncated, hidden characters visible. */
export function openingDetail({ url, serverUrl, issuer, scopes }: AuthOpening, t: Translate): string {
  const address = new URL(url);
  const foreign = foreignHost(url, serverUrl);
  const shown = (text: string) => visibleText(text).text;
  const client = address.searchParams.get('client_id');
  const isIssuer = shown(issuer) === `${address.origin}/` || shown(issuer) === address.origin;
  const lines = [
    t('You sign in at: {0}', shown(address.host)),
    foreign === undefined
      ? t('That is the host of the server itself.')
      : t(
          'That is not the host of the server ({0}): the server sends you there.',
          shown(new URL(serverUrl).host),
        ),
    ...(isIssuer ? [] : [t('Authorization server: {0}', shown(issuer))]),
    ...(client === null ? [] : [t('This editor signs in as the client: {0}', shown(client))]),
    scopes.length === 0
      ? t('It asks for no particular permission.')
      : t('Permissions that are asked for: {0}', scopes.map(shown).join(', ')),
  ];
  return [...lines, '', shown(url)].join('\n');
}
