import { placeText, type PolicyRule } from '../core/policyFile.ts';
import type { PolicyMismatch, PolicyStep } from '../core/policyRules.ts';
import type { RuleSuggestion } from '../core/ruleSuggestions.ts';
import { dotted } from './nodeView.ts';
import { forIconLabel } from './plainText.ts';
import type { Translate } from './translate.ts';

/** What an effect does, in a word. */
export function effectText(effect: PolicyRule['effect'], t: Translate): string {
  switch (effect) {
    case 'allow':
      return t('allow');
    case 'ask':
      return t('ask');
    case 'deny':
      return t('deny');
  }
}

/** Why a rule does not count for a call. */
export function mismatchText(mismatch: PolicyMismatch, t: Translate): string {
  switch (mismatch) {
    case 'expired':
      return t('it has expired');
    case 'server':
      return t('it is for another server');
    case 'tool':
      return t('it is for another tool');
    case 'caller':
      return t('it is for another caller');
    case 'callerKind':
      return t('it is for another kind of caller');
    case 'registry':
      return t('the server does not come from such a registry entry');
    case 'verdict':
      return t('the identity checks say something else');
    case 'folder':
      return t('no such folder is open');
    case 'hints':
      return t('the tool’s hints say something else');
    case 'hints-not-trusted':
      return t('the hints of this server are not trusted');
    case 'arguments':
      return t('the arguments do not fit its schema');
    case 'arguments-unchecked':
      return t('the arguments could not be checked');
    case 'not-accepted':
      return t('it fits, but the file was not accepted as it is');
  }
}

/** A rule of a dry run as a row of a list. */
export function stepItem({ rule, mismatch, hasFired }: PolicyStep, t: Translate) {
  const sign = hasFired ? '$(arrow-right)' : mismatch === undefined ? '$(check)' : '$(dash)';
  const why = hasFired
    ? t('decides')
    : mismatch === undefined
      ? t('fits too')
      : t('does not fit: {0}', mismatchText(mismatch, t));
  return {
    label: `${sign} ${effectText(rule.effect, t)}`,
    description: dotted(forIconLabel(placeText(rule.place)), why),
    detail: forIconLabel(rule.reason ?? conditionsText(rule)),
  };
}

/** The conditions of a rule on one line. */
export function conditionsText(rule: PolicyRule): string {
  const names = ['server', 'tool', 'caller', 'callerKind', 'registry', 'verdict', 'folder'] as const;
  return dotted(
    ...names.map((name) => (rule[name] ? `${name}: ${rule[name].join(', ')}` : undefined)),
    rule.hints ? `hints: ${JSON.stringify(rule.hints)}` : undefined,
    rule.arguments ? `arguments: ${JSON.stringify(rule.arguments)}` : undefined,
  );
}

/** What a suggested rule would do. */
export function suggestionText(
  kind: RuleSuggestion['kind'],
  tool: string,
  caller: string,
  t: Translate,
): string {
  switch (kind) {
    case 'allow-same':
      return t('Allow {0} to {1} with these very arguments', tool, caller);
    case 'allow-alike':
      return t('Allow {0} to {1} with arguments of this kind', tool, caller);
    case 'allow-any':
      return t('Allow {0} to {1} with any arguments', tool, caller);
    case 'ask':
      return t('Always ask before {0}, whoever calls', tool);
    case 'deny-caller':
      return t('Deny {0} to {1}', tool, caller);
    case 'deny-all':
      return t('Deny {0} to everybody', tool);
  }
}
