import type { PlanDraft } from './installDraft.ts';
import { isReverseDnsName, shortNameOf, type RegistryEntry } from './registry.ts';
import { imitatedTitle, mixedScripts } from './registryText.ts';

/** Checks what concerns the entry as a whole: lifecycle, name, title, and what could not be read. */
export function checkEntry(draft: PlanDraft, entry: RegistryEntry): void {
  if (entry.status === 'deleted')
    draft.refuseIf(`the publisher or the registry's moderators removed this version${messageOf(entry)}`);
  if (entry.status === 'deprecated') {
    const what =
      entry.unknownStatus === undefined
        ? 'deprecated'
        : `has the unknown status ${JSON.stringify(entry.unknownStatus)}, read as deprecated`;
    draft.check('status', 'warn', `${what}${messageOf(entry)}`);
  } else {
    draft.check('status', entry.status === 'active' ? 'pass' : 'fail', entry.status);
  }
  draft.check(
    'name',
    isReverseDnsName(entry.name) ? 'pass' : 'warn',
    isReverseDnsName(entry.name) ? 'reverse-DNS name' : 'the name follows no reverse-DNS namespace',
  );
  const scripts = mixedScripts(entry.title ?? '');
  if (scripts !== undefined)
    draft.check(
      'title',
      'warn',
      `the title mixes ${scripts.join(' and ')} letters, which can imitate another name`,
    );
  const imitated = imitatedTitle(entry.title ?? '') ?? imitatedTitle(shortNameOf(entry.name));
  if (imitated !== undefined)
    draft.check('title', 'warn', `looks like "${imitated}" without being written so`);
  for (const problem of entry.problems) draft.review('ignored', problem);
}

function messageOf(entry: RegistryEntry): string {
  return entry.statusMessage === undefined ? '' : `: ${entry.statusMessage}`;
}
