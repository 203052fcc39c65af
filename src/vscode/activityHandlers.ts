import { l10n } from 'vscode';
import type { ActivityRows } from '../core/activity.ts';
import type { ActivityKeeper } from '../core/activityKeeper.ts';
import { factsOf, readEvent } from '../core/activityRead.ts';
import { findActivity } from '../core/activityVerify.ts';
import type { Page } from '../core/dashboard.ts';
import { activityRow } from '../core/dashboardActivity.ts';
import type { Jobs } from '../core/jobs.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers, Intent } from '../shared/protocol.ts';
import { saveActivity, type ActivityExportDeps } from './activityExport.ts';
import type { ResultEditor } from './resultEditor.ts';
import type { Actions } from './runAction.ts';
import { visibleJson } from './visibleJson.ts';

export interface ActivityHandlersDeps extends ActivityExportDeps {
  readonly rows: ActivityRows;
  readonly keeper: ActivityKeeper;
  readonly jobs: Pick<Jobs, 'get' | 'result'>;
  readonly results: ResultEditor;
  readonly actions: Actions;
  readonly serverName: (id: string) => string | undefined;
  readonly navigate: (page: Page) => void;
}

type ActivityIntent = Extract<Intent, `activity.${string}` | 'page.activity'>;

/** The intents of the activity page. */
export function activityHandlers(deps: ActivityHandlersDeps): Pick<Handlers, ActivityIntent> {
  const { rows, keeper, actions } = deps;
  let checking: AbortController | undefined;
  return {
    'page.activity': async ({ seq }) => {
      deps.navigate({ kind: 'activity', seq });
      return null;
    },
    'activity.search': async ({ filter, before, after, limit }, signal) => {
      const head = rows.head()?.seq ?? 0;
      const found = await findActivity(rows, filter, { before, after }, limit, keeper.pause, signal);
      return {
        rows: found.lines.map((line) => activityRow(line, deps.serverName)),
        before: found.before,
        head,
      };
    },
    'activity.verify': async () => {
      checking?.abort();
      const mine = (checking = new AbortController());
      // It may take minutes; the page follows it in the state.
      void actions.run('verify activity', () => keeper.verify(mine.signal));
      return null;
    },
    'activity.stopVerify': async () => {
      checking?.abort();
      return null;
    },
    'activity.accept': async () => {
      await acceptLog(deps);
      return null;
    },
    'activity.export': async ({ filter }) => {
      await saveActivity(deps, filter);
      return null;
    },
    'activity.compare': async ({ seq, other }) => {
      const [older, newer] = [Math.min(seq, other), Math.max(seq, other)];
      await deps.results.openDiff(
        l10n.t('Line {0} and line {1} of the activity log', older, newer),
        callText(older, deps),
        callText(newer, deps),
      );
      return null;
    },
  };
}

/** Asks whether to go on with a log that ends before the record kept elsewhere, and does. */
export async function acceptLog({
  keeper,
  dialogs,
  actions,
}: Pick<ActivityHandlersDeps, 'keeper' | 'dialogs' | 'actions'>): Promise<void> {
  const accept = l10n.t('Go On with This Log');
  const chosen = await dialogs.ask({
    message: l10n.t('Go on with the activity log as it is?'),
    detail: l10n.t(
      'Do this when you know why it is not what it was: a backup was restored, or the database was damaged and begun anew. Export it first. The log will say that you went on from here.',
    ),
    choices: [accept],
  });
  if (chosen !== accept) return;
  await keeper.accept();
  void actions.run('verify activity', () => keeper.verify(new AbortController().signal));
}

/** All that is known of the call of a line, as a document. */
function callText(seq: number, { rows, jobs }: ActivityHandlersDeps) {
  const line = rows.get(seq);
  if (!line) throw new AppError('not-found', l10n.t('This line is gone.'));
  const { jobId, tool } = factsOf(line);
  const job = jobId === undefined ? undefined : jobs.get(jobId);
  const { kind: _kind, ...event } = readEvent(line);
  const result = job?.hasResult ? jobs.result(job.id)?.result : undefined;
  return {
    name: `${tool ?? line.kind} ${seq}.mcpjson`,
    text: visibleJson({
      at: new Date(line.at).toISOString(),
      kind: line.kind,
      ...event,
      ...(job
        ? {
            arguments: job.arguments,
            status: job.status,
            ms: job.endedAt === undefined ? undefined : job.endedAt - job.createdAt,
            result: result?.structuredContent ?? result?.content,
          }
        : {}),
    }),
  };
}
