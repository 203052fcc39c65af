import { createGatewayParts } from './appGateway.ts';
import { createAppAuth } from './appAuth.ts';
import { createAppHost, createResolver } from './appHost.ts';
import { createActivity } from './appActivity.ts';
import { createIdentity } from './appIdentity.ts';
import { createInspector } from './appInspector.ts';
import { createInstallBundles, createInstalls, installPorts, isFromRegistry } from './appInstall.ts';
import { createMcpApps, type McpApps } from './appMcpApps.ts';
import { createOffers } from './appOffers.ts';
import { createPins } from './appPins.ts';
import { createPolicy } from './appPolicy.ts';
import { createRegistries } from './appRegistry.ts';
import { createResources } from './appResources.ts';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { Consents } from './core/consent.ts';
import type { Page } from './core/dashboard.ts';
import { createDashboardState } from './core/dashboardState.ts';
import { RequestDrafts } from './core/drafts.ts';
import { InstalledServers } from './core/installedServers.ts';
import type { Installer } from './core/installer.ts';
import type { InstallRecord } from './core/installRecord.ts';
import { Inputs } from './core/inputs.ts';
import type { Logger } from './core/ports.ts';
import { ServerRoots } from './core/roots.ts';
import { SamplingUse } from './core/samplingUse.ts';
import { Exchanges } from './core/trafficExchanges.ts';
import { DisposableStore } from './core/util/disposables.ts';
import { Store, type Readable } from './core/util/store.ts';
import { within } from './core/util/within.ts';
import { createConfigFiles } from './node/configFiles.ts';
import { sha256, systemClock, type Host } from './node/host.ts';
import { AddServer } from './vscode/addServer.ts';
import { agentHandlers } from './vscode/agentHandlers.ts';
import { ApprovalEditor } from './vscode/approvalEditor.ts';
import { registerApprovalLanguage } from './vscode/approvalLanguage.ts';
import { registerCommands } from './vscode/commands.ts';
import { watchSettings } from './vscode/config.ts';
import { createConsentPrompt } from './vscode/consentPrompt.ts';
import { createDashboardHandlers } from './vscode/dashboardHandlers.ts';
import { DashboardPanel } from './vscode/dashboardPanel.ts';
import { createDialogs, type Dialogs } from './vscode/dialogs.ts';
import { FindTool } from './vscode/findTool.ts';
import { firstUseCommands } from './vscode/firstUse.ts';
import { InboxTree } from './vscode/inboxTree.ts';
import { createInputPrompt } from './vscode/inputPrompt.ts';
import { jobCommands, runAgain } from './vscode/jobCommands.ts';
import { announceFinishedJobs } from './vscode/jobNotices.ts';
import { JobTree } from './vscode/jobTree.ts';
import { createLog, ServerLogs } from './vscode/log.ts';
import { requestCommands } from './vscode/requestCommands.ts';
import { ResultEditor } from './vscode/resultEditor.ts';
import { editRoots } from './vscode/rootsPicker.ts';
import { createActions } from './vscode/runAction.ts';
import { SamplingEditor } from './vscode/samplingEditor.ts';
import { registerSamplingLanguage } from './vscode/samplingLanguage.ts';
import { SamplingModels } from './vscode/samplingModels.ts';
import { watchFeatures } from './vscode/samplingGate.ts';
import { ServerActions } from './vscode/serverActions.ts';
import { serverCommands } from './vscode/serverCommands.ts';
import { ServerTree } from './vscode/serverTree.ts';
import { createStatusBar } from './vscode/statusBar.ts';
import { createMemory, createSecrets } from './vscode/storage.ts';
import { trafficHandlers } from './vscode/trafficHandlers.ts';
import { toolCommands } from './vscode/toolCommands.ts';
import { openExternal, watchWorkspace } from './vscode/workspaceState.ts';

/** The running extension. */
export interface App {
  readonly host: Host;
  readonly logger: Logger;
  /** The language models that servers may be told of. */
  readonly models: Readable<readonly { readonly id: string }[]>;
  /** Tests in the extension host put their answers here, because VS Code refuses dialogs there. */
  readonly dialogs: Dialogs;
  readonly installer: Installer;
  readonly apps: McpApps;
  readonly trees: { readonly servers: ServerTree; readonly inbox: InboxTree; readonly jobs: JobTree };
  /** Stops every server; resolves when no process is left. */
  dispose(): Promise<void>;
}

/** Builds everything once: adapters, the host, the surfaces. Reads the database and registers; starts nothing but what the user set to start by itself. */
export function createApp(context: ExtensionContext): App {
  const surfaces = new DisposableStore();
  const clock = systemClock;
  const log = surfaces.add(createLog());
  const { logger } = log;
  const { version } = context.extension.packageJSON as { readonly version: string };
  const actions = createActions(logger, log.show);
  const dialogs = createDialogs();
  const logs = surfaces.add(new ServerLogs());
  const memory = createMemory(context.globalState, logger);
  const { settings, ...watchedSettings } = watchSettings();
  surfaces.add(watchedSettings);
  const workspace = surfaces.add(watchWorkspace());

  const configFiles = createConfigFiles({
    sha256,
    clock,
    logger,
    home: homedir(),
    platform: process.platform,
    env: process.env,
    userFile: join(dirname(dirname(context.globalStorageUri.fsPath)), 'mcp.json'),
    folders: workspace.folders,
    sources: settings,
  });
  surfaces.add(configFiles);
  const { configuration } = configFiles;

  const inputs = new Inputs({
    secrets: createSecrets(context.secrets),
    memory,
    ask: createInputPrompt(dialogs),
    log: logger,
  });
  const consents = new Consents(memory, clock);
  const models = surfaces.add(new SamplingModels(logger));
  const samplingUse = new SamplingUse(memory, clock, () => settings.get().sampling);
  const features = surfaces.add(watchFeatures(models, settings));
  const roots = new ServerRoots(memory, () => workspace.folders.get());

  const installedRecords = new Store<readonly InstallRecord[]>([]);
  const registries = createRegistries({
    stateDir: context.globalStorageUri.fsPath,
    secrets: createSecrets(context.secrets),
    installed: installedRecords,
    token: async ({ url }, refused, signal) => host.auth?.bearer(url, refused, signal),
    ...{ clock, logger, memory, dialogs, version },
  });
  const { catalog } = registries.service;
  const bundles = createInstallBundles(context.globalStorageUri.fsPath, context.extension, clock, logger);
  const resolve = createResolver({ workspace, inputs });
  const auth = createAppAuth({ context, dialogs, settings, actions, logger, resolve });
  const policy = surfaces.add(
    createPolicy({
      ...{ context, workspace, memory, logger },
      verdictOf: (id) => identity.verdictOf(id)?.kind,
      installed: installedRecords,
    }),
  );
  const host: Host = createAppHost({
    auth: auth.ports,
    resolve,
    stateDir: context.globalStorageUri.fsPath,
    isInstalled: (definition) => isFromRegistry(installed, catalog, definition),
    consent: async (definition, signal, prompting) =>
      prompting === 'may-ask' ? askConsent(definition, signal) : consents.state(definition) === 'given',
    policy: policy.gate,
    ...{ logger, memory, configuration, settings, workspace, inputs, version },
    ...{ roots, features, samplingUse, logs, actions },
  });
  const { connections, requests, jobs, calls, activity, validator } = host;
  const signIns = surfaces.add(auth.surface(host));
  const inspector = createInspector(host, resolve, { dialogs, show: (page) => dashboard.show(page) });
  const serverName = (id: string) => connections.get(id)?.definition.name ?? id;

  const gateway = createGatewayParts({
    stateDir: context.globalStorageUri.fsPath,
    extensionDir: context.extensionUri.fsPath,
    secrets: createSecrets(context.secrets),
    show: (page) => dashboard.show(page),
    presets: policy.gate,
    ...{ host, dialogs, actions, logger, version },
  });

  const resources = surfaces.add(
    createResources({ host, dialogs, actions, show: (page) => dashboard.show(page) }),
  );
  const results = surfaces.add(new ResultEditor({ jobs, dialogs, actions, openLink: resources.open }));
  const askConsent = createConsentPrompt({
    consents,
    dialogs,
    results,
    onAnswer: ({ id, launchHash }, granted) => {
      activity.append(clock.now(), { kind: 'consent', serverId: id, launchHash, granted });
    },
  });
  const installParts = {
    ...{ host, configFiles, inputs, consents, settings, catalog, bundles, dialogs, results, logger },
    isTrusted: workspace.isTrusted,
  };
  const ports = installPorts(installParts);
  const installed = new InstalledServers(ports);
  installedRecords.set(installed.records.get());
  surfaces.add(installed.records.subscribe((records) => installedRecords.set(records)));
  const identity = surfaces.add(
    createIdentity({
      ...{ host, settings, consents, catalog, installed: installedRecords, actions, version },
      registriesChanged: registries.service.contents,
      suffixes: registries.suffixes,
    }),
  );
  const approvals = surfaces.add(
    new ApprovalEditor({
      ...{ requests, connections, validator, dialogs, actions, clock },
      verdictOf: identity.verdictOf,
      agentApprovals: () => settings.get().agentApprovals,
    }),
  );
  surfaces.add(registerApprovalLanguage({ editor: approvals, requests, clock }));
  const offers = surfaces.add(createOffers({ host, dialogs, results, show: (page) => dashboard.show(page) }));
  const pins = surfaces.add(createPins(host, context.extension, dialogs, actions));
  const drafts = new RequestDrafts(memory, clock, sha256);
  surfaces.add(requests.open.subscribe((open) => drafts.follow(open)));
  const sampling = surfaces.add(
    new SamplingEditor({
      ...{ requests, models, use: samplingUse, memory, validator, dialogs, actions, clock },
      onAnswer: ({ serverId, jobId }, model, tokens) => {
        activity.append(clock.now(), { kind: 'model-answered', serverId, jobId, model, tokens });
      },
    }),
  );
  surfaces.add(registerSamplingLanguage({ editor: sampling, requests, clock }));
  const rootsOf = (serverId: string) =>
    editRoots(
      { id: serverId, name: serverName(serverId) },
      {
        roots,
        dialogs,
        onChange: (id) => {
          connections.rootsChanged(id);
          dashboard.refresh();
        },
      },
    );
  surfaces.add(workspace.folders.subscribe(() => connections.rootsChanged()));
  const apps = surfaces.add(createMcpApps({ context, host, memory, logs, dialogs, actions, logger }));
  const serverActions = new ServerActions({ connections, logs });
  const again = (jobId: string) =>
    void actions.run('run again', () => runAgain(jobId, jobs, calls, new AbortController().signal));

  const activities = surfaces.add(
    createActivity({
      ...{ host, results, dialogs, actions, logger, navigate: (page) => dashboard.navigate(page) },
      secrets: createSecrets(context.secrets),
      version,
      show: (page) => dashboard.show(page),
    }),
  );
  const exchanges = new Exchanges();
  const dashboardState = createDashboardState(sha256, exchanges);
  const state = (page: Page) =>
    dashboardState({
      page,
      servers: connections.servers.get(),
      openJobs: jobs.open.get(),
      finishedJobs: jobs.finished.get(),
      finishedTotal: jobs.countFinished(),
      requests: requests.open.get(),
      now: clock.now(),
      job: (id) => jobs.get(id),
      result: (id) => jobs.result(id),
      ...{ frames: (id) => connections.frames(id), trafficStanding: (id) => connections.trafficStanding(id) },
      jobFrames: ({ id, serverId, task }) => connections.jobFrames(serverId, id, task?.taskId),
      roots: (id) => roots.of(id),
      draft: (id) => drafts.get(id),
      hasApp: (serverId, tool) => apps.tools.has(serverId, tool),
      lastArguments: (serverId, tool) => jobs.lastArguments(serverId, tool),
      registry: registry.view,
      install: installs.installer.flow.get(),
      standing: (id) => installs.updates.standings.get().get(id),
      definitions: host.definitions,
      quality: (id) => pins.quality.of(id),
      ...{ identityOf: (id) => identity.reports.of(id), signInOf: inspector.signInOf },
      installVerdict: identity.installVerdict,
      ...{ doctorOf: inspector.doctorOf, ...offers.sources },
      agents: gateway.view,
      activity: activities.view,
    });
  const navigate = (page: Page) => dashboard.navigate(page);
  const registry = registries.surface({
    ...{ validator, navigate },
    show: (page) => dashboard.show(page),
    signIn: signIns.signInTo,
  });
  const installs = createInstalls(
    {
      ...installParts,
      installed,
      signedIn: auth.callback,
      registriesChanged: registries.service.contents,
      actions,
      show: (page) => dashboard.show(page),
      navigate,
      openFile: (file, line) => serverActions.openFile(file, line, 1),
    },
    ports,
  );
  surfaces.add(installs);
  const handlers = createDashboardHandlers({
    ...{ connections, jobs, requests, validator, approvals, sampling, drafts, results, serverActions },
    ...{ dialogs, openExternal, clock, navigate },
    toolCalls: calls,
    editRoots: rootsOf,
    runAgain: again,
    install: installs.handlers,
    activity: activities.handlers,
    agents: agentHandlers(gateway.commands, navigate),
    registry: registry.handlers,
    ...{ quality: pins.qualityHandlers, offers: offers.handlers, resources: resources.handlers },
    identity: identity.handlers,
    traffic: trafficHandlers({ ...host, exchanges, results, dialogs, version }),
    ...{ inspector: inspector.handlers, doctor: inspector.doctor },
    life: () => dashboard.life,
  });
  const dashboard: DashboardPanel = surfaces.add(
    new DashboardPanel({
      extensionUri: context.extensionUri,
      ...{ connections, jobs, requests },
      stores: [
        installs.installer.flow,
        installs.updates.standings,
        registries.service.changed,
        host.definitions.reviews,
        apps.tools.changed,
        pins.quality.changed,
        identity.changed,
        ...[...inspector.stores, ...offers.stores],
        ...gateway.stores,
        ...activities.stores,
      ],
      ...{ state, handlers, actions, clock, logger },
      strings: async () => (await import('../webview/strings.ts')).english,
    }),
  );

  const serverTree = surfaces.add(
    new ServerTree({
      ...{ connections, configuration, clock },
      standings: installs.updates.standings,
      reviews: host.definitions.reviews,
      identity,
    }),
  );
  const inboxTree = surfaces.add(new InboxTree({ requests, clock }));
  const jobTree = surfaces.add(new JobTree({ jobs, memory, apps: apps.tools, clock }));
  surfaces.add(createStatusBar({ connections, jobs, requests, clock, more: gateway }));
  surfaces.add(announceFinishedJobs({ jobs, settings, actions, owner: host.owner }));
  const forgetInputs = async (id: string) => {
    const { source, inputs: defined } = serverActions.get(id).definition;
    await Promise.all(defined.map((input) => inputs.forget(source.id, input.id)));
  };
  const findTool = new FindTool({
    connections,
    run: (serverId, tool) => dashboard.show({ kind: 'server', serverId, tab: 'tools', tool }),
    reveal: (serverId, tool) => serverTree.reveal(serverId, tool),
    actions,
    clock,
  });
  const addServer = new AddServer(installs.adding);
  surfaces.add(
    registerCommands(
      {
        ...serverCommands({
          connections,
          serverActions,
          dashboard,
          dialogs,
          actions,
          addServer,
          showLog: log.show,
          reloadConfiguration: () => configFiles.reload(),
          forgetInputs,
          editRoots: rootsOf,
          forgetConsent: (id) => {
            consents.revoke(id);
            apps.revoke(id);
            return Promise.resolve();
          },
        }),
        ...firstUseCommands({ addServer, requests }),
        ...toolCommands({ connections, serverActions, dashboard, findTool }),
        ...resources.commands,
        ...requestCommands({
          ...{ requests, approvals, sampling, validator, dashboard, dialogs },
          onAnswered: (id) => drafts.clear(id),
        }),
        ...jobCommands({ jobs, runAgain: again, results, dashboard, dialogs, tree: jobTree, actions }),
        ...{ ...signIns.commands, ...inspector.commands, ...offers.commands },
        ...{ ...pins.commands, ...apps.commands },
        ...installs.commands,
        ...gateway.commands,
        ...registry.commands,
        ...activities.commands,
        ...policy.surface({ host, configuration, approvals, results, dialogs, actions }),
      },
      actions,
    ),
  );
  surfaces.add(configuration.subscribe(({ servers }) => logs.keep(new Set(servers.map(({ id }) => id)))));

  jobs.start();
  const startRemembered = async () => {
    // What is declared to a server is settled when it connects.
    await Promise.all([configFiles.reload(), within(clock, 3_000, models.refresh())]);
    if (settings.get().autostart === 'never') return;
    await connections.autostartAll();
  };
  void actions.run('start remembered servers', startRemembered);
  void actions.run('start gateway', () => gateway.start());

  return {
    ...{ host, logger, dialogs, apps, models: models.models, installer: installs.installer },
    trees: { servers: serverTree, inbox: inboxTree, jobs: jobTree },
    dispose: async () => {
      surfaces.dispose();
      await gateway.dispose();
      await registries.dispose();
      await host.dispose();
    },
  };
}
