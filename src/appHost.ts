import { homedir } from 'node:os';
import { isGatewayLaunch } from './core/agentSnippets.ts';
import { judgeAccess, readAccessSettings } from './core/accessPolicy.ts';
import type { ClientFeatures } from './core/connection.ts';
import type { Inputs } from './core/inputs.ts';
import type { Logger, Memory } from './core/ports.ts';
import type { ServerRoots } from './core/roots.ts';
import type { SamplingUse } from './core/samplingUse.ts';
import { isWorkspaceSource, type Configuration, type ServerDefinition } from './core/server.ts';
import { AppError } from './core/util/errors.ts';
import { Store, type Readable } from './core/util/store.ts';
import { resolveLaunch } from './core/variables.ts';
import { readEnvFile } from './node/configEnvFile.ts';
import { createHost, type Host, type HostPorts } from './node/host.ts';
import type { Settings } from './vscode/config.ts';
import type { ServerLogs } from './vscode/log.ts';
import type { Actions } from './vscode/runAction.ts';
import { createSamplingGate } from './vscode/samplingGate.ts';
import type { Workspace } from './vscode/workspaceState.ts';

/** What the host of the editor is composed with. */
export interface HostParts extends Pick<
  HostPorts,
  'stateDir' | 'version' | 'resolve' | 'consent' | 'auth' | 'policy'
> {
  readonly logger: Logger;
  readonly memory: Memory;
  readonly configuration: Readable<Configuration>;
  readonly settings: Readable<Settings>;
  readonly workspace: Workspace;
  readonly inputs: Inputs;
  readonly roots: ServerRoots;
  readonly features: { readonly features: Readable<ClientFeatures> };
  readonly samplingUse: SamplingUse;
  readonly logs: ServerLogs;
  readonly actions: Actions;
  /** Whether a registry that the user trusts brought it. */
  readonly isInstalled: (definition: ServerDefinition) => boolean;
}

/** Replaces the variables of launches, by what the editor knows and the user enters. */
export function createResolver({
  workspace,
  inputs,
}: Pick<HostParts, 'workspace' | 'inputs'>): HostPorts['resolve'] {
  return (definition, signal, prompting) =>
    resolveLaunch(
      definition,
      {
        env: (name) => process.env[name],
        folders: workspace.folders
          .get()
          .flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }])),
        userHome: homedir(),
        pathSeparator: process.platform === 'win32' ? '\\' : '/',
        input: async (server, input, asked) => {
          if (prompting === 'may-ask') return inputs.value(server, input, asked);
          const kept = await inputs.kept(server, input);
          if (kept === undefined)
            throw new AppError('cancelled', `the value of ${input.id} is not known yet`);
          return kept;
        },
        readEnvFile,
      },
      signal,
    );
}

/** The host over the ports of the editor; reads the database, starts nothing. */
export function createAppHost(parts: HostParts): Host {
  const { logger, memory, configuration, settings, workspace, roots, features, logs, actions } = parts;
  const nameOf = (id: string) => host.connections.get(id)?.definition.name ?? id;
  const host: Host = createHost({
    stateDir: parts.stateDir,
    version: parts.version,
    ...(parts.auth ? { auth: parts.auth } : {}),
    ...(parts.policy ? { policy: parts.policy } : {}),
    logger,
    memory,
    configuration: withoutGateway(configuration),
    features: features.features,
    settings,
    resolve: parts.resolve,
    consent: parts.consent,
    access: (definition, resolved) => {
      if (isGatewayLaunch(definition.launch)) {
        return {
          kind: 'blocked',
          reason: 'this entry is the gateway of MCP Switchboard itself, for other agents',
        };
      }
      if (isWorkspaceSource(definition.source) && !workspace.isTrusted.get()) {
        return {
          kind: 'blocked',
          reason: 'this workspace is not trusted; trust it to start the servers that it brings',
        };
      }
      return judgeAccess(definition, readAccessSettings(settings.get().enterprise).settings, {
        isFromRegistry: parts.isInstalled(definition),
        ...(resolved === undefined ? {} : { resolved }),
      });
    },
    isWorkspaceTrusted: workspace.isTrusted,
    roots: (serverId) => roots.of(serverId),
    refuseSampling: createSamplingGate({
      use: parts.samplingUse,
      features: features.features,
      onRefused: (id, text) => logs.log({ id, name: nameOf(id) }, 'warning', text),
    }),
    serverLog: (id) => {
      const server = { id, name: nameOf(id) };
      return {
        log: (level, text) => logs.log(server, level, text, host.connections.get(id)?.logLevel),
        stderr: (text) => logs.stderr(server, text),
      };
    },
    onSetAside: (file, reason) =>
      void actions.run('open database', () => {
        throw new AppError(
          'storage',
          `The stored jobs and decisions could not be read (${reason}). The file was kept as ${file}; a new one was started.`,
        );
      }),
  });
  return host;
}

/** Entries for other agents lead back to our own gateway: they are no servers of ours. */
function withoutGateway(configuration: Readable<Configuration>): Readable<Configuration> {
  const servers = (all: Configuration): Configuration =>
    all.servers.some(({ launch }) => isGatewayLaunch(launch))
      ? { ...all, servers: all.servers.filter(({ launch }) => !isGatewayLaunch(launch)) }
      : all;
  const store = new Store(servers(configuration.get()));
  configuration.subscribe((all) => store.set(servers(all)));
  return store;
}
