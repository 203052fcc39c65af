import type { AccessVerdict } from './accessPolicy.ts';
import type { InstallSubject } from './installPlan.ts';
import type { RegistryEntry } from './registry.ts';

/** Something that somebody looked for: what came of it, and when. */
export type Gathered<T> =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'found'; readonly at: number; readonly value: T }
  | { readonly kind: 'absent'; readonly at: number; readonly where: string }
  | { readonly kind: 'failed'; readonly at: number; readonly reason: string };

export const notAsked: Gathered<never> = { kind: 'not-asked' };

/** A host by the public suffix list, private suffixes included. */
export interface Site {
  /** The registrable domain; undefined for a public suffix itself, an address or a name without a dot. */
  readonly domain: string | undefined;
  /** True for a name under which anybody can have one (`co.uk`, `vercel.app`). */
  readonly isSuffix: boolean;
}

/** Looks a host up in the public suffix list; undefined while the list is not loaded. */
export type SiteOf = (host: string) => Site | undefined;

/** What the registry of a package says about the version that an entry names. */
export type PackageFacts =
  | {
      readonly kind: 'npm';
      readonly mcpName: string | undefined;
      readonly integrity: string | undefined;
      /** The registry has a provenance attestation of this version. */
      readonly isAttested: boolean;
    }
  /** PyPI, NuGet, cargo: the description or read-me of this version. */
  | { readonly kind: 'readme'; readonly names: readonly string[] }
  | { readonly kind: 'image'; readonly label: string | undefined; readonly digest: string | undefined }
  | { readonly kind: 'file'; readonly sha256: string; readonly bytes: number };

/** One look at the address of a remote server, without credentials. */
export interface ConnectionFacts {
  /** The chain was valid for the host; the connection would have failed otherwise. */
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly redirects: readonly string[];
  readonly certificate:
    | {
        readonly subject: string;
        readonly issuer: string;
        /** Milliseconds since the epoch. */
        readonly validTo: number;
        readonly fingerprint: string;
      }
    | undefined;
}

/** A server card (SEP-2127, experimental). */
export interface CardEvidence {
  readonly url: string;
  readonly how: 'suffix' | 'catalog' | 'legacy';
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly version: string | undefined;
  readonly urls: readonly string[];
  readonly protocolVersions: readonly string[];
}

/** What the open connection says. */
export interface LiveEvidence {
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly instructions: string | undefined;
  readonly protocolVersion: string;
}

/** What the protected resource metadata of a server says (RFC 9728). */
export interface ResourceEvidence {
  readonly result: 'ok' | 'warn' | 'fail' | 'none';
  readonly found: string;
  readonly where: string | undefined;
  readonly issuer: string | undefined;
}

/** Everything that takes a request; kept between looks. */
export interface GatheredEvidence {
  /** By the index of the package in the entry. */
  readonly packages: Readonly<Record<string, Gathered<PackageFacts>>>;
  readonly domainKey: Gathered<{ readonly where: string }>;
  readonly connection: Gathered<ConnectionFacts>;
  readonly card: Gathered<CardEvidence>;
  readonly resource: Gathered<ResourceEvidence>;
}

/** Nothing was asked yet. */
export const nothingGathered: GatheredEvidence = {
  packages: {},
  domainKey: notAsked,
  connection: notAsked,
  card: notAsked,
  resource: notAsked,
};

/** Another server that this one could be taken for. */
export interface KnownServer {
  readonly name: string;
  readonly title: string | undefined;
}

/** What the user agreed to before, against what is there now. */
export interface ApprovedEvidence {
  /** Consent for the command or address, as it is configured now. */
  readonly launch: 'given' | 'changed' | 'none';
  /** What has changed since it was installed; visible text. */
  readonly changes: readonly string[];
  /** Definitions of tools, prompts and templates that wait for a review. */
  readonly definitions: number;
}

/** Where an entry comes from. */
export interface RegistryEvidence {
  readonly label: string;
  /** Its address; the official one is told by it. */
  readonly url: string;
  readonly isPolicy: boolean;
}

/** Everything a report is made from. */
export interface IdentityEvidence extends GatheredEvidence {
  readonly now: number;
  readonly siteOf: SiteOf;
  /** Undefined for a server that was configured by hand. */
  readonly registry: RegistryEvidence | undefined;
  readonly entry: RegistryEntry | undefined;
  /** The part of the entry that is installed; undefined: all parts are judged. */
  readonly subject: InstallSubject | undefined;
  /** A configured server: its name and, when it is remote, its address with variables as configured. */
  readonly server:
    | { readonly name: string; readonly url: string | undefined; readonly command: string | undefined }
    | undefined;
  readonly live: LiveEvidence | undefined;
  readonly known: readonly KnownServer[];
  readonly approved: ApprovedEvidence | undefined;
  /** Undefined: no organisation restricts servers. */
  readonly access: AccessVerdict | undefined;
}
