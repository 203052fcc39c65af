import { installCandidates } from '../../src/core/installChoice.ts';
import type { PlanOptions } from '../../src/core/installDraft.ts';
import { isBadEntry } from '../../src/core/registryParse.ts';
import type { BadEntry, RegistryEntry } from '../../src/core/registry.ts';
import { shown } from '../../src/core/shown.ts';

const kinds = ['runnable', 'needs-input', 'refused'] as const;

/** Planned, needs input and refused, by kind of package and remote; then the reasons, commonest first. */
export function planTable(items: readonly (RegistryEntry | BadEntry)[], options: PlanOptions = {}): string {
  const counts = new Map<string, Map<string, number>>();
  const reasons = new Map<string, number>();
  const count = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const entries = items.filter((item): item is RegistryEntry => !isBadEntry(item));
  let empty = 0;
  for (const entry of entries) {
    const candidates = installCandidates(entry, options);
    if (candidates.length === 0) empty++;
    for (const { plan } of candidates) {
      const kind =
        plan.subject.kind === 'remote' ? `remote ${plan.subject.transport}` : plan.subject.registryType;
      const row = counts.get(kind) ?? new Map<string, number>();
      counts.set(kind, row.set(plan.kind, (row.get(plan.kind) ?? 0) + 1));
      if (plan.kind === 'refused') plan.reasons.forEach(count);
      if (plan.kind === 'needs-input') plan.needs.forEach((need) => count(`needs ${need}`));
    }
  }
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, row]) => [kind, ...kinds.map((name) => String(row.get(name) ?? 0))]);
  const sums = kinds.map((_, index) => String(rows.reduce((sum, row) => sum + Number(row[index + 1]), 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(13))).join('');
  const why = [...reasons]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([reason, number]) => `${String(number).padStart(6)}  ${shown(reason, 160).text}`);
  return [
    `${entries.length} entries, ${empty} without package or remote, ${items.length - entries.length} unreadable`,
    '',
    ...[['kind', 'planned', 'needs input', 'refused'], ...rows, ['total', ...sums]].map(line),
    '',
    'why not at once:',
    ...why,
  ].join('\n');
}
