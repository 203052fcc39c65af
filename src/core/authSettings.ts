import { defaultAuthSettings, type AuthGrant, type AuthSettings } from './auth.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** The settings of one server as read, with what is wrong in them; a wrong member counts as absent. */
export interface ReadAuthSettings {
  readonly settings: AuthSettings;
  readonly problems: readonly string[];
}

/**
 * Reads `{ clientId, issuer, scopes, redirectPort, allowedHosts, dpop, grant, algorithm, idpTokenEndpoint, idpClientId }`.
 * Secrets are not settings: they are entered once and kept in the secret storage.
 */
export function parseAuthSettings(value: Json | undefined): ReadAuthSettings {
  const problems: string[] = [];
  if (value === undefined) return { settings: defaultAuthSettings, problems };
  if (!isJsonObject(value))
    return { settings: defaultAuthSettings, problems: ['the sign-in settings are no object'] };
  const text = (name: string): string | undefined => {
    const member = value[name];
    if (member === undefined) return undefined;
    if (typeof member === 'string' && member !== '' && member.length <= 2000) return member;
    problems.push(`"${name}" must be a text`);
    return undefined;
  };
  const list = (name: string): readonly string[] | undefined => {
    const member = value[name];
    if (member === undefined) return undefined;
    const items: readonly Json[] = Array.isArray(member) ? member : [null];
    if (items.every((item) => typeof item === 'string')) return items;
    problems.push(`"${name}" must be a list of texts`);
    return undefined;
  };
  for (const name of Object.keys(value)) {
    if (/secret|private|token$|password/i.test(name))
      problems.push(
        `"${name}" does not belong in the settings: secrets are entered and kept in the secret storage`,
      );
  }
  const grant = grantOf(value, text, problems);
  const clientId = text('clientId');
  if (grant.kind !== 'person' && clientId === undefined)
    problems.push(`the grant "${grant.kind}" needs a "clientId"`);
  return {
    settings: {
      grant,
      clientId,
      issuer: text('issuer'),
      scopes: list('scopes'),
      redirectPort: portOf(value, problems),
      allowedHosts: (list('allowedHosts') ?? []).map((host) => host.toLowerCase()),
      dpop: dpopOf(value, problems),
    },
    problems,
  };
}

function grantOf(
  value: JsonObject,
  text: (name: string) => string | undefined,
  problems: string[],
): AuthGrant {
  const kind = value['grant'] ?? 'person';
  switch (kind) {
    case 'person':
    case 'client-secret':
    case 'workload':
      return { kind };
    case 'private-key':
      return { kind, algorithm: text('algorithm') ?? 'ES256' };
    case 'enterprise': {
      const idpTokenEndpoint = text('idpTokenEndpoint');
      const idpClientId = text('idpClientId');
      if (idpTokenEndpoint !== undefined && idpClientId !== undefined)
        return { kind, idpTokenEndpoint, idpClientId };
      problems.push('the grant "enterprise" needs "idpTokenEndpoint" and "idpClientId"');
      return defaultAuthSettings.grant;
    }
    default:
      problems.push('"grant" must be one of person, client-secret, private-key, workload, enterprise');
      return defaultAuthSettings.grant;
  }
}

function portOf(value: JsonObject, problems: string[]): number {
  const port = value['redirectPort'] ?? 0;
  if (typeof port === 'number' && Number.isInteger(port) && (port === 0 || (port >= 1024 && port <= 65_535)))
    return port;
  problems.push('"redirectPort" must be 0 or a port from 1024 to 65535');
  return 0;
}

function dpopOf(value: JsonObject, problems: string[]): AuthSettings['dpop'] {
  const dpop = value['dpop'] ?? defaultAuthSettings.dpop;
  if (dpop === 'auto' || dpop === 'always' || dpop === 'never') return dpop;
  problems.push('"dpop" must be one of auto, always, never');
  return defaultAuthSettings.dpop;
}
