import { l10n, window, type TreeView } from 'vscode';
import type { Job, Jobs } from '../core/jobs.ts';
import type { Clock, Memory } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { finishedSince } from './jobText.ts';

export interface JobBadgeDeps {
  readonly view: Pick<TreeView<unknown>, 'badge' | 'visible' | 'onDidChangeVisibility'>;
  readonly jobs: Pick<Jobs, 'finished'>;
  readonly memory: Memory;
  readonly clock: Clock;
}

const memoryKey = 'jobs.lookedAt';

/** The badge of the Jobs view: how many jobs finished since the user last had it in sight. Outlives a reload. */
export function showFinishedBadge({ view, jobs, memory, clock }: JobBadgeDeps): Disposable {
  const disposables = new DisposableStore();
  const show = (finished: readonly Job[]) => {
    const isLooking = view.visible && window.state.focused;
    const kept = Number(memory.get(memoryKey) ?? Number.NaN);
    const count = isLooking || !Number.isFinite(kept) ? 0 : finishedSince(finished, kept);
    if ((isLooking && finishedSince(finished, kept) > 0) || !Number.isFinite(kept))
      memory.set(memoryKey, String(clock.now()));
    view.badge =
      count === 0
        ? undefined
        : {
            value: count,
            tooltip:
              count === 1
                ? l10n.t('1 job finished since you last looked')
                : l10n.t('{0} jobs finished since you last looked', count),
          };
  };
  const again = () => show(jobs.finished.get());
  disposables.add(jobs.finished.subscribe(show));
  disposables.add(view.onDidChangeVisibility(again));
  disposables.add(window.onDidChangeWindowState(again));
  again();
  return disposables;
}
