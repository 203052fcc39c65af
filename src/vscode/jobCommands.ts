import { l10n } from 'vscode';
import { userCaller } from '../core/caller.ts';
import { isFinal, type Job, type Jobs } from '../core/jobs.ts';
import type { ToolCalls } from '../core/toolCalls.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { Dialogs } from './dialogs.ts';
import { jobTitle, statusText } from './jobText.ts';
import { forIconLabel } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';
import { jobIdOf } from './targets.ts';

export interface JobCommandsDeps {
  readonly jobs: Jobs;
  readonly runAgain: (jobId: string) => void;
  readonly results: ResultEditor;
  readonly dashboard: DashboardPanel;
  readonly dialogs: Dialogs;
}

type Names = 'openJob' | 'openResult' | 'cancelJob' | 'runAgain' | 'forgetJob' | 'forgetFinishedJobs';

/** Commands about jobs; without a row they ask which job is meant. */
export function jobCommands({
  jobs,
  runAgain,
  results,
  dashboard,
  dialogs,
}: JobCommandsDeps): CommandTable<Names> {
  const which = async (argument: unknown, fits: (job: Job) => boolean): Promise<string> => {
    const given = jobIdOf(argument);
    if (given !== undefined) return given;
    const picked = await dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which job?'),
      items: [...jobs.open.get(), ...jobs.finished.get()].filter(fits).map((job) => ({
        label: forIconLabel(jobTitle(job, l10n.t)),
        description: statusText(job.status, l10n.t),
        detail: new Date(job.createdAt).toLocaleString(),
        jobId: job.id,
      })),
    });
    if (!picked) throw new AppError('cancelled', 'no job was picked');
    return picked.jobId;
  };
  const any = () => true;
  return {
    openJob: async (argument) => dashboard.show({ kind: 'jobs', jobId: await which(argument, any) }),
    openResult: async (argument) => results.openResult(await which(argument, (job) => job.hasResult)),
    cancelJob: async (argument) => jobs.cancel(await which(argument, (job) => !isFinal(job.status))),
    runAgain: async (argument) => runAgain(await which(argument, (job) => isFinal(job.status))),
    forgetJob: async (argument) => jobs.forget(await which(argument, (job) => isFinal(job.status))),
    forgetFinishedJobs: async () => {
      const forget = l10n.t('Forget');
      const chosen = await dialogs.ask({
        message: l10n.t('Forget all {0} finished jobs with their results?', jobs.countFinished()),
        detail: l10n.t('The activity log is kept.'),
        choices: [forget],
      });
      if (chosen === forget) jobs.forgetAllFinished();
    },
  };
}

/** Sends a finished job's call once more, as a new job that goes through the same door. */
export async function runAgain(
  jobId: string,
  jobs: Pick<Jobs, 'get'>,
  toolCalls: ToolCalls,
  signal: AbortSignal,
): Promise<void> {
  const job = jobs.get(jobId);
  if (!job) throw new AppError('not-found', l10n.t('This job is gone.'));
  await toolCalls.call(
    {
      serverId: job.serverId,
      tool: job.tool,
      arguments: job.arguments,
      caller: userCaller,
      mode: job.mode === 'task' ? 'auto' : 'plain',
      rerunOf: job.id,
    },
    signal,
  );
}
