import type { ErrorObject } from 'ajv';
import type { Finding } from '../core/schemaValidator.ts';
import { pointer } from '../core/forms/paths.ts';
import { visibleText } from '../core/util/text.ts';

/** The errors of one branch of a failed choice for a value; undefined when the branch cannot be checked alone. */
export type BranchCheck = (branch: unknown, value: unknown) => readonly ErrorObject[] | undefined;

const maxFindings = 100;
const maxParam = 200;
const maxDepth = 6;
const maxBranches = 50;

/** A finding that the schema itself cannot be (fully) used. */
export function schemaFinding(
  keyword: 'too-large' | 'invalid',
  message: string,
  ...params: readonly string[]
): Finding {
  return {
    kind: 'schema',
    path: '',
    keyword,
    params: params.map((param) => clean(param)),
    message: clean(message, 400),
  };
}

/** Ajv's errors as findings; of a `oneOf` or `anyOf` only what the best-fitting branch says. */
export function findingsOf(errors: readonly ErrorObject[], branch: BranchCheck): readonly Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const error of reduced(errors, branch, 0)) {
    const finding = findingOf(error);
    const key = `${finding.path}\n${finding.message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    findings.push(finding);
    if (findings.length >= maxFindings) break;
  }
  return findings;
}

function reduced(errors: readonly ErrorObject[], branch: BranchCheck, depth: number): readonly ErrorObject[] {
  let rest = errors.filter((error) => error.keyword !== 'if');
  for (const choice of errors) {
    const alternatives: readonly unknown[] = Array.isArray(choice.schema) ? choice.schema : [];
    if (!isFailedChoice(choice) || alternatives.length > maxBranches || depth >= maxDepth) continue;
    if (!rest.includes(choice)) continue; // inside a branch that lost
    const branches = alternatives.flatMap((alternative) => {
      const found = branch(alternative, choice.data);
      return found
        ? [found.map((error) => ({ ...error, instancePath: choice.instancePath + error.instancePath }))]
        : [];
    });
    const all = new Set(branches.flat().map(keyOf));
    const [best] = branches.toSorted((a, b) => distance(a, choice) - distance(b, choice));
    const isClear = best !== undefined && (branches.length === 1 || distance(best, choice) < farAway);
    rest = rest.filter((error) => error === choice || !all.has(keyOf(error)));
    if (isClear)
      rest = rest.flatMap((error) => (error === choice ? reduced(best, branch, depth + 1) : [error]));
  }
  return rest;
}

/** No branch of a `oneOf` or `anyOf` fits; a `oneOf` that fits twice is told as it is. */
function isFailedChoice(error: ErrorObject): boolean {
  if (error.keyword === 'anyOf') return true;
  return error.keyword === 'oneOf' && (error.params as { passingSchemas?: unknown }).passingSchemas === null;
}

const farAway = 1000;

/** How far a value is from a branch: a wrong type or discriminator means that another branch was meant. */
function distance(errors: readonly ErrorObject[], choice: ErrorObject): number {
  return errors.reduce((sum, error) => {
    const depth = error.instancePath.slice(choice.instancePath.length).split('/').length - 1;
    if (error.keyword === 'type' && depth === 0) return sum + farAway;
    if ((error.keyword === 'const' || error.keyword === 'enum') && depth <= 1) return sum + farAway / 2;
    return sum + 1;
  }, 0);
}

function keyOf(error: ErrorObject): string {
  return `${error.instancePath}\n${error.keyword}\n${JSON.stringify(error.params)}`;
}

function findingOf(error: ErrorObject): Finding {
  const params = error.params as Readonly<Record<string, unknown>>;
  const named = ['missingProperty', 'additionalProperty', 'unevaluatedProperty', 'propertyName']
    .map((key) => params[key])
    .find((name) => typeof name === 'string');
  return {
    kind: 'value',
    path: error.instancePath + (typeof named === 'string' ? pointer([named]) : ''),
    keyword: error.keyword === 'oneOf' && !isFailedChoice(error) ? 'oneOfMany' : error.keyword,
    params: paramsOf(error),
    message: clean(messageOf(error), 400),
  };
}

function paramsOf(error: ErrorObject): readonly string[] {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'type':
      return [clean([params['type']].flat().join(', '))];
    case 'enum':
      return [clean(list(params['allowedValues']))];
    case 'const':
      return [clean(JSON.stringify(params['allowedValue']))];
    case 'dependentRequired':
    case 'dependencies':
      return [clean(String(params['property']))];
    case 'contains':
      return [String(params['minContains'])];
    default:
      return ['limit', 'format', 'pattern', 'multipleOf'].flatMap((key) => {
        const value = params[key];
        return typeof value === 'string' || typeof value === 'number' ? [clean(String(value))] : [];
      });
  }
}

function messageOf(error: ErrorObject): string {
  if (error.keyword === 'enum') return `must be one of ${paramsOf(error).join('')}`;
  if (error.keyword === 'const') return `must be ${paramsOf(error).join('')}`;
  if (error.keyword === 'required') return 'is required';
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties')
    return 'is not allowed here';
  if (error.keyword === 'false schema') return 'is not allowed here';
  if (error.keyword === 'anyOf' || error.keyword === 'oneOf') {
    return isFailedChoice(error) ? 'fits none of the alternatives' : 'fits more than one of the alternatives';
  }
  return error.message ?? `fails ${error.keyword}`;
}

function list(values: unknown): string {
  const all: readonly unknown[] = Array.isArray(values) ? values : [];
  const first = all.slice(0, 10).map((value) => JSON.stringify(value));
  return all.length > first.length ? `${first.join(', ')}, …` : first.join(', ');
}

function clean(text: string, max = maxParam): string {
  return visibleText(text, { maxLength: max }).text;
}
