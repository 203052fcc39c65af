import { l10n, window } from 'vscode';
import type { ActivityKeeper } from '../core/activityKeeper.ts';
import type { Page } from '../core/dashboard.ts';
import type { ToolCalls } from '../core/toolCalls.ts';
import { saveActivity, type ActivityExportDeps } from './activityExport.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';

export interface ActivityCommandsDeps extends ActivityExportDeps {
  readonly keeper: ActivityKeeper;
  readonly show: (page: Page) => void;
  readonly toolCalls: Pick<ToolCalls, 'remembered' | 'revoke'>;
  readonly dialogs: Dialogs;
}

type Names = 'manageDecisions' | 'openActivity' | 'exportActivity' | 'verifyActivity';

/** Commands about what was decided and what was done. */
export function activityCommands(deps: ActivityCommandsDeps): CommandTable<Names> {
  const { toolCalls, dialogs, keeper, show } = deps;
  return {
    manageDecisions: async () => {
      const remembered = toolCalls.remembered.get();
      if (remembered.length === 0) {
        void window.showInformationMessage(l10n.t('No decisions are remembered: every call asks.'));
        return;
      }
      const picked = await dialogs.pick({
        title: l10n.t('Remembered decisions'),
        placeholder: l10n.t('Choose one to revoke it'),
        items: remembered.map((decision) => ({
          label: forIconLabel(l10n.t('{0} of {1}', decision.tool, decision.serverName)),
          description:
            decision.scope === 'always' ? l10n.t('always allowed') : l10n.t('allowed for this session'),
          detail: forIconLabel(
            l10n.t('Caller: {0} · since {1}', decision.caller, new Date(decision.createdAt).toLocaleString()),
          ),
          decision,
        })),
      });
      if (!picked) return;
      const revoke = l10n.t('Revoke');
      const chosen = await dialogs.ask({
        message: l10n.t('Revoke this decision? The next call of the tool asks again.'),
        detail: `${picked.label}\n${picked.description}\n${picked.detail}`,
        choices: [revoke],
      });
      if (chosen === revoke) toolCalls.revoke(picked.decision.id);
    },
    openActivity: () => show({ kind: 'activity', seq: undefined }),
    exportActivity: () => saveActivity(deps, {}),
    verifyActivity: async () => {
      // What it finds is on the page.
      show({ kind: 'activity', seq: undefined });
      await keeper.verify(new AbortController().signal);
    },
  };
}
