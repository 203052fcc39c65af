import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { oneLine } from './util/text.ts';

/** How a bundle is started (manifest `server.mcp_config`); texts may hold `${…}`. */
export interface BundleLaunch {
  readonly command: string | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** Something that a bundle asks its user for (manifest `user_config`). */
export interface BundleInput {
  readonly key: string;
  readonly type: 'string' | 'number' | 'boolean' | 'directory' | 'file';
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly isRepeated: boolean;
  /** One text; several only for repeated inputs. */
  readonly defaults: readonly string[];
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The manifest of a bundle, versions 0.1 to 0.4 of its format; every text is untrusted. */
export interface BundleManifest {
  readonly name: string;
  readonly version: string;
  readonly type: 'node' | 'python' | 'binary' | 'uv';
  readonly entryPoint: string | undefined;
  readonly launch: BundleLaunch;
  /** What replaces parts of `launch`, by operating system. */
  readonly overrides: Readonly<Record<string, BundleLaunch>>;
  readonly inputs: readonly BundleInput[];
  /** Undefined: all. */
  readonly platforms: readonly string[] | undefined;
  /** Version ranges of what has to be on the machine, by name. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** What could not be read and was left out. */
  readonly problems: readonly string[];
}

/** Why a manifest cannot be used. */
export interface BadManifest {
  readonly reason: string;
}

const types = ['node', 'python', 'binary', 'uv'] as const;
const inputTypes = ['string', 'number', 'boolean', 'directory', 'file'] as const;
const maxInputs = 200;
const maxArgs = 500;

/** True for what `parseManifest` gives for a manifest that cannot be used. */
export function isBadManifest(manifest: BundleManifest | BadManifest): manifest is BadManifest {
  return 'reason' in manifest;
}

/** Reads a manifest; throws nothing for whatever it holds. Unknown members are ignored, unreadable ones are noted. */
export function parseManifest(json: unknown): BundleManifest | BadManifest {
  if (!isJsonObject(json)) return { reason: 'the manifest is not an object' };
  const format = json['manifest_version'] ?? json['dxt_version'];
  if (typeof format !== 'string' || !/^0\.[1-9]\d?$/.test(format))
    return {
      reason: `the manifest has a format that is not known (${oneLine(JSON.stringify(format ?? null), 40)})`,
    };
  const { server } = json;
  const type = isJsonObject(server) ? types.find((one) => one === server['type']) : undefined;
  if (!isJsonObject(server) || type === undefined) return { reason: 'the manifest names no kind of server' };
  const name = textOf(json['name']);
  const version = textOf(json['version']);
  if (name === undefined || version === undefined) return { reason: 'the manifest has no name or version' };
  const problems: string[] = [];
  if (Number(format.slice(2)) > 4) problems.push(`the manifest format ${format} is newer than this client`);
  const config = isJsonObject(server['mcp_config']) ? server['mcp_config'] : {};
  const overrides = isJsonObject(config['platform_overrides']) ? config['platform_overrides'] : {};
  const compatibility = isJsonObject(json['compatibility']) ? json['compatibility'] : {};
  return {
    name,
    version,
    type,
    entryPoint: textOf(server['entry_point']),
    launch: launchOf(config, problems),
    overrides: Object.fromEntries(
      Object.entries(overrides).flatMap(([os, value]) =>
        isJsonObject(value) ? [[os, launchOf(value, problems)] as const] : [],
      ),
    ),
    inputs: inputsOf(json['user_config'], problems),
    platforms: Array.isArray(compatibility['platforms'])
      ? compatibility['platforms'].filter((one): one is string => typeof one === 'string')
      : undefined,
    runtimes: textsOf(compatibility['runtimes']) ?? {},
    problems,
  };
}

function launchOf(config: JsonObject, problems: string[]): BundleLaunch {
  const args = config['args'];
  const isList = Array.isArray(args) && args.every((one) => typeof one === 'string');
  if (args !== undefined && !isList) problems.push('the manifest has arguments that are no list of texts');
  const env = textsOf(config['env']);
  if (config['env'] !== undefined && env === undefined)
    problems.push('the manifest has an environment that is no object of texts');
  return {
    command: textOf(config['command']),
    args: isList ? args.slice(0, maxArgs).map(String) : undefined,
    env,
  };
}

function inputsOf(config: Json | undefined, problems: string[]): readonly BundleInput[] {
  if (!isJsonObject(config)) return [];
  return Object.entries(config)
    .slice(0, maxInputs)
    .flatMap(([key, value]) => {
      const type = isJsonObject(value) ? inputTypes.find((one) => one === value['type']) : undefined;
      if (!isJsonObject(value) || type === undefined || key.length > 100) {
        problems.push(`the manifest asks for ${oneLine(key, 60)} in a way that is not known`);
        return [];
      }
      const preset = value['default'];
      const defaults = (Array.isArray(preset) ? preset : preset === undefined ? [] : [preset]).flatMap(
        (one) =>
          typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [String(one)] : [],
      );
      const isRepeated = value['multiple'] === true;
      const input: BundleInput = {
        key,
        type,
        title: textOf(value['title']),
        description: textOf(value['description']),
        isRequired: value['required'] === true,
        isSecret: value['sensitive'] === true,
        isRepeated,
        defaults: isRepeated ? defaults : defaults.slice(0, 1),
        min: numberOf(value['min']),
        max: numberOf(value['max']),
      };
      return [input];
    });
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 10_000 ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries)
    : undefined;
}
