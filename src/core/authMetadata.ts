import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Protected resource metadata (RFC 9728), as far as we use or show it; every text is the server's. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[] | undefined;
  readonly bearerMethods: readonly string[] | undefined;
  readonly name: string | undefined;
  readonly documentation: string | undefined;
  readonly policyUri: string | undefined;
  readonly tosUri: string | undefined;
  /** Tokens are to be bound to a key (RFC 9449), or may be. */
  readonly takesBoundTokens: boolean;
}

/** Authorization server metadata (RFC 8414, OpenID Connect Discovery), as far as we use or show it. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly responseTypes: readonly string[] | undefined;
  readonly grantTypes: readonly string[] | undefined;
  readonly tokenAuthMethods: readonly string[] | undefined;
  readonly revocationAuthMethods: readonly string[] | undefined;
  readonly codeChallengeMethods: readonly string[] | undefined;
  readonly dpopAlgs: readonly string[] | undefined;
  readonly promptValues: readonly string[] | undefined;
  /** RFC 9207: answers carry `iss`. */
  readonly sendsIss: boolean;
  /** Client ID metadata documents are understood. */
  readonly takesMetadataDocuments: boolean;
}

const maxText = 4096;
const maxList = 500;

/** Reads protected resource metadata; a text says why it is none. */
export function parseResourceMetadata(json: Json): ResourceMetadata | string {
  if (!isJsonObject(json)) return 'it is no JSON object';
  const resource = text(json, 'resource');
  if (resource === undefined) return 'it has no "resource"';
  return {
    resource,
    authorizationServers: list(json, 'authorization_servers') ?? [],
    scopes: list(json, 'scopes_supported'),
    bearerMethods: list(json, 'bearer_methods_supported'),
    name: text(json, 'resource_name'),
    documentation: text(json, 'resource_documentation'),
    policyUri: text(json, 'resource_policy_uri'),
    tosUri: text(json, 'resource_tos_uri'),
    takesBoundTokens:
      json['dpop_bound_access_tokens_required'] === true ||
      (list(json, 'dpop_signing_alg_values_supported')?.length ?? 0) > 0,
  };
}

/** Reads authorization server metadata; a text says why it is none. */
export function parseServerMetadata(json: Json): ServerMetadata | string {
  if (!isJsonObject(json)) return 'it is no JSON object';
  const issuer = text(json, 'issuer');
  if (issuer === undefined) return 'it has no "issuer"';
  return {
    issuer,
    authorizationEndpoint: text(json, 'authorization_endpoint'),
    tokenEndpoint: text(json, 'token_endpoint'),
    registrationEndpoint: text(json, 'registration_endpoint'),
    revocationEndpoint: text(json, 'revocation_endpoint'),
    scopes: list(json, 'scopes_supported'),
    responseTypes: list(json, 'response_types_supported'),
    grantTypes: list(json, 'grant_types_supported'),
    tokenAuthMethods: list(json, 'token_endpoint_auth_methods_supported'),
    revocationAuthMethods: list(json, 'revocation_endpoint_auth_methods_supported'),
    codeChallengeMethods: list(json, 'code_challenge_methods_supported'),
    dpopAlgs: list(json, 'dpop_signing_alg_values_supported'),
    promptValues: list(json, 'prompt_values_supported'),
    sendsIss: json['authorization_response_iss_parameter_supported'] === true,
    takesMetadataDocuments: json['client_id_metadata_document_supported'] === true,
  };
}

/** The endpoints that a server of revision 2025-03-26 without any metadata has by convention. */
export function conventionalMetadata(origin: string): ServerMetadata {
  return {
    issuer: `${origin}/`,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    revocationEndpoint: undefined,
    scopes: undefined,
    responseTypes: ['code'],
    grantTypes: undefined,
    tokenAuthMethods: undefined,
    revocationAuthMethods: undefined,
    codeChallengeMethods: ['S256'],
    dpopAlgs: undefined,
    promptValues: undefined,
    sendsIss: false,
    takesMetadataDocuments: false,
  };
}

function text(json: JsonObject, name: string): string | undefined {
  const value = json[name];
  return typeof value === 'string' && value !== '' && value.length <= maxText ? value : undefined;
}

function list(json: JsonObject, name: string): readonly string[] | undefined {
  const value = json[name];
  if (!Array.isArray(value)) return undefined;
  const items: readonly Json[] = value;
  return items
    .slice(0, maxList)
    .filter((item): item is string => typeof item === 'string' && item !== '' && item.length <= maxText);
}
