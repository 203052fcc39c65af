import { randomBytes, randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { watchApprovalTimeouts } from './core/approvalTimeouts.ts';
import { limitCalls } from './core/callerLimits.ts';
import { CallerRuns } from './core/callerRuns.ts';
import { Callers } from './core/callers.ts';
import type { Page } from './core/dashboard.ts';
import { agentsView, startOfDay } from './core/dashboardAgents.ts';
import { GatewayCatalog } from './core/gatewayCatalog.ts';
import { GatewayLife, type GatewayListener } from './core/gatewayLife.ts';
import { gatewayTools } from './core/gatewayTools.ts';
import type { PolicyGate } from './core/policyGate.ts';
import type { Logger, Secrets } from './core/ports.ts';
import { DisposableStore } from './core/util/disposables.ts';
import { AppError } from './core/util/errors.ts';
import { agentFile, planAgentEdit, undoAgentEdit, writeAgentEdit } from './node/agentFiles.ts';
import { newCallerToken } from './node/callerRows.ts';
import type { Gateway } from './node/gateway/gateway.ts';
import type { Host } from './node/host.ts';
import { LauncherFiles } from './node/launcherFiles.ts';
import { agentCommands } from './vscode/agentCommands.ts';
import { gatewayLine } from './vscode/agentText.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { registerGatewayProvider } from './vscode/gatewayProvider.ts';
import { watchGatewaySettings } from './vscode/gatewaySettings.ts';
import { registerLmTools } from './vscode/lmTools.ts';
import type { Actions } from './vscode/runAction.ts';

/** What the gateway of the editor is composed with. */
export interface GatewayParts {
  readonly host: Host;
  readonly stateDir: string;
  readonly extensionDir: string;
  readonly version: string;
  readonly secrets: Secrets;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly logger: Logger;
  /** Named sets of tools that an agent may be limited to. */
  readonly presets: Pick<PolicyGate, 'presetNames' | 'isInPreset' | 'rules'>;
  /** Opens the dashboard on a page. */
  readonly show: (page: Page) => void;
}

const secretKey = 'gatewaySecret';
const lookEveryMs = 2_000;

/** Composes callers, gateway, provider, commands and language-model tools; listens only when an agent may call. */
export function createGatewayParts(parts: GatewayParts) {
  const { host, secrets, dialogs, actions, logger, version } = parts;
  const { clock, sha256, connections, requests, activity } = host;
  const surfaces = new DisposableStore();
  const callers = surfaces.add(
    new Callers({
      rows: host.callers,
      ...{ secrets, clock, sha256, logger },
      newId: randomUUID,
      newToken: newCallerToken,
      isInPreset: (preset, serverId, tool) => {
        const server = connections.get(serverId)?.definition;
        return server !== undefined && parts.presets.isInPreset(preset, server, tool);
      },
    }),
  );
  const settings = surfaces.add(watchGatewaySettings());
  const { choice } = settings;
  const calls = limitCalls({
    ...{ calls: host.calls, clock, sha256 },
    record: (event) => void activity.append(clock.now(), event),
    limitOf: (caller) => callers.settingsOf(caller).callsPerMinute,
  });
  surfaces.add(
    watchApprovalTimeouts({
      ...{ requests, clock },
      timeoutOf: (caller) => callers.settingsOf(caller).approvalTimeoutMs,
    }),
  );

  const live = new Set<Gateway>();
  const open = async (): Promise<Gateway> => {
    const [{ createGateway }, secret] = await Promise.all([
      import('./node/gateway/gateway.ts'),
      gatewaySecret(secrets),
    ]);
    return createGateway({
      ...{ connections, calls, clock, logger, sha256, version, secret },
      jobs: host.jobs,
      asks: host.callerAsks,
      reports: host.reports,
      definitions: host.definitions,
      newId: randomUUID,
      settings: choice,
      authenticate: (token) => callers.authenticate(token),
      questionsOf: (caller) => callers.settingsOf(caller).questions,
      isOffered: (caller, serverId, tool) => callers.isOffered(caller, serverId, tool),
    });
  };
  const life = new GatewayLife({
    place: host.gatewayPlace,
    newListener: () => listener(open, live),
    ...{ clock, logger },
    random: Math.random,
  });
  const launchers = new LauncherFiles({
    folder: join(parts.stateDir, 'gateway'),
    bundle: join(parts.extensionDir, 'dist', 'gateway-stdio.cjs'),
    env: process.env,
    execPath: process.execPath,
    logger,
  });

  let held = 0;
  const wish = () => {
    const { mode, port } = choice.get();
    const list = callers.list.get();
    const isOn = mode === 'on' || (mode === 'auto' && (list.length > 0 || held > 0));
    return life.want({ isOn, isForEditor: list.some(({ agent }) => agent === 'vscode'), port });
  };
  const address = (): string => {
    const status = life.status.get();
    if (status.kind === 'serving') return status.address.url;
    if (status.kind === 'elsewhere' && status.port !== undefined)
      return `http://127.0.0.1:${status.port}/mcp`;
    throw new AppError('connect-failed', gatewayLine(status, callers.list.get().length));
  };
  const withGateway = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
    held++;
    try {
      await wish();
      return await work(address());
    } finally {
      held--;
      await wish();
    }
  };
  const who = () => JSON.stringify(callers.list.get().map(({ name, settings: given }) => [name, given]));
  let known = who();
  surfaces.add(
    callers.list.subscribe(() => {
      void wish();
      const now = who();
      if (now === known) return; // only somebody's last use
      known = now;
      for (const gateway of live) {
        gateway.drop((caller) => callers.recordOf(caller) === undefined);
        gateway.offersChanged();
      }
    }),
  );
  surfaces.add(choice.subscribe(() => void wish()));
  surfaces.add(parts.presets.rules.subscribe(() => live.forEach((gateway) => gateway.offersChanged())));
  surfaces.add(
    life.status.subscribe((status) => {
      if (status.kind === 'serving')
        void actions.attempt('launchers', () => launchers.moveTo(status.address.url));
    }),
  );
  // What another window revoked must end open streams here too, not only the next request.
  let isOver = false;
  const look = () => {
    if (isOver) return;
    if (live.size > 0) callers.refresh();
    clock.setTimer(lookEveryMs, look);
  };
  look();

  let isRenewed = false;
  const editorAccess = async () => {
    const url = life.editorUrl.get();
    const record = callers.list.get().find(({ agent }) => agent === 'vscode');
    if (url === undefined || !record) return undefined;
    const token = await callers.token(record.id);
    if (token !== undefined) return { url, token };
    // The secrets of this profile are gone; once, or two profiles would take the token from each other for ever.
    if (isRenewed) return undefined;
    isRenewed = true;
    return { url, token: await callers.renew(record.id) };
  };
  surfaces.add(
    registerGatewayProvider({
      access: editorAccess,
      onChange: (listener) => {
        const tokenOf = () => callers.list.get().find(({ agent }) => agent === 'vscode')?.tokenHash;
        let token = tokenOf();
        const changes = new DisposableStore();
        changes.add(life.editorUrl.subscribe(listener));
        changes.add(
          callers.list.subscribe(() => {
            if (tokenOf() === token) return;
            token = tokenOf();
            listener();
          }),
        );
        return changes;
      },
      version,
    }),
  );

  const runs = new CallerRuns({ calls, jobs: host.jobs, asks: host.callerAsks, clock, newId: randomUUID });
  surfaces.add(runs);
  surfaces.add(
    registerLmTools(
      gatewayTools({
        ...{ runs, clock },
        catalog: (caller) =>
          new GatewayCatalog({
            servers: connections.servers.get(),
            scope: { kind: 'all' },
            ...{ caller, sha256 },
            isOffered: () => true,
            reserved: new Set(),
          }),
      }),
    ),
  );

  let counted = { at: 0, calls: new Map<string, number>() as ReadonlyMap<string, number> };
  const callsToday = () => {
    const now = clock.now();
    if (now - counted.at > lookEveryMs)
      counted = { at: now, calls: host.callers.callsSince(startOfDay(now)) };
    return counted.calls;
  };
  const machine = { platform: process.platform, home: homedir(), env: process.env };
  const commands = agentCommands({
    ...{ callers, launchers, dialogs, actions, connections, withGateway },
    files: {
      file: (agent) => agentFile(agent, machine, dirname(parts.stateDir)),
      plan: planAgentEdit,
      write: writeAgentEdit,
      undo: undoAgentEdit,
    },
    presets: () => parts.presets.presetNames(),
    mode: () => choice.get().mode,
    move: () => life.move(),
    show: parts.show,
  });
  return {
    callers,
    commands,
    /** Changes whenever the page about agents may show something else. */
    stores: [callers.list, life.status, choice],
    view: () =>
      agentsView({
        callers: callers.list.get(),
        calls: callsToday(),
        status: life.status.get(),
        mode: choice.get().mode,
        now: clock.now(),
      }),
    /** A line about the gateway for the status bar; none while nobody wants it. */
    line: () => {
      const agents = callers.list.get().length;
      const status = life.status.get();
      return status.kind === 'off' && agents === 0 ? undefined : gatewayLine(status, agents);
    },
    /** Listens if it should. */
    start: async () => {
      if (callers.list.get().length > 0) await actions.attempt('launchers', () => launchers.refresh());
      await wish();
    },
    dispose: async () => {
      isOver = true;
      surfaces.dispose();
      await life.dispose();
    },
  };
}

/** A gateway as something that listens; its code is read when it first does. */
function listener(open: () => Promise<Gateway>, live: Set<Gateway>): GatewayListener {
  let gateway: Gateway | undefined;
  return {
    start: async (port) => {
      gateway = await open();
      const found = await gateway.start({ host: '127.0.0.1', port });
      live.add(gateway);
      return found;
    },
    dispose: async () => {
      if (!gateway) return;
      live.delete(gateway);
      await gateway.dispose();
    },
  };
}

/** Kept so that sessions outlive a reload. */
async function gatewaySecret(secrets: Secrets): Promise<Uint8Array> {
  const kept = await secrets.get(secretKey);
  if (kept !== undefined && /^[0-9a-f]{64}$/.test(kept)) return Buffer.from(kept, 'hex');
  const secret = randomBytes(32);
  await secrets.set(secretKey, secret.toString('hex'));
  return secret;
}
