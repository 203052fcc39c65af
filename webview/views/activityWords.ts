import type { ActivityRow } from '../../src/core/dashboardActivity.ts';
import { icon, type IconName } from '../components/icons.ts';
import { activityStrings } from '../activityStrings.ts';
import { t, type StringKey } from '../strings.ts';
import type { TemplateResult } from 'lit-html';

/** The name of a line's kind; a kind without one is called what it calls itself. */
export function kindWord({ kind, state }: ActivityRow): string {
  if (state === 'damaged') return t('activity.damaged');
  const key = `activity.kind.${kind}`;
  return Object.hasOwn(activityStrings, key) ? t(key as StringKey) : kind;
}

/** The word for an outcome. */
export function outcomeWord(outcome: NonNullable<ActivityRow['outcome']>): string {
  return t(`activity.outcome.${outcome}`);
}

type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'quiet';

const outcomes: Readonly<Record<NonNullable<ActivityRow['outcome']>, readonly [IconName, Tone]>> = {
  sent: ['sent', 'quiet'],
  completed: ['check', 'good'],
  failed: ['error', 'bad'],
  cancelled: ['stop', 'quiet'],
  interrupted: ['warning', 'warn'],
  lost: ['question', 'warn'],
  denied: ['blocked', 'bad'],
  refused: ['blocked', 'warn'],
  withdrawn: ['close', 'quiet'],
};

const groups: Readonly<Record<ActivityRow['group'], IconName>> = {
  calls: 'sent',
  decisions: 'shield',
  definitions: 'edit',
  servers: 'task',
  'sign-ins': 'key',
  policy: 'shield',
  callers: 'sparkle',
  log: 'lines',
  other: 'question',
};

/** The icon of a line. */
export function kindIcon({ state, outcome, group }: ActivityRow): TemplateResult {
  if (state === 'damaged') return icon('warning', 'bad');
  const [name, tone] = outcome === undefined ? ([groups[group], 'quiet'] as const) : outcomes[outcome];
  return icon(name, tone);
}
