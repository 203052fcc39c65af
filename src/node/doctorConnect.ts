import type { Connection, ConnectionHooks, ConnectionInfo, Connector, Frame } from '../core/connection.ts';
import type { ConnectOptions } from '../core/connection.ts';
import type { ConnectFacts, Exchange, ListFacts } from '../core/doctorFacts.ts';
import { isJsonObject } from '../core/json.ts';
import type { Clock } from '../core/ports.ts';
import { throwIfAborted } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import { exitOf, failureOf } from './doctorFailure.ts';
import { watchedFetch } from './doctorNetwork.ts';

const keptLines = 60;
const handshakeMethods: ReadonlySet<string> = new Set(['initialize', 'server/discover']);

/** What a trial connect is made with. */
export interface TrialDeps {
  readonly clock: Clock;
  readonly roots: () => readonly { readonly uri: string; readonly name: string }[];
  connectorWith(fetch: ReturnType<typeof watchedFetch>['fetch']): Connector;
}

/** Connects once, for the look; whoever gets the connection closes it. Rejects `cancelled` only. */
export async function tryConnect(
  deps: TrialDeps,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<{ readonly facts: ConnectFacts; readonly connection: Connection | undefined }> {
  const { clock, roots } = deps;
  const watched = watchedFetch(clock, (input, init) => fetch(input, init));
  const frames: Frame[] = [];
  let stderr: readonly string[] = [];
  const hooks: ConnectionHooks = {
    // Nobody is there to answer: this connection only looks.
    ask: () => Promise.resolve({ kind: 'cancel' }),
    log: () => {},
    stderr: (text) => {
      stderr = [...stderr, ...text.split('\n').filter((line) => line.trim() !== '')].slice(-keptLines);
    },
    frame: (frame) => void (frames.length < 200 && frames.push(frame)),
    listChanged: () => {},
    resourceUpdated: () => {},
    taskChanged: () => {},
    roots,
    closed: () => {},
  };
  const began = clock.now();
  const seen = () => {
    const isLocal = options.launch.kind === 'stdio';
    const first = frames.find(({ direction }) => direction === 'sent');
    const answered = watched.exchanges.find(({ status }) => status !== undefined);
    const now = clock.now();
    const from = isLocal ? (first?.at ?? now) : began;
    return {
      startMs: isLocal ? from - began : (answered?.ms ?? now - began),
      handshakeMs: first || answered ? now - from : undefined,
      exchanges: handshakeOf(frames),
      http: [...watched.exchanges],
      stderr,
      noise: frames.find(({ kind }) => kind === 'invalid')?.text,
      patience: Math.round(options.connectTimeoutMs / 1000),
    };
  };
  const connector = deps.connectorWith(watched.fetch);
  try {
    const connection = await connector.connect(options, hooks, signal);
    const facts = { ...seen(), failure: undefined, info: infoOf(connection.info), exit: undefined };
    return { connection, facts };
  } catch (error) {
    throwIfAborted(signal);
    const exit = exitOf(error);
    return {
      connection: undefined,
      facts: {
        ...seen(),
        failure: failureOf(error),
        info: undefined,
        exit: exit && { code: exit.exitCode, signal: exit.signal },
      },
    };
  }
}

/** The connect of a connection that is live already, from what is remembered of it. */
export function liveConnect(info: ConnectionInfo, frames: readonly Frame[], patience: number): ConnectFacts {
  const exchanges = handshakeOf(frames);
  return {
    startMs: undefined,
    handshakeMs: exchanges.findLast(({ rpcCode }) => rpcCode === undefined)?.ms,
    failure: undefined,
    exchanges,
    http: [],
    info: infoOf(info),
    exit: undefined,
    stderr: [],
    noise: undefined,
    patience,
  };
}

/** Reads every list that a server says it has, all at once; each fails by itself. */
export async function readLists(
  connection: Connection,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly ListFacts[]> {
  const { capabilities } = connection.info;
  const read = async (
    list: ListFacts['list'],
    capability: string,
    work: () => Promise<{ readonly items: readonly unknown[]; readonly problems: readonly string[] }>,
  ): Promise<ListFacts> => {
    const nothing = { list, ms: 0, isDeclared: false, count: 0, problems: [], failure: undefined };
    if (capabilities[capability] == null) return nothing;
    const began = clock.now();
    try {
      const { items, problems } = await work();
      return {
        ...nothing,
        isDeclared: true,
        ms: clock.now() - began,
        count: items.length,
        problems: problems.map((problem) => oneLine(problem, 300)),
      };
    } catch (error) {
      throwIfAborted(signal);
      return { ...nothing, isDeclared: true, ms: clock.now() - began, failure: failureOf(error) };
    }
  };
  return Promise.all([
    read('tools', 'tools', () => connection.tools(signal, true)),
    read('resources', 'resources', () => connection.resources(signal, true)),
    read('resourceTemplates', 'resources', () => connection.resourceTemplates(signal, true)),
    read('prompts', 'prompts', () => connection.prompts(signal, true)),
  ]);
}

function infoOf(info: ConnectionInfo): ConnectFacts['info'] {
  return {
    era: info.era,
    protocolVersion: info.protocolVersion,
    transport: info.transport,
    serverName: info.serverInfo && oneLine(info.serverInfo.name, 100),
    serverVersion: info.serverInfo && oneLine(info.serverInfo.version, 60),
    pid: info.pid,
  };
}

/** The requests of the handshake with their answers; ids begin anew with each attempt. */
function handshakeOf(frames: readonly Frame[]): readonly Exchange[] {
  const all: { at: number; exchange: Exchange }[] = [];
  const open = new Map<string, number>();
  for (const { direction, kind, id, method, at, text } of frames) {
    if (direction === 'sent' && kind === 'request' && method !== undefined) {
      open.set(String(id), all.length);
      const exchange = {
        method,
        ms: undefined,
        rpcCode: undefined,
        message: undefined,
        version: undefined,
      };
      all.push({ at, exchange });
    } else if (direction === 'received' && kind === 'response') {
      const index = open.get(String(id));
      const asked = index === undefined ? undefined : all[index];
      if (!asked || asked.exchange.ms !== undefined) continue;
      asked.exchange = { ...asked.exchange, ms: at - asked.at, ...answerOf(text) };
    }
  }
  return all.map(({ exchange }) => exchange).filter(({ method }) => handshakeMethods.has(method));
}

function answerOf(text: string): Pick<Exchange, 'rpcCode' | 'message' | 'version'> {
  const nothing = { rpcCode: undefined, message: undefined, version: undefined };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return nothing; // too long to be kept whole
  }
  if (!isJsonObject(answer)) return nothing;
  const { error, result } = answer;
  if (isJsonObject(error)) {
    const { code, message, data } = error;
    const supported = isJsonObject(data) ? data['supported'] : undefined;
    const only = Array.isArray(supported) && supported.length > 0 ? supported.join(', ') : undefined;
    return {
      rpcCode: typeof code === 'number' ? code : 0,
      message: typeof message === 'string' ? oneLine(message, 200) : undefined,
      version: only === undefined ? undefined : oneLine(only, 100),
    };
  }
  const version = isJsonObject(result) ? result['protocolVersion'] : undefined;
  return { ...nothing, version: typeof version === 'string' ? oneLine(version, 40) : undefined };
}
