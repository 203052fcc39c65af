import type { AccessVerdict } from './accessPolicy.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { Consents } from './consent.ts';
import type { ServerReview } from './definitionReview.ts';
import { pendingOf } from './definitions.ts';
import { diffReports, isSameReport, type IdentityDiff } from './identityDiff.ts';
import { entryEvidence } from './identityEntry.ts';
import {
  nothingGathered,
  type ApprovedEvidence,
  type GatheredEvidence,
  type IdentityEvidence,
  type KnownServer,
  type LiveEvidence,
  type RegistryEvidence,
  type SiteOf,
} from './identityEvidence.ts';
import { latest, type GatherOptions, type IdentityGatherer } from './identityGather.ts';
import { fixedHost, judgedUrls } from './identityHosts.ts';
import { judgedPackages } from './identityPackages.ts';
import type { IdentityRecord, IdentityRows } from './identityRecord.ts';
import { identityReport, type IdentityReport, type IdentityVerdict } from './identityReport.ts';
import { isLoopbackUrl } from './installAddress.ts';
import type { InstallSubject } from './installPlan.ts';
import type { InstallRecord } from './installRecord.ts';
import { commandLineOf } from './launchText.ts';
import type { Clock } from './ports.ts';
import { isBadEntry, parseEntry } from './registryParse.ts';
import type { RegistryEntry, RegistrySource } from './registry.ts';
import type { ServerDefinition } from './server.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';
import { say } from './util/say.ts';

/** What reports on servers are made from. */
export interface IdentityDeps {
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly rows: IdentityRows;
  readonly installed: Readable<readonly InstallRecord[]>;
  readonly catalog: {
    source(registryId: string): RegistrySource | undefined;
    stored(registryId: string, name: string): readonly RegistryEntry[];
  };
  readonly consents: Pick<Consents, 'state'>;
  readonly reviews: Readable<ReadonlyMap<string, ServerReview>>;
  /** The organisation's lists; undefined when there are none. */
  readonly access: (definition: ServerDefinition, isFromRegistry: boolean) => AccessVerdict | undefined;
  readonly siteOf: SiteOf;
  readonly gatherer: IdentityGatherer;
  readonly clock: Clock;
}

/** A report with what is new in it. */
export interface ServerIdentity {
  readonly report: IdentityReport;
  /** Since the last look before this one; undefined when nothing is. */
  readonly changes: IdentityDiff | undefined;
  /** When somebody asked the outside last; undefined: nobody did. */
  readonly lookedAt: number | undefined;
}

interface Made extends ServerIdentity {
  readonly inputs: readonly unknown[];
}

/** Who each configured server is. Reading asks nobody; only `check` does. */
export class IdentityReports {
  readonly #deps: IdentityDeps;
  readonly #changed = new Store(0);
  readonly #made = new Map<string, Made>();
  readonly #records = new Map<string, IdentityRecord | undefined>();

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  /** Changes when a verdict may be another one, but for what connections and reviews say themselves. */
  get changed(): Readable<number> {
    return this.#changed;
  }

  /** What reports are made from has changed outside: the registries, the public suffix list, what is installed. */
  refresh(): void {
    this.#made.clear();
    this.#changed.update((count) => count + 1);
  }

  /** The verdict on a configured server as far as is known without asking anybody; undefined for any other. */
  verdictOf(serverId: string): IdentityVerdict | undefined {
    return this.of(serverId)?.report.verdict;
  }

  /** The report on a configured server; undefined for any other. */
  of(serverId: string): ServerIdentity | undefined {
    const server = this.#deps.connections.get(serverId);
    if (!server) return undefined;
    const record = this.#recordOf(serverId);
    const installed = this.#installedOf(serverId);
    const inputs = [server, record, installed, this.#deps.reviews.get().get(serverId)];
    const known = this.#made.get(serverId);
    if (known?.inputs.every((input, index) => input === inputs[index]) === true) return known;
    const report = identityReport(this.#evidence(server, installed, record));
    const before = record?.previous ?? record?.report;
    const diff = before && diffReports(before, report);
    const made: Made = {
      inputs,
      report,
      changes: diff === undefined || isSameReport(diff) ? undefined : diff,
      lookedAt: record?.report.at,
    };
    this.#made.set(serverId, made);
    return made;
  }

  /** Asks the outside about a server, and keeps what came of it. Rejects only `cancelled` and `not-found`. */
  async check(serverId: string, options: GatherOptions, signal: AbortSignal): Promise<void> {
    const server = this.#deps.connections.get(serverId);
    if (!server) throw new AppError('not-found', `no server ${serverId} is configured`);
    const installed = this.#installedOf(serverId);
    const before = this.#recordOf(serverId);
    const evidence = this.#evidence(server, installed, before);
    const url = judgedUrls(evidence).find((one) => fixedHost(one) !== undefined);
    const found = await this.#deps.gatherer.gather(
      {
        entry: evidence.entry,
        packages: judgedPackages(evidence).map(({ index }) => index),
        url,
        // A loopback address that is configured as such; a registry's entry opens no private network.
        allowPrivate: url !== undefined && (isLoopbackUrl(url) || !installed),
      },
      options,
      signal,
    );
    const gathered = merged(evidence, found);
    const { registry, entry } = evidence;
    const { launchHash } = server.definition;
    // What this machine knows may have changed while others were asked: consent is kept right after an installation.
    const now = this.#deps.connections.get(serverId);
    const own = now?.definition.launchHash === launchHash ? this.#evidence(now, installed, before) : evidence;
    const { live, approved, access } = own;
    const report = identityReport({
      ...evidence,
      live,
      approved,
      access,
      ...gathered,
      now: this.#deps.clock.now(),
    });
    const record: IdentityRecord = {
      ...{ launchHash, gathered, registry, report },
      version: entry?.version,
      entry: entry?.raw,
      previous: before?.report,
    };
    this.#deps.rows.put(serverId, record);
    this.#records.set(serverId, record);
    this.refresh();
  }

  #recordOf(serverId: string): IdentityRecord | undefined {
    if (!this.#records.has(serverId)) this.#records.set(serverId, this.#deps.rows.get(serverId));
    return this.#records.get(serverId);
  }

  #installedOf(serverId: string): InstallRecord | undefined {
    return this.#deps.installed.get().find((record) => record.serverId === serverId);
  }

  #evidence(
    server: ServerSnapshot,
    installed: InstallRecord | undefined,
    record: IdentityRecord | undefined,
  ): IdentityEvidence {
    const { clock, siteOf, consents, reviews, access } = this.#deps;
    const { definition } = server;
    const { entry, registry } = this.#entryOf(installed, record);
    const isSame = record?.launchHash === definition.launchHash && record.version === entry?.version;
    const gathered = isSame ? record.gathered : nothingGathered;
    const { launch } = definition;
    const review = reviews.get().get(definition.id);
    const context = { now: clock.now(), siteOf, known: this.#othersThan(definition.id) };
    const base = entry ? entryEvidence(entry, registry, context) : undefined;
    return {
      ...(base ?? { ...context, registry: undefined, entry: undefined, subject: undefined }),
      ...gathered,
      subject: entry && installed ? subjectIn(entry, installed.subject) : undefined,
      server: {
        name: definition.name,
        url: launch.kind === 'http' ? launch.url : undefined,
        command: launch.kind === 'stdio' ? commandLineOf(launch) : undefined,
      },
      live: liveOf(server),
      approved: approvedOf(definition, consents.state(definition), installed, review, entry),
      access: access(definition, installed?.launchHash === definition.launchHash),
    };
  }

  #entryOf(
    installed: InstallRecord | undefined,
    record: IdentityRecord | undefined,
  ): { readonly entry: RegistryEntry | undefined; readonly registry: RegistryEvidence | undefined } {
    if (!installed) return { entry: undefined, registry: undefined };
    const { registryId, registryUrl, name, version } = installed;
    const source = this.#deps.catalog.source(registryId);
    const stored = this.#deps.catalog.stored(registryId, name).find((one) => one.version === version);
    const registry = {
      label: source?.label ?? registryUrl,
      url: source?.url ?? registryUrl,
      isPolicy: source?.isPolicy ?? false,
    };
    if (stored) return { entry: stored, registry };
    const kept =
      record?.entry === undefined || record.version !== version ? undefined : parseEntry(record.entry);
    return { entry: kept && !isBadEntry(kept) ? kept : undefined, registry };
  }

  #othersThan(serverId: string): readonly KnownServer[] {
    return this.#deps.installed
      .get()
      .filter((record) => record.serverId !== serverId)
      .map(({ name }) => ({ name, title: undefined }));
  }
}

/** The part of the entry that was installed; the entry may say something else about it by now. */
function subjectIn(entry: RegistryEntry, subject: InstallSubject): InstallSubject {
  if (subject.kind === 'package') return subject;
  return { ...subject, url: entry.remotes[subject.index]?.url ?? subject.url };
}

function merged(before: GatheredEvidence, now: GatheredEvidence): GatheredEvidence {
  return {
    packages: { ...before.packages, ...now.packages },
    domainKey: latest(before.domainKey, now.domainKey),
    connection: latest(before.connection, now.connection),
    card: latest(before.card, now.card),
    resource: latest(before.resource, now.resource),
  };
}

function liveOf({ state }: ServerSnapshot): LiveEvidence | undefined {
  if (state.kind !== 'ready') return undefined;
  const { serverInfo, instructions, protocolVersion } = state.info;
  return {
    name: serverInfo?.name,
    title: serverInfo?.title,
    version: serverInfo?.version,
    description: serverInfo?.description,
    instructions,
    protocolVersion,
  };
}

function approvedOf(
  definition: ServerDefinition,
  launch: ApprovedEvidence['launch'],
  installed: InstallRecord | undefined,
  review: ServerReview | undefined,
  entry: RegistryEntry | undefined,
): ApprovedEvidence {
  const changes: string[] = [];
  if (installed && installed.launchHash !== definition.launchHash)
    changes.push(say`Its entry was edited since it was installed.`);
  if (installed?.subject.kind === 'remote' && entry) {
    const now = entry.remotes[installed.subject.index]?.url;
    if (now !== installed.subject.url)
      changes.push(say`Its registry names another address than when it was installed.`);
  }
  return { launch, changes, definitions: review ? pendingOf(review).length : 0 };
}
