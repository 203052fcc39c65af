import type { DashboardState } from '../src/core/dashboard.ts';
import { number } from './format.ts';
import { count, t } from './strings.ts';

/** What a screen reader should be told about the step from one state to the next: ended jobs, new requests, the shown server. */
export function announcements(before: DashboardState | undefined, after: DashboardState): readonly string[] {
  if (!before) return [];
  const texts: string[] = [];
  const wasOpen = new Set(before.jobs.open.map((job) => job.id));
  const isOpen = new Set(after.jobs.open.map((job) => job.id));
  for (const job of after.jobs.finished) {
    if (wasOpen.has(job.id) && !isOpen.has(job.id))
      texts.push(t('announce.job', job.tool, job.serverName, t(`status.${job.status.kind}`)));
  }
  const known = new Set(before.requests.map((request) => request.id));
  for (const request of after.requests) {
    if (!known.has(request.id))
      texts.push(t('announce.request', request.serverName, t(`request.${request.kind}`)));
  }
  if (after.server && before.server?.id === after.server.id && before.server.state !== after.server.state) {
    texts.push(t('announce.server', after.server.name.text, t(`state.${after.server.state}`)));
  }
  const [asked, got] = [before.server?.openPrompt, after.server?.openPrompt];
  if (asked?.use?.kind === 'fetching' && got?.name === asked.name && got.use?.kind === 'ready')
    texts.push(t('prompt.ready'));
  const [was, is] = [before.activity?.verify, after.activity?.verify];
  if (was?.kind === 'running' && is?.kind === 'done')
    texts.push(
      is.verdict.problemCount === 0
        ? t('activity.verify.intact', number(is.verdict.lines))
        : count('activity.verify.broken', is.verdict.problemCount),
    );
  // What came of the lines was said above, where anything was.
  const lines = (after.activity?.head ?? 0) - (before.activity?.head ?? Infinity);
  if (lines > 0 && texts.length === 0) texts.push(count('activity.new', lines));
  return texts;
}
