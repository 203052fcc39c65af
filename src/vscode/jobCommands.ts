import { l10n } from 'vscode';
import { userCaller } from '../core/caller.ts';
import { isFinal, type Job, type Jobs } from '../core/jobs.ts';
import type { ToolCalls } from '../core/toolCalls.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { Dialogs } from './dialogs.ts';
import { jobTitle, statusText } from './jobText.ts';
import type { JobTree } from './jobTree.ts';
import { forIconLabel } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';
import type { Actions } from './runAction.ts';
import { jobIdOf } from './targets.ts';

export interface JobCommandsDeps {
  readonly jobs: Jobs;
  readonly runAgain: (jobId: string) => void;
  readonly results: ResultEditor;
  readonly dashboard: DashboardPanel;
  readonly dialogs: Dialogs;
  readonly tree: Pick<JobTree, 'filter' | 'shownOpen'>;
  readonly actions: Actions;
}

type Names =
  | 'openJob'
  | 'openResult'
  | 'cancelJob'
  | 'cancelAllJobs'
  | 'runAgain'
  | 'forgetJob'
  | 'forgetFinishedJobs'
  | 'filterJobs'
  | 'showAllJobs';

/** Commands about jobs; without a row they ask which job is meant. */
export function jobCommands({
  jobs,
  runAgain,
  results,
  dashboard,
  dialogs,
  tree,
  actions,
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
  /** With several rows selected, those among them that fit; one that fails does not keep the others. */
  const each = async (
    argument: unknown,
    selected: unknown,
    fits: (job: Job) => boolean,
    work: (jobId: string) => unknown,
  ): Promise<void> => {
    const ids = (Array.isArray(selected) ? (selected as readonly unknown[]) : []).flatMap(
      (row) => jobIdOf(row) ?? [],
    );
    if (ids.length < 2) {
      await work(await which(argument, fits));
      return;
    }
    for (const id of ids) {
      const job = jobs.get(id);
      if (job && fits(job)) await actions.run('job of several', () => work(id));
    }
  };
  const isOpen = (job: Job) => !isFinal(job.status);
  const any = () => true;
  return {
    openJob: async (argument) => dashboard.show({ kind: 'jobs', jobId: await which(argument, any) }),
    openResult: async (argument) => results.openResult(await which(argument, (job) => job.hasResult)),
    cancelJob: (argument, selected) => each(argument, selected, isOpen, (id) => jobs.cancel(id)),
    cancelAllJobs: async () => {
      const open = tree.shownOpen();
      if (open.length === 0) throw new AppError('not-found', l10n.t('No job is running.'));
      const cancel = l10n.t('Cancel Jobs');
      const chosen = await dialogs.ask({
        message: l10n.t('Cancel all {0} running jobs that are shown?', open.length),
        detail: l10n.t('A server may still finish what it has begun.'),
        choices: [cancel],
      });
      if (chosen !== cancel) return;
      for (const { id } of open) await actions.run('cancel job', () => jobs.cancel(id));
    },
    runAgain: async (argument) => runAgain(await which(argument, (job) => isFinal(job.status))),
    forgetJob: (argument, selected) =>
      each(
        argument,
        selected,
        (job) => isFinal(job.status),
        (id) => jobs.forget(id),
      ),
    filterJobs: async () => {
      const all = [...jobs.open.get(), ...jobs.finished.get()];
      const servers = Map.groupBy(all, ({ serverId }) => serverId);
      const picked = await dialogs.pick({
        title: 'MCP Switchboard',
        placeholder: l10n.t('Jobs of which server?'),
        items: [...servers].map(([id, [newest, ...older]]) => ({
          label: forIconLabel(newest?.serverName ?? id),
          description: String(older.length + 1),
          server: { id, name: newest?.serverName ?? id },
        })),
      });
      if (!picked) throw new AppError('cancelled', 'no server was picked');
      tree.filter(picked.server);
    },
    showAllJobs: () => tree.filter(undefined),
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
