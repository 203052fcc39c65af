import { homedir } from 'node:os';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { judgeAccess, readAccessSettings } from './core/accessPolicy.ts';
import type { Consents } from './core/consent.ts';
import type { Page } from './core/dashboard.ts';
import type { InstalledServers } from './core/installedServers.ts';
import { Installer } from './core/installer.ts';
import type { InstallBundles, InstallCatalog, InstallPorts } from './core/installPorts.ts';
import { InstallUpdates } from './core/installUpdates.ts';
import type { Inputs } from './core/inputs.ts';
import type { Clock, Logger } from './core/ports.ts';
import type { ServerDefinition } from './core/server.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Readable } from './core/util/store.ts';
import { AuthFetch } from './node/authFetch.ts';
import type { ConfigFiles } from './node/configFiles.ts';
import { GuardedFetch } from './node/guardedFetch.ts';
import type { Host } from './node/host.ts';
import { createEntryDocuments } from './node/installDocument.ts';
import { createInstallFiles } from './node/installFiles.ts';
import { readImports } from './node/importFiles.ts';
import { findMachine } from './node/installRuntimes.ts';
import { createBundles } from './node/mcpb.ts';
import type { AddServerDeps } from './vscode/addServer.ts';
import { runCommand } from './vscode/commands.ts';
import type { Settings } from './vscode/config.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { installCommands, ServerUpdates } from './vscode/installCommands.ts';
import { createInstallConfirm } from './vscode/installConfirm.ts';
import { installHandlers } from './vscode/installHandlers.ts';
import { announceInstalls } from './vscode/installNotices.ts';
import { registerInstallUri } from './vscode/installUri.ts';
import type { ResultEditor } from './vscode/resultEditor.ts';
import type { Actions } from './vscode/runAction.ts';

/** What installing is composed with. */
export interface InstallParts {
  readonly host: Host;
  readonly configFiles: ConfigFiles;
  readonly inputs: Inputs;
  readonly consents: Consents;
  readonly settings: Readable<Settings>;
  readonly isTrusted: Readable<boolean>;
  readonly catalog: InstallCatalog;
  /** Changes when the registries may say something else. */
  readonly registriesChanged: Readable<unknown>;
  readonly bundles: InstallBundles;
  readonly installed: InstalledServers;
  readonly dialogs: Dialogs;
  readonly results: ResultEditor;
  readonly actions: Actions;
  /** Takes the answers of sign-ins that come to the editor's address. */
  readonly signedIn: Parameters<typeof registerInstallUri>[1];
  readonly logger: Logger;
  readonly show: (page: Page) => void;
  readonly navigate: (page: Page) => void;
  readonly openFile: (file: string, line: number) => Promise<void>;
}

/** Bundles, unpacked in the extension's own storage. */
export function createInstallBundles(
  stateDir: string,
  extension: { readonly packageJSON: unknown },
  clock: Clock,
  logger: Logger,
): InstallBundles {
  const { version } = extension.packageJSON as { readonly version: string };
  return createBundles({
    folder: join(stateDir, 'bundles'),
    fetch: new GuardedFetch({ clock, version }),
    home: homedir(),
    newId: randomUUID,
    ...{ clock, logger },
  });
}

/** The ports of installing over this machine's files, secrets and registries. */
export function installPorts(
  parts: Omit<
    InstallParts,
    'installed' | 'show' | 'navigate' | 'openFile' | 'actions' | 'registriesChanged' | 'signedIn'
  >,
): InstallPorts {
  const { host, configFiles, inputs, consents, settings, isTrusted, catalog, bundles, logger } = parts;
  const { activity, clock, sha256, connections } = host;
  return {
    files: createInstallFiles({ files: configFiles, sha256, isTrusted: () => isTrusted.get() }),
    catalog,
    bundles,
    records: host.installs,
    inputs,
    consents,
    configuration: configFiles.configuration,
    clock,
    logger,
    newId: randomUUID,
    machine: (programs) =>
      findMachine(
        { platform: process.platform, arch: process.arch, env: process.env, home: homedir() },
        programs,
      ),
    access: (definition, isFromRegistry) =>
      judgeAccess(definition, readAccessSettings(settings.get().enterprise).settings, { isFromRegistry }),
    confirm: createInstallConfirm(parts),
    agreed: ({ id, launchHash }) => {
      activity.append(clock.now(), { kind: 'consent', serverId: id, launchHash, granted: true });
    },
    logged: (event) => void activity.append(clock.now(), event),
    stop: (serverId) => connections.stop(serverId),
  };
}

/** Installing in the editor: page, commands, links, notices. */
export function createInstalls(parts: InstallParts, ports: InstallPorts) {
  const { installed, catalog, logger, dialogs, actions, show, navigate } = parts;
  const surfaces = new DisposableStore();
  const installer = new Installer(ports, installed);
  const updates = new InstallUpdates(installed, catalog, logger);
  surfaces.add(installed.records.subscribe(() => updates.refresh()));
  surfaces.add(parts.registriesChanged.subscribe(() => updates.refresh()));
  // Only public addresses: what a link names must not reach into this machine or its network.
  const guarded = new AuthFetch(
    { clock: ports.clock, maxBytes: 1024 * 1024 },
    { loopback: false, privateHosts: false, allowedHosts: [] },
  );
  const documents = createEntryDocuments((url, signal) => guarded.json(url, signal));
  const showFlow = () => show({ kind: 'install' });
  const deps = { installer, installed, updates, documents, dialogs, show: showFlow };
  const servers = new ServerUpdates(deps);
  surfaces.add(announceInstalls({ installer, installed, updates, servers, actions }));
  surfaces.add(registerInstallUri(actions, parts.signedIn));
  return {
    installer,
    updates,
    commands: installCommands(deps, servers),
    /** The ways of `Add Server…`. */
    adding: {
      dialogs,
      imports: () =>
        readImports({ platform: process.platform, home: homedir(), env: process.env }, parts.host.sha256),
      review: async (server, origin) => {
        await installer.openLink(server, new AbortController().signal, origin);
        showFlow();
      },
      install: async (way) => {
        const command = {
          registry: 'browseRegistry',
          document: 'installFromDocument',
          link: 'installFromLink',
        } as const;
        await runCommand(command[way]);
      },
    } satisfies AddServerDeps,
    handlers: installHandlers({
      installer,
      updates: servers,
      show: () => navigate({ kind: 'install' }),
      leave: () => navigate({ kind: 'servers' }),
      openFile: parts.openFile,
    }),
    dispose: () => surfaces.dispose(),
  };
}

/** True when a server is, unchanged, what a registry in use lists. */
export function isFromRegistry(
  installed: InstalledServers,
  catalog: InstallCatalog,
  definition: ServerDefinition,
): boolean {
  const record = installed.record(definition.id);
  return record?.launchHash === definition.launchHash && catalog.source(record.registryId) !== undefined;
}
