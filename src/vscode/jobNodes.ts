import { isFinal, type Job } from '../core/jobs.ts';
import { elapsedText, outlookText, progressText, statusIcon, statusText } from './jobText.ts';
import { dotted, icon, type NodeView } from './nodeView.ts';
import { forTooltip, forTree } from './plainText.ts';
import { callerText } from './requestText.ts';
import type { Translate } from './translate.ts';

/** A row of the Jobs view. */
export type JobNode =
  | { readonly kind: 'group'; readonly id: string; label: string; jobs: readonly Job[] }
  | { readonly kind: 'job'; readonly id: string; readonly jobId: string; job: Job }
  | { readonly kind: 'more'; readonly id: string; count: number };

/** The rows of the Jobs view: what needs the user, what runs, and what finished, by day. */
export class JobNodes {
  readonly #t: Translate;
  readonly #hasApp: (job: Job) => boolean;
  #groups = new Map<string, JobNode & { kind: 'group' }>();
  #jobs = new Map<string, JobNode & { kind: 'job' }>();
  #more: JobNode & { kind: 'more' } = { kind: 'more', id: 'more', count: 0 };

  /** `hasApp`: a page of the server shows the job's result. */
  constructor(t: Translate, hasApp: (job: Job) => boolean = () => false) {
    this.#t = t;
    this.#hasApp = hasApp;
  }

  /** Takes in the jobs; `older` is how many finished ones are not in the list. Says whether rows came, went or moved, and else which changed. */
  update(
    open: readonly Job[],
    finished: readonly Job[],
    older: number,
    now: number,
  ): 'all' | readonly JobNode[] {
    const wanted = new Map<string, { label: string; jobs: Job[] }>();
    const put = (id: string, label: string, job: Job): void => {
      const group = wanted.get(id) ?? { label, jobs: [] };
      group.jobs.push(job);
      wanted.set(id, group);
    };
    const newestFirst = [...open].sort((a, b) => b.createdAt - a.createdAt);
    for (const job of newestFirst)
      if (job.status.kind === 'needs-input') put('needs-you', this.#t('Needs You'), job);
    for (const job of newestFirst)
      if (job.status.kind !== 'needs-input') put('running', this.#t('Running'), job);
    for (const job of finished) {
      const at = job.endedAt ?? job.createdAt;
      put(`day ${dayOf(at)}`, this.#dayLabel(at, now), job);
    }
    const groups = new Map<string, JobNode & { kind: 'group' }>();
    const jobs = new Map<string, JobNode & { kind: 'job' }>();
    const changed: JobNode[] = [];
    let isSameShape = older === this.#more.count && sameList([...wanted.keys()], [...this.#groups.keys()]);
    for (const [id, { label, jobs: list }] of wanted) {
      const group = this.#groups.get(id) ?? { kind: 'group', id, label, jobs: [] };
      isSameShape &&= group.label === label && sameList(ids(group.jobs), ids(list));
      group.label = label;
      group.jobs = list;
      groups.set(id, group);
      for (const job of list) {
        const node = this.#jobs.get(job.id) ?? { kind: 'job', id: `job ${job.id}`, jobId: job.id, job };
        if (node.job !== job) {
          node.job = job;
          changed.push(node);
        }
        jobs.set(job.id, node);
      }
    }
    this.#groups = groups;
    this.#jobs = jobs;
    this.#more.count = older;
    return isSameShape ? changed : 'all';
  }

  children(node?: JobNode): readonly JobNode[] {
    if (!node)
      return this.#more.count > 0 ? [...this.#groups.values(), this.#more] : [...this.#groups.values()];
    return node.kind === 'group' ? node.jobs.flatMap((job) => this.#jobs.get(job.id) ?? []) : [];
  }

  parent(node: JobNode): JobNode | undefined {
    if (node.kind !== 'job') return undefined;
    return [...this.#groups.values()].find((group) => group.jobs.some((job) => job.id === node.jobId));
  }

  find(jobId: string): JobNode | undefined {
    return this.#jobs.get(jobId);
  }

  /** The rows whose elapsed time runs. */
  running(): readonly JobNode[] {
    return [...this.#jobs.values()].filter((node) => !isFinal(node.job.status));
  }

  view(node: JobNode, now: number): NodeView {
    const base = {
      id: node.id,
      description: '',
      icon: undefined,
      children: 'none',
      spoken: undefined,
      command: undefined,
      isDimmed: false,
    } as const;
    switch (node.kind) {
      case 'group': {
        const isDay = node.id.startsWith('day ');
        return {
          ...base,
          label: node.label,
          description: String(node.jobs.length),
          context: isDay ? 'group day' : 'group',
          children: 'open',
        };
      }
      case 'more':
        return {
          ...base,
          label: this.#t('{0} older jobs…', node.count),
          icon: icon('history'),
          context: 'more',
          command: 'openDashboard',
        };
      case 'job': {
        const { job } = node;
        const final = isFinal(job.status);
        const elapsed = elapsedText((job.endedAt ?? now) - job.createdAt);
        return {
          ...base,
          label: forTree(job.tool),
          description: dotted(
            final ? undefined : progressText(job.progress),
            job.status.kind === 'running' || job.status.kind === 'completed'
              ? undefined
              : statusText(job.status, this.#t),
            elapsed,
            final ? undefined : outlookText(job, now, this.#t),
            forTree(job.serverName, 60),
            job.caller.kind === 'user' ? undefined : forTree(job.caller.name, 60),
            final ? undefined : forTree(job.statusMessage ?? '', 80),
          ),
          icon: statusIcon(job.status),
          context: [
            'job',
            final ? 'final' : 'open',
            job.status.kind,
            job.hasResult ? 'with-result' : 'without-result',
            ...(this.#hasApp(job) ? ['with-app'] : []),
          ].join(' '),
          spoken: [
            forTree(job.tool),
            statusText(job.status, this.#t),
            percent(job),
            forTree(job.serverName, 60),
          ]
            .filter((part) => part !== '')
            .join(', '),
          command: 'openJob',
        };
      }
    }
  }

  /** Plain text for the tooltip. */
  tooltip(node: JobNode): string {
    if (node.kind !== 'job') return '';
    const t = this.#t;
    const { job } = node;
    const message = 'message' in job.status ? job.status.message : job.statusMessage;
    return [
      `${forTooltip(job.tool, 200)} · ${forTooltip(job.serverName, 200)}`,
      statusText(job.status, t),
      message === undefined ? '' : forTooltip(message),
      t('Asked by {0}, {1}', callerText(job.caller, t), job.approval),
      t('Started {0}', new Date(job.createdAt).toLocaleString()),
    ]
      .filter((line) => line !== '')
      .join('\n');
  }

  #dayLabel(at: number, now: number): string {
    if (dayOf(at) === dayOf(now)) return this.#t('Today');
    const yesterday = new Date(now);
    yesterday.setDate(yesterday.getDate() - 1);
    if (dayOf(at) === dayOf(yesterday.getTime())) return this.#t('Yesterday');
    return new Date(at).toLocaleDateString(undefined, {
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
    });
  }
}

function percent({ status, progress }: Job): string {
  return isFinal(status) ? '' : progressText(progress).replace(/^[▰▱]+ /, '');
}

function dayOf(at: number): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
}

function ids(jobs: readonly Job[]): readonly string[] {
  return jobs.map((job) => job.id);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
