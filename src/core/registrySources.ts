import { sourceUrlProblem } from './registryClient.ts';
import type { RegistrySource } from './registry.ts';
import { isJsonObject } from './json.ts';
import { oneLine } from './util/text.ts';

/** A registry as configured. */
export interface ConfiguredRegistry {
  readonly source: RegistrySource;
  /** A registry that is switched off is neither asked nor searched. */
  readonly isEnabled: boolean;
}

/** The registries in force. */
export interface RegistryChoice {
  /** In the user's order; the only one when an organisation set it. */
  readonly registries: readonly ConfiguredRegistry[];
  /** How many of the user's registries that one hides. */
  readonly hidden: number;
  /** What is wrong with the setting; the rest of it still counts. */
  readonly problems: readonly string[];
}

const maxRegistries = 50;

/** Where the key of a registry is kept; bound to its address, so that no other gets it. */
export function registrySecretKey(registryId: string): string {
  return `registryKey:${registryId}`;
}

/** The id of the registry at an address: the address, normalised. Undefined for what is no address of a registry. */
export function registryIdOf(url: string): string | undefined {
  if (sourceUrlProblem(url) !== undefined) return undefined;
  return new URL(url).href.replace(/\/+$/, '');
}

/**
 * Reads the setting `mcpSwitchboard.registries`; `policyUrl` is the one address that an organisation allows. `headerOf`
 * names the header in which a registry gets its key, when it has one.
 */
export function readRegistries(
  setting: unknown,
  policyUrl: string | undefined,
  headerOf: (registryId: string) => string | undefined,
): RegistryChoice {
  const problems: string[] = [];
  const own: ConfiguredRegistry[] = [];
  const items: readonly unknown[] = Array.isArray(setting) ? setting : [];
  if (setting !== undefined && !Array.isArray(setting)) problems.push('The setting is not a list.');
  for (const [at, item] of items.entries()) {
    const say = (text: string) => problems.push(`Registry ${at + 1} ${text}.`);
    if (own.length >= maxRegistries) {
      problems.push(`Only the first ${maxRegistries} registries are used.`);
      break;
    }
    if (!isJsonObject(item) || typeof item['url'] !== 'string') {
      say('has no url');
      continue;
    }
    const { url, name } = item;
    const problem = sourceUrlProblem(url);
    if (problem !== undefined) {
      say(`(${oneLine(url, 100)}) ${problem}`);
      continue;
    }
    const source = sourceOf(url, typeof name === 'string' ? name : undefined, false, headerOf);
    if (own.some((other) => other.source.id === source.id)) {
      say(`(${oneLine(url, 100)}) is listed twice`);
      continue;
    }
    own.push({ source, isEnabled: item['enabled'] !== false });
  }
  if (policyUrl === undefined) return { registries: own, hidden: 0, problems };
  const known = own.find((other) => other.source.id === registryIdOf(policyUrl));
  const problem = sourceUrlProblem(policyUrl);
  // An address that nobody can use still hides the others: the organisation wanted no other.
  if (problem !== undefined) {
    return {
      registries: [],
      hidden: own.length,
      problems: [`The registry set for this organisation (${oneLine(policyUrl, 100)}) ${problem}.`],
    };
  }
  const source = sourceOf(policyUrl, known?.source.label, true, headerOf);
  return { registries: [{ source, isEnabled: true }], hidden: own.length - (known ? 1 : 0), problems: [] };
}

function sourceOf(
  url: string,
  name: string | undefined,
  isPolicy: boolean,
  headerOf: (registryId: string) => string | undefined,
): RegistrySource {
  const id = registryIdOf(url) ?? url;
  const header = headerOf(id);
  return {
    id,
    label: oneLine(name?.trim() || new URL(url).host, 60),
    url: id,
    isPolicy,
    header: header === undefined ? undefined : { name: header, secretKey: registrySecretKey(id) },
  };
}
