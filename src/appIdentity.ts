import { judgeAccess, readAccessSettings } from './core/accessPolicy.ts';
import type { Consents } from './core/consent.ts';
import type { IdentityVerdict } from './core/identityReport.ts';
import { IdentityReports } from './core/identityReports.ts';
import { installVerdict } from './core/identityInstall.ts';
import type { InstallFlow } from './core/installFlow.ts';
import type { InstallCatalog } from './core/installPorts.ts';
import type { InstallRecord } from './core/installRecord.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Readable } from './core/util/store.ts';
import { GuardedFetch } from './node/guardedFetch.ts';
import type { Host } from './node/host.ts';
import { createIdentityGatherer } from './node/identityGather.ts';
import type { PublicSuffixes } from './node/identitySites.ts';
import type { Settings } from './vscode/config.ts';
import { identityHandlers } from './vscode/identityHandlers.ts';
import type { Actions } from './vscode/runAction.ts';

/** What identity reports are composed with. */
export interface IdentityParts {
  readonly host: Host;
  readonly version: string;
  readonly settings: Readable<Settings>;
  readonly consents: Consents;
  readonly catalog: InstallCatalog;
  readonly installed: Readable<readonly InstallRecord[]>;
  /** Changes when the registries may say something else. */
  readonly registriesChanged: Readable<unknown>;
  readonly suffixes: PublicSuffixes;
  readonly actions: Actions;
}

/** Who configured servers are: reports, their page, and the verdicts for everybody else. Asks nobody when it is made. */
export function createIdentity(parts: IdentityParts) {
  const { host, version, settings, consents, catalog, installed, suffixes, actions } = parts;
  const { clock, connections, definitions, auth } = host;
  const surfaces = new DisposableStore();
  const life = new AbortController();
  const hasLists = () => {
    const { access, allowedServers, deniedServers, allowManagedServersOnly } = settings.get().enterprise;
    return [access, allowedServers, deniedServers, allowManagedServersOnly].some(
      (one) => one !== undefined && one !== null && one !== 'all' && one !== false,
    );
  };
  const reports = new IdentityReports({
    connections,
    rows: host.identities,
    installed,
    catalog,
    consents,
    reviews: definitions.reviews,
    access: (definition, isFromRegistry) =>
      hasLists()
        ? judgeAccess(definition, readAccessSettings(settings.get().enterprise).settings, { isFromRegistry })
        : undefined,
    siteOf: suffixes.siteOf,
    gatherer: createIdentityGatherer({
      fetch: new GuardedFetch({ clock, version }),
      clock,
      suffixes,
      inspect: auth && ((url, signal) => auth.inspect(url, signal)),
    }),
    clock,
  });
  const cards = () => settings.get().serverCards;

  // What registries say about installed servers is compared with addresses: that needs the list of public suffixes.
  const needSuffixes = () => {
    if (installed.get().length > 0) void actions.run('load public suffixes', () => suffixes.load());
  };
  needSuffixes();
  const known = new Set(installed.get().map(keyOf));
  surfaces.add(
    installed.subscribe((records) => {
      needSuffixes();
      reports.refresh();
      for (const record of records) {
        if (known.has(keyOf(record))) continue;
        known.add(keyOf(record));
        // The user just agreed to it: now is the time to look at who it is.
        void actions.run('look at who was installed', () => lookAtNew(record));
      }
    }),
  );
  const lookAtNew = async ({ serverId }: InstallRecord) => {
    await configured(serverId, life.signal);
    if (connections.get(serverId))
      await reports.check(serverId, { cards: cards(), legacyCards: false }, life.signal);
  };
  const configured = (serverId: string, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (connections.get(serverId) || signal.aborted) return resolve();
      const stop = connections.servers.subscribe(() => {
        if (!connections.get(serverId)) return;
        stop.dispose();
        resolve();
      });
      signal.addEventListener('abort', () => (stop.dispose(), resolve()), { once: true });
    });
  for (const store of [parts.registriesChanged, suffixes.loaded, settings])
    surfaces.add(store.subscribe(() => reports.refresh()));

  return {
    reports,
    /** The verdict on a configured server, from what is known without asking anybody; undefined for any other. */
    verdictOf: (serverId: string): IdentityVerdict | undefined => reports.verdictOf(serverId),
    /** Changes when a verdict may be another one. */
    changed: reports.changed,
    handlers: identityHandlers(reports, cards),
    /** Who is about to be installed. */
    installVerdict: (flow: InstallFlow) =>
      installVerdict(flow, {
        now: clock.now(),
        siteOf: suffixes.siteOf,
        known: installed.get().map(({ name }) => ({ name, title: undefined })),
        source: (id) => catalog.source(id),
      }),
    dispose: () => {
      life.abort();
      surfaces.dispose();
    },
  };
}

function keyOf({ serverId, name, version, launchHash }: InstallRecord): string {
  return [serverId, name, version, launchHash].join('\n');
}
