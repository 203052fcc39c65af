import type { ConsentFacts } from '../core/consent.ts';
import type { Translate } from './translate.ts';

/** Everything the user agrees to when a server is started for the first time, untruncated. */
export function consentDetail(facts: ConsentFacts, t: Translate): string {
  const names = (list: readonly string[]) => (list.length === 0 ? t('none') : list.join(', '));
  const where = `${facts.sourceFile}:${facts.line}`;
  const inputs = facts.inputs.map(({ id, isPassword }) => (isPassword ? t('{0} (secret)', id) : id));
  const what =
    facts.kind === 'stdio'
      ? [
          t('This runs with your rights on this machine:'),
          '',
          facts.commandLine,
          '',
          t('Working directory: {0}', facts.cwd),
          t('Environment it sets: {0}', names(facts.envNames)),
          ...(facts.envFile === undefined ? [] : [t('Environment from the file: {0}', facts.envFile)]),
        ]
      : [
          t('This address is contacted:'),
          '',
          facts.url,
          '',
          t('Headers it is sent: {0}', names(facts.headerNames)),
        ];
  return [
    ...what,
    ...(facts.takenVariables.length === 0
      ? []
      : [t('Values of your environment it receives: {0}', names(facts.takenVariables))]),
    ...(inputs.length === 0 ? [] : [t('Inputs it receives: {0}', names(inputs))]),
    facts.isFromWorkspace ? t('Configured by this workspace: {0}', where) : t('Configured in: {0}', where),
    ...(facts.dangers.length === 0
      ? []
      : ['', t('Look closely:'), ...facts.dangers.map(({ subject, message }) => `• ${subject}: ${message}`)]),
  ].join('\n');
}

/** What is not as the user agreed to it, both sides line by line; empty when what was agreed to is not known. */
export function changeDetail(
  difference: { readonly before: readonly string[]; readonly after: readonly string[] } | undefined,
  t: Translate,
): string {
  if (!difference) return '';
  if (difference.before.length + difference.after.length === 0)
    return t('What changed since you agreed is a value that is not kept, e.g. of a variable or header.');
  return [
    t('What changed since you agreed:'),
    ...difference.before.map((line) => `− ${line}`),
    ...difference.after.map((line) => `+ ${line}`),
  ].join('\n');
}

const maxLines = 22;
const maxCharacters = 1400;
const columns = 70;

/** True when a text is more than a dialog shows without being scrolled or cut. */
export function isTooLongForDialog(text: string): boolean {
  const lines = text
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  return text.length > maxCharacters || lines > maxLines;
}
