import { workspace } from 'vscode';
import type { ActivityRetention } from '../core/activity.ts';
import { settings as keys } from '../shared/ids.ts';

/** How much of the activity log the user keeps; a workspace cannot change it. */
export function activityRetention(): ActivityRetention {
  const own = workspace.getConfiguration('mcpSwitchboard');
  const count = (key: string, fallback: number): number => {
    const value: unknown = own.get(key);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : fallback;
  };
  return {
    maxAgeMs: count(keys.activityKeepDays, 365) * 86_400_000,
    maxBytes: count(keys.activityMaxMegabytes, 100) * 1_000_000,
  };
}
