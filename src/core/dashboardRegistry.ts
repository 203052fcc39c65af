import type { Page, ShownText } from './dashboard.ts';
import { RegistryEntryViews, type EntryView } from './dashboardEntry.ts';
import { verdictOfStanding } from './identityEntry.ts';
import type { KnownServer, SiteOf } from './identityEvidence.ts';
import type { VerdictKind } from './identityReport.ts';
import { isTrustedSource } from './identityStanding.ts';
import type { RegistryFilters, RegistryQuery, RegistryRow } from './registryIndex.ts';
import type { SchemaAdvice } from './registrySchema.ts';
import type { InstalledState, Mine, RegistryService, RegistryStatus } from './registryService.ts';
import type { RegistryEntry } from './registry.ts';
import type { RegistryChoice } from './registrySources.ts';
import { shown, shownIfAny } from './shown.ts';
import { visibleText } from './util/text.ts';

/** What a registry is doing, for the eye. */
export type RegistrySyncView =
  | { readonly kind: 'idle' | 'elsewhere' | 'cancelled' }
  | {
      readonly kind: 'running';
      readonly isUpdate: boolean;
      /** Versions read by this pass. */
      readonly rows: number;
      /** 0 to 1; undefined when nobody knows how much there is. */
      readonly progress: number | undefined;
    }
  | {
      readonly kind: 'failed';
      /** Which registry, what failed, and what still works. Visible text. */
      readonly message: string;
      readonly nextStep: string | undefined;
      readonly needsKey: boolean;
    };

/** A registry as the dashboard shows it. */
export interface RegistrySourceView {
  readonly id: string;
  readonly label: string;
  readonly host: string;
  readonly isEnabled: boolean;
  readonly isPolicy: boolean;
  readonly hasKey: boolean;
  readonly servers: number;
  readonly versions: number;
  /** When its copy was last complete, milliseconds since the epoch. */
  readonly completedAt: number | undefined;
  readonly sync: RegistrySyncView;
}

/** What is installed of an entry. */
export interface EntryInstalled {
  readonly serverId: string;
  readonly version: ShownText;
  readonly update:
    | { readonly kind: 'current' | 'unknown' }
    | { readonly kind: 'update'; readonly to: ShownText }
    | { readonly kind: 'withdrawn'; readonly message: ShownText | undefined };
}

/** A server of a registry as a row of the list. */
export interface RegistryItem {
  readonly registryId: string;
  /** As the registry writes it; `shownName` is for the eye. */
  readonly name: string;
  readonly shownName: ShownText;
  readonly title: ShownText | undefined;
  readonly description: ShownText;
  readonly publisher: ShownText;
  readonly version: ShownText;
  readonly status: RegistryRow['status'];
  readonly updatedAt: number | undefined;
  readonly versionCount: number;
  readonly hasRemote: boolean;
  readonly packageKinds: readonly string[];
  readonly transports: readonly string[];
  readonly installed: EntryInstalled | undefined;
  /** By the entry alone: nothing was asked. */
  readonly verdict: VerdictKind;
}

/** What the list is asked for. */
export interface RegistrySearch extends Omit<RegistryQuery, 'filters'> {
  readonly filters: Omit<RegistryFilters, 'only'>;
  readonly mine: Mine | undefined;
}

/** A part of the list. */
export interface RegistryPageView {
  readonly total: number;
  readonly offset: number;
  readonly items: readonly RegistryItem[];
  /** Words that were read as others, because nothing had them. */
  readonly corrections: readonly { readonly from: string; readonly to: readonly string[] }[];
  /** No server has all words: these have some. */
  readonly isPartial: boolean;
  /** Of the contents that were searched. */
  readonly revision: number;
}

/** The registry page. Its list is asked for in parts (`registry.search`). */
export interface RegistryView {
  readonly registries: readonly RegistrySourceView[];
  /** How many registries an organisation's setting hides. */
  readonly hidden: number;
  readonly problems: readonly string[];
  /** Why the copy on this machine cannot be used. */
  readonly failure: string | undefined;
  /** Changes whenever a search may find something else. */
  readonly revision: number;
  readonly installedCount: number;
  readonly entry: EntryView | undefined;
}

type RegistryPage = Extract<Page, { readonly kind: 'registry' }>;

/** What the view is made from. */
export interface RegistryViewDeps {
  readonly service: Pick<
    RegistryService,
    'status' | 'failure' | 'revision' | 'known' | 'installed' | 'search' | 'installedCount'
  >;
  readonly choice: () => RegistryChoice;
  readonly advise: (entry: RegistryEntry) => SchemaAdvice;
  readonly siteOf: SiteOf;
  /** What is installed, by what it could be taken for. */
  readonly known: () => readonly KnownServer[];
}

/** The registry part of the dashboard's state; one per dashboard, because it remembers the open entry. */
export class RegistryViews {
  readonly #deps: RegistryViewDeps;
  readonly #entries: RegistryEntryViews;

  constructor(deps: RegistryViewDeps) {
    this.#deps = deps;
    this.#entries = new RegistryEntryViews(deps);
  }

  view(page: RegistryPage): RegistryView {
    const { service, choice } = this.#deps;
    const { hidden, problems } = choice();
    const registries = service.status().map(sourceView);
    const { entry } = page;
    const failure = service.failure;
    return {
      registries,
      hidden,
      problems,
      failure: failure && visibleText(failure.message, { maxLength: 1000 }).text,
      revision: service.revision,
      installedCount: service.installedCount,
      entry: entry && this.#entries.view(entry, service, registries),
    };
  }

  /** A part of the list. */
  search({ mine, ...query }: RegistrySearch): RegistryPageView {
    const { service, choice } = this.#deps;
    const { rows, ...found } = service.search(query, mine);
    const trusted = new Set(
      choice()
        .registries.filter(({ source }) => isTrustedSource(source))
        .map(({ source }) => source.id),
    );
    return {
      ...found,
      offset: query.offset,
      items: rows.map((row) =>
        registryItem(row, service.installed(row.registryId, row.name), trusted.has(row.registryId)),
      ),
      revision: service.revision,
    };
  }
}

/** A row of the index, ready for display. */
export function registryItem(
  row: RegistryRow,
  installed: InstalledState | undefined,
  isTrusted: boolean,
): RegistryItem {
  const { registryId, name, status, updatedAt, versionCount, hasRemote, packageKinds, transports } = row;
  return {
    ...{ registryId, name, status, updatedAt, versionCount, hasRemote, packageKinds, transports },
    shownName: shown(name, 250),
    title: shownIfAny(row.title, 150),
    description: shown(row.description.replace(/\s+/gu, ' '), 300),
    publisher: shown(row.publisher, 250),
    version: shown(row.version, 100),
    installed: installed && entryInstalled(installed),
    verdict: verdictOfStanding(row.standing, isTrusted),
  };
}

/** What is installed, ready for display. */
export function entryInstalled({ record, update }: InstalledState): EntryInstalled {
  return {
    serverId: record.serverId,
    version: shown(record.version, 100),
    update:
      update.kind === 'update'
        ? { kind: 'update', to: shown(update.to, 100) }
        : update.kind === 'withdrawn'
          ? { kind: 'withdrawn', message: shownIfAny(update.message, 600) }
          : { kind: update.kind },
  };
}

function sourceView(status: RegistryStatus): RegistrySourceView {
  const { source, isEnabled, servers, versions, completedAt } = status;
  return {
    id: source.id,
    label: source.label,
    host: new URL(source.url).host,
    isEnabled,
    isPolicy: source.isPolicy,
    hasKey: source.header !== undefined,
    servers,
    versions,
    completedAt,
    sync: isEnabled ? syncView(status) : { kind: 'idle' },
  };
}

function syncView({ sync }: RegistryStatus): RegistrySyncView {
  switch (sync.kind) {
    case 'idle':
    case 'done':
      return { kind: 'idle' };
    case 'elsewhere':
    case 'cancelled':
      return { kind: sync.kind };
    case 'running':
      return {
        kind: 'running',
        isUpdate: sync.mode === 'update',
        rows: sync.rows,
        progress: sync.progress,
      };
    case 'failed': {
      const { message, nextStep, code } = sync.error;
      return {
        kind: 'failed',
        message: visibleText(message, { maxLength: 1000 }).text,
        nextStep: nextStep === undefined ? undefined : visibleText(nextStep, { maxLength: 1000 }).text,
        needsKey: code === 'needs-sign-in',
      };
    }
  }
}
