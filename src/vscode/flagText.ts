import type { FlagRule } from '../core/definitionFlagRules.ts';
import type { Translate } from './translate.ts';

/** What a flag means. */
export function flagText(rule: FlagRule, t: Translate): string {
  return {
    instruction: t('Speaks to the model, not about the tool'),
    secrecy: t('Asks to keep something from the user'),
    credentials: t('Asks for credentials or where they are kept'),
    'other-server': t('Names another server’s tool'),
    'hidden-characters': t('Holds hidden characters'),
    url: t('Holds an address'),
    encoded: t('Holds encoded data'),
    'takes-anything': t('A parameter that could carry off the conversation'),
    'secret-header': t('A secret becomes an HTTP header'),
    'remote-reference': t('Refers to a schema elsewhere, which is not fetched'),
    markup: t('Holds markup'),
    'deep-schema': t('Nested very deeply'),
    'too-large': t('Very large'),
  }[rule];
}
