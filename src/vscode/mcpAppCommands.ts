import { CodeLens, l10n, languages, Range, type TextDocument } from 'vscode';
import type { Job, Jobs } from '../core/jobs.ts';
import type { AppTools } from '../core/mcpAppTools.ts';
import { toDisposable, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { commands, schemes } from '../shared/ids.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { jobTitle, statusText } from './jobText.ts';
import type { AppPanels } from './mcpAppPanels.ts';
import { forIconLabel } from './plainText.ts';
import { jobIdOf } from './targets.ts';

export interface AppCommandsDeps {
  readonly jobs: Pick<Jobs, 'open' | 'finished' | 'get'>;
  readonly tools: Pick<AppTools, 'has'>;
  readonly panels: () => Pick<AppPanels, 'open'>;
  readonly dialogs: Dialogs;
}

/** The command that opens an app; without a job it asks which. */
export function appCommands({ jobs, tools, panels, dialogs }: AppCommandsDeps): CommandTable<'openApp'> {
  const hasApp = ({ serverId, tool }: Job) => tools.has(serverId, tool);
  return {
    openApp: async (argument) => {
      const given = jobIdOf(argument);
      if (given !== undefined) return panels().open(given);
      const fitting = [...jobs.open.get(), ...jobs.finished.get()].filter(hasApp);
      if (fitting.length === 0)
        throw new AppError('not-found', l10n.t('No job has an app of a connected server.'));
      const picked = await dialogs.pick({
        title: 'MCP Switchboard',
        placeholder: l10n.t('The app of which job?'),
        items: fitting.map((job) => ({
          label: forIconLabel(jobTitle(job, l10n.t)),
          description: statusText(job.status, l10n.t),
          detail: new Date(job.createdAt).toLocaleString(),
          jobId: job.id,
        })),
      });
      return picked && panels().open(picked.jobId);
    },
  };
}

/** Offers the app above each document of a job's result. */
export function registerAppLens({
  jobs,
  tools,
}: Pick<AppCommandsDeps, 'jobs'> & { readonly tools: AppTools }): Disposable {
  const provider = languages.registerCodeLensProvider(
    { scheme: schemes.result },
    {
      onDidChangeCodeLenses: (listener: () => unknown) =>
        tools.changed.subscribe(() => {
          listener();
        }),
      provideCodeLenses: ({ uri }: TextDocument) => {
        const job = jobs.get(uri.authority);
        if (!job || !tools.has(job.serverId, job.tool)) return [];
        return [
          new CodeLens(new Range(0, 0, 0, 0), {
            title: l10n.t('$(browser) Open App'),
            command: commands.openApp,
            arguments: [{ jobId: job.id }],
          }),
        ];
      },
    },
  );
  return toDisposable(() => void provider.dispose());
}
