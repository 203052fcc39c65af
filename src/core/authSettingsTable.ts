import { defaultAuthSettings, type AuthSecretName, type AuthSettings } from './auth.ts';
import { parseAuthSettings } from './authSettings.ts';
import { isJsonObject, type Json } from './json.ts';

/** The settings that fit a server, with what is wrong in them and where they are. */
export interface FoundAuthSettings {
  readonly settings: AuthSettings;
  /** Each names the key of the setting. */
  readonly problems: readonly string[];
}

/** Looks a server up in the setting: by its address, else by its origin. */
export function authSettingsFor(table: Json | undefined, serverUrl: string): FoundAuthSettings {
  if (table === undefined) return { settings: defaultAuthSettings, problems: [] };
  if (!isJsonObject(table))
    return {
      settings: defaultAuthSettings,
      problems: ['the setting must be an object, by address of the server'],
    };
  const { origin, href } = new URL(serverUrl);
  const key = [href, serverUrl, origin, `${origin}/`].find((one) => Object.hasOwn(table, one));
  if (key === undefined) return { settings: defaultAuthSettings, problems: [] };
  const { settings, problems } = parseAuthSettings(table[key]);
  return { settings, problems: problems.map((problem) => `${key}: ${problem}`) };
}

/** The secrets that a sign-in with these settings uses; an optional one may be left empty. */
export function secretsOf({
  grant,
  clientId,
}: AuthSettings): readonly { readonly name: AuthSecretName; readonly isOptional: boolean }[] {
  const client = { name: 'client-secret', isOptional: true } as const;
  switch (grant.kind) {
    case 'person':
      return clientId === undefined ? [] : [client];
    case 'client-secret':
      return [{ name: 'client-secret', isOptional: false }];
    case 'private-key':
      return [{ name: 'private-key', isOptional: false }];
    case 'workload':
      return [{ name: 'workload-token', isOptional: false }];
    case 'enterprise':
      return [
        { name: 'idp-id-token', isOptional: false },
        { name: 'idp-client-secret', isOptional: true },
        client,
      ];
  }
}
