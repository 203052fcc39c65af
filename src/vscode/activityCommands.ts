import { l10n, Uri, window, workspace } from 'vscode';
import type { ActivityLine, ActivityRows } from '../core/activity.ts';
import type { ToolCalls } from '../core/toolCalls.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';

export interface ActivityCommandsDeps {
  readonly activity: ActivityRows;
  readonly toolCalls: Pick<ToolCalls, 'remembered' | 'revoke'>;
  readonly dialogs: Dialogs;
}

type Names = 'manageDecisions' | 'exportActivity' | 'verifyActivity';

const pageSize = 1000;

/** Commands about what was decided and what was done. */
export function activityCommands({
  activity,
  toolCalls,
  dialogs,
}: ActivityCommandsDeps): CommandTable<Names> {
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
    exportActivity: async () => {
      const base = workspace.workspaceFolders?.[0]?.uri;
      const target = await window.showSaveDialog({
        title: l10n.t('Export the activity log'),
        filters: { 'JSON Lines': ['jsonl'] },
        ...(base ? { defaultUri: Uri.joinPath(base, 'mcp-activity.jsonl') } : {}),
      });
      if (!target) return;
      const lines = allLines(activity).map((line) => `${JSON.stringify(line)}\n`);
      await workspace.fs.writeFile(target, new TextEncoder().encode(lines.join('')));
    },
    verifyActivity: () => {
      const broken = activity.verify();
      if (broken) {
        throw new AppError(
          'storage',
          l10n.t('The activity log was changed: line {0}: {1}', broken.seq, broken.problem),
          {
            nextStep: l10n.t('Lines from there on cannot be trusted.'),
          },
        );
      }
      void window.showInformationMessage(l10n.t('The activity log is complete and unchanged.'));
    },
  };
}

/** Every line, oldest first. */
function allLines(activity: ActivityRows): ActivityLine[] {
  const lines: ActivityLine[] = [];
  for (let page = activity.page(pageSize); page.length > 0; page = activity.page(pageSize, page.at(-1)?.seq))
    lines.push(...page);
  return lines.reverse();
}
