import { isJsonObject, type JsonObject } from './json.ts';
import { visibleText } from './util/text.ts';

/** What a token says when read on this machine; nothing of it was verified, and the token itself is not in it. */
export interface Claims {
  readonly issuer: string | undefined;
  readonly audience: readonly string[];
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly issuedAt: number | undefined;
  /** Bound to a key (RFC 9449). */
  readonly isBound: boolean;
  /** Every claim as visible text. */
  readonly all: readonly { readonly name: string; readonly value: string }[];
}

const maxToken = 64 * 1024;
const maxClaims = 60;
const maxValue = 300;

/** The claims of a JWT; undefined for a token that is not one (opaque tokens are common). */
export function readClaims(token: string): Claims | undefined {
  if (token.length > maxToken) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const payload = decode(parts[1] ?? '');
  const header = decode(parts[0] ?? '');
  if (!payload || !header || typeof header['alg'] !== 'string') return undefined;
  const { iss, aud, sub, scope, scp, exp, iat, cnf } = payload;
  const clientId = payload['client_id'] ?? payload['azp'];
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scp) ? scp : [];
  return {
    issuer: typeof iss === 'string' ? iss : undefined,
    audience: (Array.isArray(aud) ? aud : [aud])
      .filter((one): one is string => typeof one === 'string')
      .slice(0, 20),
    subject: typeof sub === 'string' ? sub : undefined,
    clientId: typeof clientId === 'string' ? clientId : undefined,
    scopes: scopes.filter((one): one is string => typeof one === 'string' && one !== '').slice(0, 200),
    expiresAt: seconds(exp),
    issuedAt: seconds(iat),
    isBound: isJsonObject(cnf),
    all: Object.entries(payload)
      .slice(0, maxClaims)
      .map(([name, value]) => ({
        name: visibleText(name, { maxLength: 80 }).text,
        value: visibleText(typeof value === 'string' ? value : JSON.stringify(value), { maxLength: maxValue })
          .text,
      })),
  };
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined;
}

function decode(part: string): JsonObject | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
