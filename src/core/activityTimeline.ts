import type { StoredLine } from './activity.ts';
import { bodyOf, numberOf, textOf } from './activityRead.ts';
import type { Job } from './jobs.ts';
import { oneLine } from './util/text.ts';

/** One step on the way of a call. */
export interface CallStep {
  readonly at: number;
  readonly step: 'asked' | 'decided' | 'sent' | 'said' | 'waited' | 'cancelling' | 'progress' | 'ended';
  /** What belongs to it: the rule, the server's words, the status. Visible text. */
  readonly text: string | undefined;
}

/** How a call went, oldest step first, from its lines and, while that is kept, its job. */
export function callTimeline(lines: readonly StoredLine[], job: Job | undefined): readonly CallStep[] {
  const steps: CallStep[] = [];
  const add = (at: number | undefined, step: CallStep['step'], text?: string) => {
    if (at !== undefined) steps.push({ at, step, text: text === undefined ? undefined : oneLine(text, 500) });
  };
  for (const line of lines) {
    const body = bodyOf(line.body);
    if (!body) continue;
    if (line.kind === 'call-ended') {
      const code = textOf(body, 'code');
      const status = textOf(body, 'status') ?? '';
      add(line.at, 'ended', code === undefined ? status : `${status} (${code})`);
    } else if (line.kind.startsWith('call')) {
      add(numberOf(body, 'askedAt'), 'asked');
      add(numberOf(body, 'decidedAt') ?? line.at, 'decided', textOf(body, 'rule'));
      if (line.kind === 'call') {
        add(line.at, 'sent');
        if (job) steps.push(...jobSteps(job));
      }
    }
  }
  return steps.sort((a, b) => a.at - b.at || order.indexOf(a.step) - order.indexOf(b.step));
}

// Of steps in the same millisecond.
const order: readonly CallStep['step'][] = [
  'asked',
  'decided',
  'sent',
  'progress',
  'said',
  'waited',
  'cancelling',
  'ended',
];

function jobSteps(job: Job): readonly CallStep[] {
  const steps: CallStep[] = [];
  for (const { at, status, message } of job.timeline) {
    const text = message === undefined ? undefined : oneLine(message, 500);
    if (status === 'needs-input') steps.push({ at, step: 'waited', text });
    else if (status === 'cancel-requested') steps.push({ at, step: 'cancelling', text });
    else if (status === 'running' && text !== undefined) steps.push({ at, step: 'said', text });
  }
  const [first, last] = [job.history[0], job.history.at(-1)];
  for (const point of first === last ? [last] : [first, last]) {
    if (!point) continue;
    const of = point.total === undefined ? '' : ` / ${point.total}`;
    steps.push({ at: point.at, step: 'progress', text: `${point.progress}${of}` });
  }
  return steps;
}

/** True for a line about a call that was sent or not. */
export function isCallLine({ kind }: Pick<StoredLine, 'kind'>): boolean {
  return kind === 'call' || kind === 'call-denied' || kind === 'call-refused' || kind === 'call-withdrawn';
}
