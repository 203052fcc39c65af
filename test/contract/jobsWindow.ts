import { createInterface } from 'node:readline';
import { openHost } from '../../scripts/host/headless.ts';
import type { PromptRequest } from '../../src/core/requests.ts';

// A window in a process of its own: it starts a task, says when it is asked, and answers when a line on stdin tells it to.
// The line holds a time; what it sent about tasks since then is reported at the end.
const [config = '', state = ''] = process.argv.slice(2);
let question: PromptRequest | undefined;
let since = Infinity;

const open = await openHost({
  config,
  state,
  onRequest: ({ requests }, request) => {
    if (request.kind === 'approval')
      requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: request.arguments });
    else {
      question = request;
      process.stdout.write('asked\n');
    }
  },
});
const { host, configuration, signal } = open;
createInterface({ input: process.stdin }).on('line', (line) => {
  since = Number(line);
  if (question) host.requests.answer(question.id, { kind: 'accept', content: { decision: 'continue' } });
});
const serverId = configuration.servers[0]?.id ?? '';
const outcome = await host.calls.call(
  {
    serverId,
    tool: 'run_backtest',
    arguments: { symbol: 'NOVA', reviewAfter: 1 },
    caller: { kind: 'command-line', name: 'window' },
    mode: 'task',
  },
  signal,
);
const sent = host.connections
  .frames(serverId)
  .filter(({ direction, method, at }) => direction === 'sent' && method?.startsWith('tasks/') && at >= since);
const message = outcome.kind === 'failed' ? outcome.message : undefined;
const methods = sent.map(({ method }) => method);
process.stdout.write(`${JSON.stringify({ kind: outcome.kind, message, sent: methods })}\n`);
await open.close();
process.exit(0);
