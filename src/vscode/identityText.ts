import type { IdentityVerdict, VerdictKind } from '../core/identityReport.ts';
import type { Translate } from './translate.ts';

/** A verdict in a word or two; never "safe". */
export function verdictWord(kind: VerdictKind, t: Translate): string {
  return {
    blocked: t('identity blocked'),
    conflict: t('identity conflict'),
    'verified source': t('verified source'),
    consistent: t('consistent'),
    unverified: t('unverified'),
  }[kind];
}

/** The word of a verdict that a list has to say; undefined for those that warn of nothing. */
export function alarmingWord(kind: VerdictKind, t: Translate): string | undefined {
  return kind === 'blocked' || kind === 'conflict' ? verdictWord(kind, t) : undefined;
}

/** A verdict as one line: the word and why. */
export function verdictLine({ kind, sentence }: IdentityVerdict, t: Translate): string {
  return t('{0}: {1}', verdictWord(kind, t), sentence);
}
