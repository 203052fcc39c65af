// `npm run soak [-- MINUTES]`: 50 servers that crash, hang, flood and change their lists, 5 callers, 20 tasks at a time, through the
// headless host. Prints a line a minute and the account at the end; exit status 1 when memory grows, something is left over, a
// rejection nobody handled was seen, or a job is not accounted for.
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { scratchConfig } from '../../bench/support.ts';
import { openHost, type HeadlessHost } from '../../scripts/host/headless.ts';
import type { ServerReview } from '../../src/core/definitionReview.ts';
import { isSettledElsewhere, type PromptRequest } from '../../src/core/requests.ts';
import { verifyActivity } from '../../src/core/activityVerify.ts';
import type { CallOutcome } from '../../src/core/toolCalls.ts';
import { isAppError, toAppError } from '../../src/core/util/errors.ts';
import { sha256, type Host } from '../../src/node/host.ts';
import { seededRandom } from '../fakes/seededRandom.ts';
import { problemsOf, type Account, type Sample } from './soakAccount.ts';

const serverCount = 50;
const callerCount = 5;
const taskCount = 20;
const drainMs = 90_000;
const minutes = Number(process.argv[2] ?? '30');
if (!Number.isFinite(minutes) || minutes < 2) {
  process.stderr.write('soak: the argument is a number of minutes, at least 2\n');
  process.exit(2);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const random = seededRandom(20_251_125);
const rejections: string[] = [];
process.on('unhandledRejection', (reason) => rejections.push(String(reason)));

const script = fileURLToPath(new URL('moodyServer.ts', import.meta.url));
const servers = Object.fromEntries(
  Array.from({ length: serverCount }, (_, i) => [
    `moody-${i}`,
    {
      type: 'stdio',
      command: process.execPath,
      args: [script, String(i), i % 2 === 0 ? 'legacy' : 'modern'],
    },
  ]),
);
const bed = await scratchConfig({ servers });
const outcomes: Record<string, number> = {};
const count = (kind: string): void => void (outcomes[kind] = (outcomes[kind] ?? 0) + 1);
const open = await openHost({
  ...bed,
  remember: true,
  timeout: '5',
  onRequest: approve,
  logger: {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (text) => process.stderr.write(`${text}\n`),
  },
});
const { host } = open;
const handlesBefore = handles();
const stop = new AbortController();
const started = performance.now();
const sent = new Set<string>();
/** Calls without an answer yet, with the job once there is one. */
const inFlight = new Map<string, string | undefined>();

host.definitions.reviews.subscribe((reviews) => setImmediate(() => acceptChanges(reviews)));
await startAll(open);
const callers = Array.from({ length: callerCount }, (_, i) => runCaller(`caller-${i}`));
const tasks = Array.from({ length: taskCount }, () => runTasks());
const samples: Sample[] = [];
for (let minute = 1; minute <= minutes; minute++) {
  await Promise.race([pause(60_000), signalled()]);
  if (open.signal.aborted) break;
  samples.push(sample());
  const { rssMb, heapMb, ready, calls } = samples.at(-1) as Sample;
  process.stdout.write(
    `${String(minute).padStart(3)} min  rss ${rssMb.toFixed(0)} MB  heap ${heapMb.toFixed(1)} MB  ready ${ready}/${serverCount}  calls ${calls}\n`,
  );
}
stop.abort();
const waiting = await unsettled(Promise.all([...callers, ...tasks]));
const account: Account = {
  samples,
  outcomes,
  rejections,
  waiting,
  jobs: jobsByStatus(host),
  lostJobs: [...sent].filter((id) => host.jobs.get(id) === undefined),
  chain: (await verifyActivity(host.activity, { sha256, pause: () => pause(0) }, open.signal)).problems,
  processes: 0,
  handles: 0,
};
await open.close();
await bed.remove();
await pause(200);
const end: Account = { ...account, processes: children(), handles: Math.max(0, handles() - handlesBefore) };
process.stdout.write(`${JSON.stringify(end, undefined, 2)}\n`);
const problems = problemsOf(end);
for (const problem of problems) process.stdout.write(`✖ ${problem}\n`);
if (problems.length === 0) process.stdout.write(`✔ ${minutes} min, ${sent.size} jobs, all accounted for\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function approve(at: Host, request: PromptRequest): void {
  if (request.kind === 'approval')
    at.requests.decide(request.id, { kind: 'allow', scope: 'session', arguments: request.arguments });
  else if (!isSettledElsewhere(request.kind)) at.requests.answer(request.id, { kind: 'decline' });
}

/** The user of this run accepts every changed list. */
function acceptChanges(reviews: ReadonlyMap<string, ServerReview>): void {
  for (const [serverId, { items }] of reviews) {
    const pending = items.flatMap(({ kind, name, hash }) =>
      hash === undefined ? [] : [{ kind, name, hash }],
    );
    try {
      host.definitions.accept(serverId, pending);
      count('lists accepted');
    } catch (error) {
      // It changed again: the next review has what it is now.
      if (!isAppError(error, 'conflict')) throw error;
    }
  }
}

async function startAll({ host: { connections }, signal }: HeadlessHost): Promise<void> {
  await Promise.allSettled(
    connections.servers.get().map(({ definition }) => connections.start(definition.id, signal)),
  );
}

/** What still runs when the last task should have ended long ago; empty when every caller got an answer. */
async function unsettled(all: Promise<unknown>): Promise<readonly string[]> {
  const isDone = await Promise.race([all.then(() => true), pause(drainMs, false)]);
  if (isDone) return [];
  const stateOf = (id: string) => host.connections.get(id)?.state.kind ?? 'gone';
  return [...inFlight].map(([what, job]) => {
    const status = job === undefined ? 'not recorded' : host.jobs.get(job)?.status.kind;
    return `${what}: job ${status}, server ${stateOf(what.split(' ')[0] ?? '')}`;
  });
}

/** Calls one random server after the other, gives up on some calls, and starts what has failed for good. */
async function runCaller(name: string): Promise<void> {
  while (!stop.signal.aborted) {
    const snapshot = random.pick(host.connections.servers.get());
    const { id } = snapshot.definition;
    if (snapshot.state.kind === 'failed' || snapshot.state.kind === 'stopped')
      await host.connections.start(id, open.signal).catch(() => count('start refused'));
    const abort = new AbortController();
    if (random.next() < 0.05) queueMicrotask(() => abort.abort());
    await call(id, 'echo', name, 'auto', abort.signal);
    await pause(random.below(40));
  }
}

async function runTasks(): Promise<void> {
  while (!stop.signal.aborted) {
    const { id } = random.pick(host.connections.servers.get()).definition;
    const abort = new AbortController();
    // One task in five is cancelled on its way.
    const timer = random.next() < 0.2 ? setTimeout(() => abort.abort(), random.below(8_000)) : undefined;
    await call(id, 'work', 'tasks', 'auto', abort.signal);
    clearTimeout(timer);
    await pause(100);
  }
}

async function call(
  serverId: string,
  tool: string,
  caller: string,
  mode: 'auto',
  signal: AbortSignal,
): Promise<void> {
  const what = `${serverId} ${tool} of ${caller} at ${performance.now().toFixed(3)}`;
  inFlight.set(what, undefined);
  try {
    const outcome: CallOutcome = await host.calls.call(
      {
        ...{ serverId, tool, mode },
        arguments: { text: caller },
        caller: { kind: 'gateway', name: caller },
        onJob: ({ id }) => {
          sent.add(id);
          inFlight.set(what, id);
        },
      },
      signal,
    );
    count(outcome.kind);
  } catch (error) {
    // Not sent: the server was down or had dropped the tool.
    count(`not sent: ${toAppError(error).code}`);
    if (!isAppError(error)) rejections.push(`a call rejected with ${String(error)}`);
  } finally {
    inFlight.delete(what);
  }
}

function sample(): Sample {
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    minute: (performance.now() - started) / 60_000,
    rssMb: rss / 2 ** 20,
    heapMb: heapUsed / 2 ** 20,
    ready: host.connections.servers.get().filter(({ state }) => state.kind === 'ready').length,
    calls: sent.size,
  };
}

function jobsByStatus(at: Host): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const id of sent) {
    const kind = at.jobs.get(id)?.status.kind ?? 'unknown';
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

function children(): number {
  const list = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.includes('moodyServer.ts')).length;
}

/** Sockets, pipes, timers and processes that keep a process alive. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').length;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => open.signal.addEventListener('abort', () => resolve(), { once: true }));
}
