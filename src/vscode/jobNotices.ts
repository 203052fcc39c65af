import { l10n, window } from 'vscode';
import type { Job, Jobs } from '../core/jobs.ts';
import type { Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import { runCommand } from './commands.ts';
import type { Settings } from './config.ts';
import { jobTitle, statusText } from './jobText.ts';
import { forMessage } from './plainText.ts';
import type { Actions } from './runAction.ts';

export interface JobNoticesDeps {
  readonly jobs: Pick<Jobs, 'open' | 'get'>;
  readonly settings: Readable<Settings>;
  readonly actions: Actions;
  /** This window: jobs of others are announced by them. */
  readonly owner: string;
}

/** Tells when a job of this window ends, as far as the user wants to hear of it. */
export function announceFinishedJobs({ jobs, settings, actions, owner }: JobNoticesDeps): Disposable {
  let before = idsOf(jobs.open.get());
  return jobs.open.subscribe((open) => {
    const now = idsOf(open);
    for (const id of before) {
      if (now.has(id)) continue;
      const job = jobs.get(id);
      if (job?.owner === owner && job.status.kind !== 'cancelled' && isWanted(settings.get()))
        void actions.run('announce job', () => tell(job));
    }
    before = now;
  });
}

function isWanted({ notifyFinishedJobs }: Settings): boolean {
  return notifyFinishedJobs === 'always' || (notifyFinishedJobs === 'unfocused' && !window.state.focused);
}

async function tell(job: Job): Promise<void> {
  const result = l10n.t('Open Result');
  const show = l10n.t('Show Job');
  const text = forMessage(l10n.t('{0}: {1}', jobTitle(job, l10n.t), statusText(job.status, l10n.t)));
  const buttons = job.hasResult ? [result, show] : [show];
  const chosen = await (job.status.kind === 'completed'
    ? window.showInformationMessage(text, ...buttons)
    : window.showWarningMessage(text, ...buttons));
  if (chosen === result) await runCommand('openResult', { jobId: job.id });
  if (chosen === show) await runCommand('openJob', { jobId: job.id });
}

function idsOf(jobs: readonly Job[]): ReadonlySet<string> {
  return new Set(jobs.map((job) => job.id));
}
