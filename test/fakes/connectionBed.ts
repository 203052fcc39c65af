import { createConnections, type OwnerDeps } from '../../src/core/connectionOwner.ts';
import type { ServerSnapshot, ServerState } from '../../src/core/connections.ts';
import type { Configuration, Launch, ServerDefinition, Source, SourceKind } from '../../src/core/server.ts';
import type { Prompting, Resolution } from '../../src/core/serverStart.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { Store } from '../../src/core/util/store.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeConnector } from './fakeConnector.ts';
import { RecordingLogger } from './fakeLogger.ts';
import { FakeMemory } from './fakeMemory.ts';

/** A signal that never aborts. */
export const never = new AbortController().signal;

export const source = (kind: SourceKind = 'user', id: string = kind): Source => ({
  id,
  kind,
  file: `/${id}/mcp.json`,
  folder: undefined,
});

/** A server as configured; its id is `user/<name>`. */
export function defined(name: string, facts: Partial<ServerDefinition> = {}): ServerDefinition {
  const from = facts.source ?? source();
  return {
    id: `${from.id}/${name}`,
    name,
    source: from,
    line: 1,
    launch: { kind: 'stdio', command: name, args: [], env: {}, envFile: undefined, cwd: undefined },
    inputs: [],
    launchHash: `hash of ${name}`,
    ...facts,
  };
}

export const httpLaunch = (url = 'https://mcp.example/'): Launch => ({
  kind: 'http',
  transport: 'auto',
  url,
  headers: {},
});

export function configuration(
  servers: readonly ServerDefinition[],
  facts: Partial<Configuration> = {},
): Configuration {
  const sources = new Map(servers.map((server) => [server.source.id, server.source]));
  return { servers, problems: [], sources: [source(), ...sources.values()], ...facts };
}

/** What the human was asked, and what they would say. */
export class FakeHuman {
  readonly asked: string[] = [];
  /** Servers that were agreed to before. */
  readonly consents = new Set<string>();
  /** Servers whose inputs are kept. */
  readonly inputs = new Set<string>();
  consent: (signal: AbortSignal) => Promise<boolean> = () => Promise.resolve(true);
  resolution: (definition: ServerDefinition) => Promise<Resolution> = (definition) =>
    Promise.resolve(resolved(definition));
}

export function resolved({ launch }: ServerDefinition): Resolution {
  if (launch.kind === 'http') return { launch, secretValues: ['sesame'] };
  const { kind, command, args, env, cwd } = launch;
  return { launch: { kind, command, args, env, cwd }, secretValues: ['sesame'] };
}

/** The owner of connections over a scripted connector, a scripted human and a clock that stands still. */
export function connectionBed(
  servers: readonly ServerDefinition[] = [defined('a')],
  facts: Partial<OwnerDeps> = {},
) {
  const connector = new FakeConnector();
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const human = new FakeHuman();
  const config = new Store(configuration(servers));
  const trust = new Store(true);
  const memory = new FakeMemory();
  const settings = new Store({
    connectTimeoutMs: 30_000,
    maxConcurrentStarts: 6,
    eraOf: (): 'auto' | 'legacy' | 'modern' => 'auto',
  });
  const log: string[] = [];
  const deps: OwnerDeps = {
    configuration: config,
    connector,
    clock,
    random: () => 0,
    logger,
    memory,
    settings,
    features: new Store({ elicitation: true, sampling: false, roots: true, tasks: true }),
    isWorkspaceTrusted: trust,
    consent: async (definition, signal, prompting: Prompting) => {
      if (human.consents.has(definition.launchHash)) return true;
      if (prompting === 'never') return false;
      human.asked.push(`consent ${definition.launchHash}`);
      const isGiven = await human.consent(signal);
      if (isGiven) human.consents.add(definition.launchHash);
      return isGiven;
    },
    resolve: async (definition, _signal, prompting) => {
      if (!human.inputs.has(definition.id)) {
        if (prompting === 'never') throw new AppError('cancelled', 'the input is not known');
        human.asked.push(`inputs ${definition.id}`);
      }
      const resolution = await human.resolution(definition);
      human.inputs.add(definition.id);
      return resolution;
    },
    access: () => ({ kind: 'allowed' }),
    ask: () => Promise.resolve({ kind: 'cancel' }),
    roots: () => [{ uri: 'file:///w', name: 'w' }],
    serverLog: (id) => ({
      log: (level, text, isQuiet) => log.push(`${id} ${level}: ${text}${isQuiet === true ? ' (quiet)' : ''}`),
      stderr: (text) => log.push(`${id} stderr: ${text}`),
    }),
    taskChanged: () => {},
    resumeOf: () => undefined,
    ...facts,
  };
  const connections = createConnections(deps);
  const snapshot = (id = 'user/a'): ServerSnapshot => {
    const found = connections.get(id);
    if (!found) throw new Error(`${id} is not there`);
    return found;
  };
  return {
    connections,
    connector,
    clock,
    logger,
    human,
    config,
    trust,
    memory: deps.memory,
    settings,
    log,
    snapshot,
    state: (id?: string): ServerState => snapshot(id).state,
    tools: (id?: string) => snapshot(id).offer?.tools.items.map((tool) => tool.name),
  };
}
