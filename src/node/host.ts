import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AccessVerdict } from '../core/accessPolicy.ts';
import type { ActivityRows } from '../core/activity.ts';
import { answerAsks } from '../core/asks.ts';
import type { CallerRows } from '../core/callerRecord.ts';
import { CallerAsks } from '../core/callerAsks.ts';
import type { ClientFeatures, LogLevel } from '../core/connection.ts';
import { createConnections } from '../core/connectionOwner.ts';
import type { Connections } from '../core/connections.ts';
import type { DoctorFacts } from '../core/doctorFacts.ts';
import type { GatewayPlace } from '../core/gatewayLife.ts';
import type { IdentityRows } from '../core/identityRecord.ts';
import type { InstallRows } from '../core/installRecord.ts';
import { JobRunner } from '../core/jobRunner.ts';
import type { JsonObject } from '../core/json.ts';
import type { PolicyGate } from '../core/policyGate.ts';
import type { Clock, Logger, Memory } from '../core/ports.ts';
import { Requests } from '../core/requests.ts';
import type { SchemaValidator } from '../core/schemaValidator.ts';
import type { Configuration, ResolvedLaunch, ServerDefinition } from '../core/server.ts';
import { ServerReports } from '../core/serverReports.ts';
import type { Prompting, Resolution } from '../core/serverStart.ts';
import { Definitions } from '../core/definitions.ts';
import { askForReviews } from '../core/definitionRequests.ts';
import { OneDoor, type ToolCalls } from '../core/toolCalls.ts';
import { toDisposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import type { Readable } from '../core/util/store.ts';
import { createActivityRows } from './activityRows.ts';
import type { AuthPorts } from './authHost.ts';
import type { DoctorOptions } from './doctor.ts';
import { createIdentityRows } from './identityRows.ts';
import { createInstallRows } from './installRows.ts';
import { Database } from './database.ts';
import { createCallerRows } from './callerRows.ts';
import { createDecisionRows } from './decisionRows.ts';
import { createPinRows } from './definitionRows.ts';
import { createGatewayPlace } from './gatewayPlace.ts';
import { createJobRows } from './jobRows.ts';
import { createLeases } from './leaseRows.ts';
import { LazyWire, type SignIns } from './lazyWire.ts';
import { createSchemaValidator } from './schemaValidator.ts';

/** What differs between the editor and the headless host. */
export interface HostPorts {
  /** Folder of the database and the stored results. */
  readonly stateDir: string;
  readonly version: string;
  readonly logger: Logger;
  readonly memory: Memory;
  readonly configuration: Readable<Configuration>;
  readonly features: Readable<ClientFeatures>;
  readonly settings: Readable<HostSettings>;
  resolve(definition: ServerDefinition, signal: AbortSignal, prompting: Prompting): Promise<Resolution>;
  consent(definition: ServerDefinition, signal: AbortSignal, prompting: Prompting): Promise<boolean>;
  /** Enterprise settings and Workspace Trust. */
  access(definition: ServerDefinition, resolved?: ResolvedLaunch): AccessVerdict;
  /** Lets the state of workspace servers follow at once when trust is granted. */
  readonly isWorkspaceTrusted?: Readable<boolean>;
  /** What a server is told of where the user works. */
  roots(serverId: string): readonly { readonly uri: string; readonly name: string }[];
  /** Why a server's request for a model's answer is not even shown; asked once per request. Without it none is. */
  refuseSampling?(serverId: string, params: JsonObject): string | undefined;
  /** Sign-ins of remote servers; without them a server that wants one stays in *needs sign-in*. */
  readonly auth?: AuthPorts;
  /** The policy files; without them only what the user had remembered counts. */
  readonly policy?: PolicyGate;
  serverLog(serverId: string): {
    log(level: LogLevel, text: string): void;
    stderr(text: string): void;
  };
  /** Tells the user that the database was damaged and set aside. */
  onSetAside(badFile: string, reason: string): void;
}

/** Settings that the host reads at the time of use. */
export interface HostSettings {
  /** False: messages are not recorded for the traffic view. */
  readonly captureTraffic?: boolean;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxConcurrentStarts: number;
  eraOf(serverId: string): 'auto' | 'legacy' | 'modern';
}

/** Everything that does not need an editor: connections, inbox, jobs, the one door and the log. */
export interface Host {
  readonly connections: Connections;
  readonly requests: Requests;
  readonly jobs: JobRunner;
  readonly calls: ToolCalls;
  /** What servers offer against what was accepted of it. */
  readonly definitions: Definitions;
  /** Callers that answer the questions of their own jobs. */
  readonly callerAsks: CallerAsks;
  /** What servers log, and which resources they say have changed. */
  readonly reports: ServerReports;
  /** Sign-ins, where the ports have them. */
  readonly auth: SignIns | undefined;
  /** Looks at the connection to a server, step by step; starts nothing that was not agreed to. Rejects `not-found` and `cancelled`. */
  examine(serverId: string, options: DoctorOptions, signal: AbortSignal): Promise<DoctorFacts>;
  /** This window, as job records name it. */
  readonly owner: string;
  readonly activity: ActivityRows;
  /** Servers that were installed through us. */
  readonly installs: InstallRows;
  /** The last look at who each server is. */
  readonly identities: IdentityRows;
  /** Agents with a token for the gateway. */
  readonly callers: CallerRows;
  /** Which window serves them, and where. */
  readonly gatewayPlace: GatewayPlace;
  readonly validator: SchemaValidator;
  readonly clock: Clock;
  readonly sha256: (text: string) => string;
  /** Stops every server and closes the database; resolves when no process is left. */
  dispose(): Promise<void>;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The time of this machine; timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return toDisposable(() => clearTimeout(timer));
  },
};

/** Builds the host over one state folder; reads the database, starts nothing. */
export function createHost(ports: HostPorts): Host {
  const clock = systemClock;
  const { logger, stateDir } = ports;
  const db = Database.open(join(stateDir, 'switchboard.db'), (bad, reason) => ports.onSetAside(bad, reason));
  const transaction = <T>(fn: () => T): T => db.transaction(fn);
  const owner = randomUUID();
  const rows = createJobRows(db, join(stateDir, 'results'), logger);
  const activity = createActivityRows(db, sha256);
  const requests = new Requests();
  const callerAsks = new CallerAsks();
  const reports = new ServerReports();
  const validator = createSchemaValidator();
  const wire = new LazyWire(async () => {
    const { openWire } = await import('./wire.ts');
    return openWire(stateDir, ports.auth, { clock, logger, sha256, version: ports.version });
  });
  const asks = answerAsks({
    requests,
    clock,
    newId: randomUUID,
    serverName: (serverId) => connections.get(serverId)?.definition.name ?? serverId,
    jobOf: (serverId, origin) => jobs.originOf(serverId, origin.callId, origin.taskId),
    onWaiting: (jobId, isWaiting) => jobs.setNeedsInput(jobId, isWaiting),
    onAnswered: (jobId, origin, answer) => jobs.markAnswered(jobId, origin, answer),
    givenAnswer: (jobId, origin) => jobs.givenAnswer(jobId, origin),
    overOf: (jobId) => jobs.overOf(jobId),
    toCaller: (...asked) => callerAsks.offer(...asked),
    refuseSampling: (serverId, params) => ports.refuseSampling?.(serverId, params),
  });
  const connections: Connections = createConnections({
    ...ports,
    connector: wire.connector,
    clock,
    random: Math.random,
    ask: asks,
    serverLog: (serverId) => {
      const log = ports.serverLog(serverId);
      return {
        ...log,
        log: (level, text, isQuiet) => {
          if (isQuiet !== true) log.log(level, text);
          reports.tell({ kind: 'log', serverId, level, text });
        },
      };
    },
    resourceUpdated: (serverId, uri) => reports.tell({ kind: 'resource-updated', serverId, uri }),
    taskChanged: (serverId, task) => jobs.taskChanged(serverId, task),
    resumeOf: (serverId, launchHash) => jobs.resumeOf(serverId, launchHash),
  });
  const leases = createLeases(db, owner, process.pid, () => clock.now());
  const jobs = new JobRunner({
    rows,
    transaction,
    leases,
    clock,
    random: Math.random,
    logger,
    // Polling goes on by itself: it asks nobody and starts nothing that the user stopped.
    connections: {
      get: (id) => connections.get(id),
      need: (id, signal) => connections.needQuietly(id, signal),
    },
    checkResult: (job, result) => {
      const tool = connections.get(job.serverId)?.offer?.tools.items.find((item) => item.name === job.tool);
      if (!tool?.outputSchema || result.isError) return [];
      if (result.structuredContent === undefined)
        return ['the tool declares an output schema but sent no structured content'];
      return validator
        .validate(tool.outputSchema, result.structuredContent)
        .map(({ path, message }) => `${path || '/'}: ${message}`);
    },
    onEnd: (job) => {
      activity.append(clock.now(), {
        kind: 'call-ended',
        jobId: job.id,
        status: job.status.kind,
        ms: clock.now() - job.createdAt,
        serverId: job.serverId,
        serverName: job.serverName,
        tool: job.tool,
        caller: job.caller,
        ...('code' in job.status ? { code: job.status.code } : {}),
      });
    },
  });
  const life = new AbortController();
  const looks = new Set<Promise<unknown>>();
  const ready = new Set<string>();
  const watch = connections.servers.subscribe((servers) => {
    for (const { definition, state } of servers) {
      if (state.kind !== 'ready') ready.delete(definition.id);
      else if (!ready.has(definition.id)) {
        ready.add(definition.id);
        jobs.serverReady(definition.id);
      }
    }
  });
  const definitions = new Definitions({
    connections,
    rows: createPinRows(db, logger, sha256),
    activity,
    transaction,
    clock,
    sha256,
    logger,
    accountOf: ({ launch }) => {
      const signedIn = launch.kind === 'http' && wire.signedIn(launch.url);
      return signedIn ? sha256(`${signedIn.issuer}\n${signedIn.account ?? ''}`) : '';
    },
  });
  const reviews = askForReviews({ definitions, requests, clock });
  const calls = new OneDoor({
    connections,
    requests,
    runner: jobs,
    jobRows: rows,
    activity,
    decisions: createDecisionRows(db, logger),
    definitions,
    ...(ports.policy ? { policy: ports.policy } : {}),
    transaction,
    clock,
    sha256,
    newId: randomUUID,
    owner,
    requestTimeoutMs: () => ports.settings.get().requestTimeoutMs,
  });
  return {
    connections,
    requests,
    jobs,
    calls,
    definitions,
    callerAsks,
    reports,
    auth: ports.auth && wire.signIns,
    examine: async (serverId, options, signal) => {
      const [{ examine }, opened] = await Promise.all([import('./doctor.ts'), wire.open()]);
      const deps = { ...ports, connections, wire: opened, clock };
      const look = examine(deps, serverId, options, AbortSignal.any([signal, life.signal]));
      looks.add(look);
      return look.finally(() => looks.delete(look));
    },
    owner,
    activity,
    installs: createInstallRows(db, logger),
    identities: createIdentityRows(db, logger),
    callers: createCallerRows(db, activity, clock, logger),
    gatewayPlace: createGatewayPlace(db, leases),
    validator,
    clock,
    sha256,
    dispose: async () => {
      life.abort(new AppError('cancelled', 'the host is closed'));
      await Promise.allSettled(looks);
      watch.dispose();
      reviews.dispose();
      definitions.dispose();
      jobs.dispose();
      await connections.dispose();
      await wire.close();
      db.close();
    },
  };
}
