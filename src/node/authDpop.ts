import { webcrypto } from 'node:crypto';
import { DpopSession, generateDpopKeyPair } from '@modelcontextprotocol/client';
import type { AuthSettings } from '../core/auth.ts';
import type { ResourceMetadata, ServerMetadata } from '../core/authMetadata.ts';
import type { Challenge } from '../core/authChallenge.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { AppError } from '../core/util/errors.ts';

const alg = 'ES256';
const curve = { name: 'ECDSA', namedCurve: 'P-256' };

/** True when the next tokens are to be bound to a key (RFC 9449); throws `unsupported` when the settings want it and the server cannot. */
export function wantsBoundTokens(
  settings: AuthSettings,
  metadata: ServerMetadata,
  resource: ResourceMetadata | undefined,
  challenge: Challenge | undefined,
): boolean {
  if (settings.dpop === 'never') return false;
  const canBind = metadata.dpopAlgs?.includes(alg) === true;
  if (settings.dpop === 'always') {
    if (!canBind)
      throw new AppError('unsupported', `${metadata.issuer} cannot bind tokens to a key (DPoP with ${alg})`, {
        nextStep: 'Allow plain tokens for this server in its sign-in settings.',
      });
    return true;
  }
  return canBind && (resource?.takesBoundTokens === true || challenge?.scheme === 'dpop');
}

/** A new key, as it is kept in the secret storage. */
export async function newDpopKey(): Promise<JsonObject> {
  const { privateKey, publicJwk, thumbprint } = await generateDpopKeyPair({ alg, extractable: true });
  const jwk = await webcrypto.subtle.exportKey('jwk', privateKey);
  return JSON.parse(JSON.stringify({ jwk, publicJwk, thumbprint })) as JsonObject;
}

/** The signer over a kept key; undefined when it is damaged. */
export async function dpopSession(key: JsonObject): Promise<DpopSession | undefined> {
  const { jwk, publicJwk, thumbprint } = key;
  if (!isJsonObject(jwk) || !isJsonObject(publicJwk) || typeof thumbprint !== 'string') return undefined;
  try {
    const privateKey = await webcrypto.subtle.importKey('jwk', { ...jwk }, curve, false, ['sign']);
    const publicKey = await webcrypto.subtle.importKey('jwk', { ...publicJwk }, curve, true, ['verify']);
    return await DpopSession.create({
      keyPair: { privateKey, publicKey, publicJwk: { ...publicJwk }, thumbprint, alg },
    });
  } catch {
    return undefined;
  }
}
