import type { TextProblem } from '../../src/core/forms/text.ts';
import type { Finding } from '../../src/core/schemaValidator.ts';
import { english, t, type StringKey } from '../strings.ts';

/** A finding in the user's language; an unknown keyword keeps its English message. */
export function findingText(finding: Finding): string {
  if (finding.keyword === 'object') return t('problem.object');
  const key = `finding.${finding.keyword}`;
  return Object.hasOwn(english, key) ? t(key as StringKey, ...finding.params) : finding.message;
}

/** Why a typed text is no value, in the user's language. */
export function problemText(problem: TextProblem): string {
  if (problem.code === 'precision') return t('problem.precision', problem.text);
  if (problem.code !== 'json') return t(`problem.${problem.code}`);
  const { line, column } = problem;
  return line === undefined || column === undefined ? t('problem.json') : t('problem.jsonAt', line, column);
}
