import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { FormModel, FormNode, FormUse } from './model.ts';
import { nodeOf } from './model.ts';
import { member } from './schemaRefs.ts';

const maxDepth = 16;
const maxItems = 10;
const maxValues = 2000;

interface Walk {
  readonly model: FormModel;
  readonly open: ReadonlySet<number>; // nodes above, so that a required cycle ends
  readonly count: { values: number };
}

/** What a form starts with: defaults, constants and required containers; undefined when nothing can be filled in. */
export function emptyValue(model: FormModel, use: FormUse = model.root): Json | undefined {
  return valueOf({ model, open: new Set(), count: { values: 0 } }, use, true);
}

/** What a new array item or map entry starts with; always a value, because such places cannot be absent. */
export function newItem(model: FormModel, use: FormUse): Json {
  const start = emptyValue(model, use);
  if (start !== undefined) return start;
  const node = nodeOf(model, use);
  if (node.kind === 'string') return '';
  if (node.kind === 'object') return {};
  if (node.kind === 'array' || node.kind === 'multi-enum') return [];
  return null;
}

function valueOf(walk: Walk, use: FormUse, isRequired: boolean): Json | undefined {
  if (++walk.count.values > maxValues) return undefined;
  if (use.default !== undefined) return use.default;
  const node = nodeOf(walk.model, use);
  if (!isRequired || walk.open.has(use.node) || walk.open.size >= maxDepth) return undefined;
  return ofNode({ ...walk, open: new Set([...walk.open, use.node]) }, node);
}

function ofNode(walk: Walk, node: FormNode): Json | undefined {
  switch (node.kind) {
    case 'const':
      return node.value;
    case 'boolean':
      return false;
    case 'enum':
      return node.options.length === 1 && node.omitted === 0 ? node.options[0]?.value : undefined;
    case 'multi-enum':
      return [];
    case 'object':
      return Object.fromEntries(
        node.fields.flatMap((field): [string, Json][] => {
          const value = valueOf(walk, field, field.isRequired);
          return value === undefined ? [] : [[field.name, value]];
        }),
      );
    case 'array': {
      const uses = [...node.prefix];
      while (node.item && uses.length < Math.min(node.minItems, maxItems)) uses.push(node.item);
      return uses.map(
        (use) => valueOf(walk, use, true) ?? (nodeOf(walk.model, use).kind === 'string' ? '' : null),
      );
    }
    case 'choice': {
      const first = node.branches[0];
      return first && valueOf(walk, first, true);
    }
    default:
      return undefined;
  }
}

/** The branch of a choice that a value fits best; the first one for no value. */
export function fittingBranch(
  model: FormModel,
  branches: readonly FormUse[],
  value: Json | undefined,
): number {
  if (value === undefined) return 0;
  let best = 0;
  let bestScore = -Infinity;
  branches.forEach((branch, i) => {
    const score = fit(model, branch, value, 0);
    if (score > bestScore) {
      best = i;
      bestScore = score;
    }
  });
  return best;
}

const mismatch = -1000;

/** How well a value fits; `mismatch` or less when it cannot be meant. */
function fit(model: FormModel, use: FormUse, value: Json, depth: number): number {
  if (value === null && use.isNullable) return 5;
  const node = nodeOf(model, use);
  switch (node.kind) {
    case 'const':
      return same(node.value, value) ? 20 : mismatch;
    case 'enum':
      return node.options.some((option) => same(option.value, value)) ? 15 : node.omitted > 0 ? 0 : mismatch;
    case 'string':
      return typeof value === 'string' ? (isFormat(node.input, value) ? 11 : 10) : mismatch;
    case 'number':
      return typeof value !== 'number'
        ? mismatch
        : !node.isInteger
          ? 10
          : Number.isInteger(value)
            ? 11
            : mismatch;
    case 'boolean':
      return typeof value === 'boolean' ? 10 : mismatch;
    case 'array':
    case 'multi-enum':
      return Array.isArray(value) ? 10 : mismatch;
    case 'object': {
      if (!isJsonObject(value)) return mismatch;
      let score = 10;
      for (const field of node.fields) {
        const inner = member(value, field.name);
        if (inner === undefined) score -= field.isRequired ? 4 : 0;
        else if (depth < 2) score += Math.max(-100, Math.min(10, fit(model, field, inner, depth + 1)));
        else score += 1;
      }
      if (!node.extra) {
        const known = new Set(node.fields.map((field) => field.name));
        for (const name of Object.keys(value)) if (!known.has(name)) score -= 3;
      }
      return score;
    }
    case 'choice':
      return depth > 3
        ? 0
        : Math.max(...node.branches.slice(0, 8).map((branch) => fit(model, branch, value, depth + 1)));
    default:
      return 0;
  }
}

function isFormat(input: string, value: string): boolean {
  if (input === 'email') return value.includes('@');
  if (input === 'uri') return /^[a-z][a-z0-9+.-]*:/i.test(value);
  if (input === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (input === 'date-time') return /^\d{4}-\d{2}-\d{2}T/.test(value);
  return true;
}

/** True for equal JSON values; the order of properties does not matter. */
export function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return (
      a.length === b.length &&
      (a as readonly Json[]).every((item, i) => same(item, (b as readonly Json[])[i] ?? null))
    );
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name] as Json, b[name] as Json))
  );
}
