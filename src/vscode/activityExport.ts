import { l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { ActivityFilter, ActivityRows } from '../core/activity.ts';
import { exportActivity, type ActivityFormat } from '../core/activityExport.ts';
import type { Pause } from '../core/activityVerify.ts';
import type { Dialogs } from './dialogs.ts';
import { signalOf } from './signals.ts';

export interface ActivityExportDeps {
  readonly rows: ActivityRows;
  readonly dialogs: Dialogs;
  readonly version: string;
  readonly pause: Pause;
  /** Writes a text of any length to a file of this machine, whole or not at all. */
  readonly writeFile: (file: string, text: AsyncIterable<string>) => Promise<void>;
}

/** Asks for format and file, and writes the lines that fit; nothing when the user turns away. */
export async function saveActivity(deps: ActivityExportDeps, filter: ActivityFilter): Promise<void> {
  const isAll = Object.keys(filter).length === 0;
  const picked = await deps.dialogs.pick({
    title: isAll ? l10n.t('Export the activity log') : l10n.t('Export the lines that are shown'),
    placeholder: l10n.t('In which format?'),
    items: [
      {
        label: 'JSON Lines',
        description: '.jsonl',
        detail: l10n.t('The lines with their hashes, so that anybody can check the chain.'),
        format: 'jsonl' as const,
      },
      {
        label: 'OTLP JSON',
        description: '.otlp.jsonl',
        detail: l10n.t('Log records of OpenTelemetry, for a collector or a log store.'),
        format: 'otlp' as const,
      },
    ],
  });
  if (!picked) return;
  const target = await askForFile(picked.format);
  if (!target) return;
  await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: l10n.t('Exporting the activity log'),
      cancellable: true,
    },
    async (_progress, token) => {
      const stop = signalOf(token);
      try {
        const text = exportActivity(deps.rows, filter, picked.format, deps.version, deps.pause, stop.signal);
        if (target.scheme === 'file') await deps.writeFile(target.fsPath, text);
        else await workspace.fs.writeFile(target, new TextEncoder().encode(await joined(text)));
      } finally {
        stop.dispose();
      }
    },
  );
}

async function askForFile(format: ActivityFormat): Promise<Uri | undefined> {
  const base = workspace.workspaceFolders?.[0]?.uri;
  const name = format === 'otlp' ? 'mcp-activity.otlp.jsonl' : 'mcp-activity.jsonl';
  return window.showSaveDialog({
    title: l10n.t('Export the activity log'),
    filters: { 'JSON Lines': ['jsonl'] },
    ...(base ? { defaultUri: Uri.joinPath(base, name) } : {}),
  });
}

async function joined(text: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const part of text) all += part;
  return all;
}
