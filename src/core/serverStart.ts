import type { AccessVerdict } from './accessPolicy.ts';
import type {
  Ask,
  AskAnswer,
  AskOrigin,
  ClientFeatures,
  Connection,
  Connector,
  Frame,
  LogLevel,
  ResumeState,
  TaskSnapshot,
} from './connection.ts';
import { ConnectionLink, type LinkDeps } from './connectionLink.ts';
import type { FrameBudget } from './frameBudget.ts';
import { isLogged } from './logLevel.ts';
import type { Clock, Logger } from './ports.ts';
import { isWorkspaceSource, type ResolvedLaunch, type ServerDefinition } from './server.ts';
import type { ServerMemory } from './serverMemory.ts';
import type { StartSlots } from './startSlots.ts';
import { AppError, isAppError } from './util/errors.ts';
import { abortable } from './util/sharedWork.ts';
import type { Readable } from './util/store.ts';

/** Whether the human may be asked: `never` for whatever happens by itself. */
export type Prompting = 'may-ask' | 'never';

/** A launch whose variables are replaced. */
export interface Resolution {
  readonly launch: ResolvedLaunch;
  readonly secretValues: readonly string[];
  /** What the user may want to know, without values. */
  readonly notes?: readonly string[];
}

/** Where a server's own words go. */
export interface ServerLogPort {
  /** `isQuiet`: below the level that the user chose; somebody else may have asked for it. */
  log(level: LogLevel, text: string, isQuiet?: boolean): void;
  stderr(text: string): void;
  frame?(frame: Frame): void;
}

/** Settings of connections, read at the time of use. */
export interface ConnectionSettings {
  /** False: messages are not recorded for the traffic view. */
  readonly captureTraffic?: boolean;
  readonly connectTimeoutMs: number;
  readonly maxConcurrentStarts: number;
  eraOf(serverId: string): 'auto' | 'legacy' | 'modern';
}

/** The outside world as all servers see it; it holds no state of any of them. */
export interface RunPorts {
  readonly connector: Connector;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly settings: Readable<ConnectionSettings>;
  readonly features: Readable<ClientFeatures>;
  /** Where it is given, servers of the workspace are blocked until it is true, and their state follows at once. */
  readonly isWorkspaceTrusted?: Readable<boolean>;
  /** Replaces variables; rejects `cancelled` when the human does not answer, or would have to be asked and must not. */
  resolve(definition: ServerDefinition, signal: AbortSignal, prompting: Prompting): Promise<Resolution>;
  /** True once the user has seen and accepted this launch; without a question when it must not be asked. */
  consent(definition: ServerDefinition, signal: AbortSignal, prompting: Prompting): Promise<boolean>;
  /** Enterprise settings and Workspace Trust; judged before the launch is resolved and, for the final word, after. */
  access(definition: ServerDefinition, resolved?: ResolvedLaunch): AccessVerdict;
  ask(serverId: string, ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<AskAnswer>;
  /** What a server is told of where the user works. */
  roots(serverId: string): readonly { readonly uri: string; readonly name: string }[];
  serverLog(serverId: string): ServerLogPort;
  taskChanged(serverId: string, task: TaskSnapshot): void;
  resourceUpdated?(serverId: string, uri: string): void;
  /** What the running tasks of a server that was started like this need to be found again. */
  resumeOf(serverId: string, launchHash: string): ResumeState | undefined;
}

/** What decides whether a server may be started, and with what. */
export type StartPorts = Pick<RunPorts, 'access' | 'isWorkspaceTrusted' | 'consent' | 'resolve'>;

/** What every run gets beside the outside world. */
export interface RunDeps extends RunPorts {
  readonly slots: StartSlots;
  readonly frameBudget: FrameBudget;
  readonly remembered: ServerMemory;
}

/** What a connection is, or was last, started with; holds secrets. */
export interface Launched extends Resolution {
  readonly definition: ServerDefinition;
}

/** Why a server may not run now: `blocked` by enterprise settings, `needs-trust` for one that came with an untrusted workspace. */
export function obstacle(
  ports: StartPorts,
  definition: ServerDefinition,
  resolved?: ResolvedLaunch,
): AppError | undefined {
  const access = ports.access(definition, resolved);
  if (access.kind === 'blocked') return new AppError('blocked', access.reason);
  if (isWorkspaceSource(definition.source) && ports.isWorkspaceTrusted?.get() === false) {
    return new AppError('needs-trust', 'this server came with the workspace, which is not trusted', {
      nextStep: 'Trust the workspace, then start the server.',
    });
  }
  return undefined;
}

/** Thrown when a start that must not ask the human would have to. */
export class NeedsHuman extends AppError {
  constructor(name: string) {
    super('not-connected', `${name} asks something before it starts`, {
      nextStep: 'Start the server by hand.',
    });
  }
}

/** Everything before the process or request: obstacles, consent, variables. Rejects `cancelled` when the human declines. */
export async function prepare(
  ports: StartPorts,
  definition: ServerDefinition,
  prompting: Prompting,
  signal: AbortSignal,
): Promise<Launched> {
  const before = obstacle(ports, definition);
  if (before) throw before;
  const isAccepted = await abortable(ports.consent(definition, signal, prompting), signal);
  if (!isAccepted) throw declined(definition, prompting);
  const resolution = await abortable(ports.resolve(definition, signal, prompting), signal).catch(
    (error: unknown) => {
      throw isAppError(error, 'cancelled') && prompting === 'never' && !signal.aborted
        ? new NeedsHuman(definition.name)
        : error;
    },
  );
  const after = obstacle(ports, definition, resolution.launch);
  if (after) throw after;
  return { definition, ...resolution };
}

function declined(definition: ServerDefinition, prompting: Prompting): AppError {
  return prompting === 'never'
    ? new NeedsHuman(definition.name)
    : new AppError('cancelled', `${definition.name} was not started: its launch was not accepted`);
}

/** A link for a connect to come, its reports wired to the outside. */
export function makeLink(
  deps: RunDeps,
  serverId: string,
  log: ServerLogPort,
  own: Pick<LinkDeps, 'frames' | 'wantsFrames' | 'onOffer' | 'onEnd'>,
): ConnectionLink {
  return new ConnectionLink({
    clock: deps.clock,
    logger: deps.logger,
    toolsTimeoutMs: deps.settings.get().connectTimeoutMs,
    ask: (ask, origin, signal) => deps.ask(serverId, ask, origin, signal),
    log: (level, text, isOurs) => {
      const isWanted = isOurs === true || isLogged(level, deps.remembered.logLevel(serverId));
      log.log(level, text, !isWanted);
    },
    stderr: (text) => log.stderr(text),
    frame: (frame) => log.frame?.(frame),
    taskChanged: (task) => deps.taskChanged(serverId, task),
    resourceUpdated: (uri) => deps.resourceUpdated?.(serverId, uri),
    roots: () => deps.roots(serverId),
    ...own,
  });
}

/** Connects in turn with other starts and lists what the server offers; nothing is left running after a rejection. */
export async function openLink(
  deps: RunDeps,
  link: ConnectionLink,
  { definition, launch, secretValues }: Launched,
  resume: ResumeState | undefined,
  isUrgent: () => boolean,
  signal: AbortSignal,
): Promise<ConnectionLink> {
  const { connector, slots, settings, features, remembered } = deps;
  const slot = await slots.take(signal, isUrgent);
  const current = settings.get();
  const verdict = remembered.verdict(definition.id, definition.launchHash);
  try {
    const options = {
      launch,
      secretValues,
      eraSetting: current.eraOf(definition.id),
      verdict,
      connectTimeoutMs: current.connectTimeoutMs,
      features: features.get(),
      resume,
    };
    const connection = await connector.connect(options, link.hooks, signal);
    slot.dispose(); // listing costs the server, not this machine
    const level = remembered.logLevel(definition.id);
    if (level !== undefined) askForLogs(deps, definition, connection, level);
    await link.open(connection, signal);
    remembered.setVerdict(definition.id, definition.launchHash, connection.verdict);
    return link;
  } catch (error) {
    if (verdict && !signal.aborted) remembered.forgetVerdict(definition.id); // it may be the reason
    await link.close();
    throw error;
  } finally {
    slot.dispose();
  }
}

/** A server that refuses its level is connected all the same. */
function askForLogs(
  { logger }: RunDeps,
  { name }: ServerDefinition,
  connection: Connection,
  level: LogLevel,
): void {
  connection.setLogLevel(level, new AbortController().signal).catch((error: unknown) => {
    logger.warn(`${name} does not take the log level ${level}`, error);
  });
}
