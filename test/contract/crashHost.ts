import { openHost } from '../../scripts/host/headless.ts';
import { die, watchWrites, type CrashPlan } from './crashPoints.ts';

// The host that is killed: one call of `run_backtest` through the one door.
const plan = JSON.parse(process.argv[2] ?? '') as CrashPlan;
const { point } = plan;
let isAnswered = false;
let sinceAnswer = 0;

watchWrites({
  beforeUpdate: ({ task }) => {
    if (point === 'sent' && task) die();
    if (point === 'acknowledged' && isAnswered && ++sinceAnswer === 3) die(); // answered, running again, and the server's word
  },
  afterUpdate: ({ task, status }) => {
    if (point === 'working' && task) die();
    if (point === 'waiting' && status.kind === 'needs-input') die();
    if (point === 'answered' && isAnswered) die();
    if (point === 'cancelling' && status.kind === 'cancel-requested') die();
  },
  beforeResult: () => {
    if (point === 'completed') die();
  },
  beforeInsert: () => {
    if (point === 'logged') die();
  },
});

const { host, configuration, signal } = await openHost({
  config: plan.config,
  state: plan.state,
  features: { elicitation: true, sampling: false, roots: true, tasks: point !== 'in flight' },
  onRequest: ({ requests, jobs }, request) => {
    if (request.kind === 'approval') {
      requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: request.arguments });
    } else if (point === 'cancelling') {
      if (request.jobId !== undefined) jobs.cancel(request.jobId);
    } else {
      isAnswered = true;
      requests.answer(request.id, { kind: 'accept', content: { decision: 'continue' } });
    }
  },
});
await host.calls.call(
  {
    serverId: configuration.servers[0]?.id ?? '',
    tool: 'run_backtest',
    arguments: plan.arguments,
    caller: { kind: 'command-line', name: 'crash' },
    mode: point === 'in flight' ? 'plain' : 'task',
    onJob: () => {
      if (point === 'recorded') die();
    },
    onProgress: () => {
      if (point === 'in flight') die();
    },
  },
  signal,
);
process.exit(3); // it should not have come so far
