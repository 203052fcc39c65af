import type { Json, JsonObject } from './json.ts';

/** A registry that speaks the MCP Registry API, as configured. */
export interface RegistrySource {
  /** Stable id, also the key of its rows in the index. */
  readonly id: string;
  /** What the user calls it. */
  readonly label: string;
  /** Base address; may have a path; `/v0.1` or `/v0` is appended. */
  readonly url: string;
  /** Set by an organisation's policy: the only one that may be used. */
  readonly isPolicy: boolean;
  /** A header sent with each request; its value is read from `Secrets` at the time of use. */
  readonly header: { readonly name: string; readonly secretKey: string } | undefined;
}

/** The lifecycle of a version; a value we do not know counts as `deprecated`. */
export type EntryStatus = 'active' | 'deprecated' | 'deleted';

/** A value that an entry asks for or fixes (schema 2025-12-11, Input). */
export interface EntryInput {
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly format: 'string' | 'number' | 'boolean' | 'filepath';
  readonly default: string | undefined;
  readonly placeholder: string | undefined;
  /** Set: fixed by the publisher, after `{name}` was replaced by the variable of that name. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
  readonly variables: Readonly<Record<string, EntryInput>>;
}

/** A header or an environment variable. */
export interface NamedInput extends EntryInput {
  readonly name: string;
}

/** A command-line argument. */
export interface EntryArgument extends EntryInput {
  readonly kind: 'named' | 'positional';
  /** With its dashes; undefined for positional ones. */
  readonly name: string | undefined;
  readonly valueHint: string | undefined;
  readonly isRepeated: boolean;
}

/** How a package or remote speaks. */
export type EntryTransport =
  { readonly kind: 'stdio' } | EntryRemote | { readonly kind: 'unknown'; readonly type: string };

/** A server that runs elsewhere. */
export interface EntryRemote {
  readonly kind: 'streamable-http' | 'sse';
  readonly url: string;
  readonly headers: readonly NamedInput[];
  readonly variables: Readonly<Record<string, EntryInput>>;
}

/** A server that is run on this machine. */
export interface EntryPackage {
  /** npm, pypi, nuget, oci, mcpb, cargo, go, or one we do not know. */
  readonly registryType: string;
  readonly registryBaseUrl: string | undefined;
  readonly identifier: string;
  readonly version: string | undefined;
  readonly fileSha256: string | undefined;
  readonly runtimeHint: string | undefined;
  readonly transport: EntryTransport;
  readonly runtimeArguments: readonly EntryArgument[];
  readonly packageArguments: readonly EntryArgument[];
  readonly environmentVariables: readonly NamedInput[];
  /** Shown as text, never run. */
  readonly postInstall: readonly PostInstallNote[];
}

/** What a publisher tells people to do after the installation. */
export interface PostInstallNote {
  readonly description: string;
  readonly command: string | undefined;
  readonly documentation: string | undefined;
  readonly isOptional: boolean;
}

/** An icon; `refused` says why it must not be fetched. */
export interface EntryIcon {
  readonly src: string;
  readonly mimeType: string | undefined;
  readonly theme: 'light' | 'dark' | undefined;
  /** SVG can carry script: only ever shown by an `<img>` element. */
  readonly isSvg: boolean;
  readonly refused: string | undefined;
}

/** One version of a server as a registry describes it; every text is untrusted. */
export interface RegistryEntry {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string;
  readonly version: string;
  /** The part of the name before the slash; the whole name when there is none. */
  readonly publisher: string;
  readonly status: EntryStatus;
  /** What the registry said, when that is no status we know. */
  readonly unknownStatus: string | undefined;
  readonly statusMessage: string | undefined;
  readonly statusChangedAt: string | undefined;
  readonly publishedAt: string | undefined;
  readonly updatedAt: string | undefined;
  /** Undefined when the registry does not say. */
  readonly isLatest: boolean | undefined;
  readonly repository:
    | { readonly url: string; readonly source: string | undefined; readonly subfolder: string | undefined }
    | undefined;
  readonly websiteUrl: string | undefined;
  readonly icons: readonly EntryIcon[];
  readonly packages: readonly EntryPackage[];
  readonly remotes: readonly EntryRemote[];
  /** The schema that the publisher declared. */
  readonly schema: string | undefined;
  /** The publisher's own data. */
  readonly publisherMeta: JsonObject | undefined;
  /** What this registry adds, by its reverse-DNS key: claims of that registry only. */
  readonly registryMeta: JsonObject;
  /** What was wrong with the entry and left out; the rest of it still counts. */
  readonly problems: readonly string[];
  /** As received. */
  readonly raw: Json;
}

/** One item of a page that could not be read as an entry. */
export interface BadEntry {
  readonly name: string | undefined;
  readonly reason: string;
  readonly raw: Json;
}

/** One page of a registry. */
export interface RegistryPage {
  readonly entries: readonly RegistryEntry[];
  readonly bad: readonly BadEntry[];
  readonly nextCursor: string | undefined;
}

/** True for a name by the grammar of the official registry (reverse DNS, one slash). */
export function isReverseDnsName(name: string): boolean {
  return name.length <= 200 && /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/.test(name);
}

/** The part of a name after the slash; the whole name when there is none. */
export function shortNameOf(name: string): string {
  return name.slice(name.indexOf('/') + 1) || name;
}
