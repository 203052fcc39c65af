import { classesOf, type ChangeClass } from '../core/definitionChanges.ts';
import type { DefinitionFlag } from '../core/definitionFlags.ts';
import type { ReviewItem } from '../core/definitionReview.ts';
import { isJsonObject, jsonItems, type Json, type JsonObject } from '../core/json.ts';
import type { PinKind } from '../core/pins.ts';
import { oneLine, visibleText } from '../core/util/text.ts';
import { wrapped } from './approvalText.ts';
import { flagText } from './flagText.ts';
import { forTree } from './plainText.ts';
import type { Translate } from './translate.ts';
import { visibleJson } from './visibleJson.ts';

/** One side of a review: what it is, its texts in lines, and the rest as JSON. */
export function definitionSide(
  head: readonly string[],
  definition: JsonObject | undefined,
  t: Translate,
): string {
  const comment = (line: string) => (line === '' ? '//' : `// ${line}`);
  if (!definition) return `${head.map(comment).join('\n')}\n`;
  const { title, description, instructions, ...rest } = definition;
  const texts = [
    ...textLines(t('Title'), title),
    ...textLines(t('Description'), description),
    ...textLines(t('Instructions'), instructions),
  ];
  const isAll = Object.keys(rest).length === 0;
  return [...[...head, ...texts].map(comment), ...(isAll ? [] : [visibleJson(rest)]), ''].join('\n');
}

function textLines(name: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return ['', `${name}:`, ...wrapped(visibleText(text).text).map((line) => `  ${line}`)];
}

/** The lines above what was accepted. */
export function beforeHead(item: ReviewItem, t: Translate): readonly string[] {
  const { before } = item;
  if (!before) return [t('Nothing was accepted of this yet.')];
  if (!before.definition)
    return [t('What you accepted cannot be shown: it was too large to keep, or its record is damaged.')];
  const date = new Date(before.at).toLocaleString();
  return [
    {
      'first-sight': t('Accepted at first sight, {0}', date),
      user: t('Accepted by you, {0}', date),
      'order-only': t('Accepted by itself, because only an order changed, {0}', date),
    }[before.how],
  ];
}

/** The lines above what the server sends now: what changed, and what to look at. */
export function afterHead(
  item: ReviewItem,
  flags: readonly DefinitionFlag[],
  t: Translate,
): readonly string[] {
  if (item.state === 'removed') return [t('The server does not offer this any more.')];
  return [
    t('Now: {0}', stateText(item, t)),
    ...flags.map(
      (flag) => `⚠ ${flagText(flag.rule, t)}: “${flag.quote}”${flag.path === '' ? '' : `  ${flag.path}`}`,
    ),
  ];
}

/** The same value with its members in the order that they have in `model`, so that a comparison by lines shows what differs. */
export function alignedTo(model: Json | undefined, value: Json): Json {
  if (Array.isArray(value)) {
    const models = jsonItems(model);
    return (value as readonly Json[]).map((item, i) => alignedTo(models[i], item));
  }
  if (!isJsonObject(value)) return value;
  const names = isJsonObject(model) ? Object.keys(model).filter((name) => Object.hasOwn(value, name)) : [];
  const members = isJsonObject(model) ? model : {};
  return Object.fromEntries(
    [...new Set([...names, ...Object.keys(value)])].map((name) => [
      name,
      alignedTo(Object.hasOwn(members, name) ? members[name] : undefined, value[name] ?? null),
    ]),
  );
}

/** How a definition stands, in words. */
export function stateText(item: ReviewItem, t: Translate): string {
  switch (item.state) {
    case 'accepted':
      return t('as you accepted it');
    case 'new':
      return t('new, each call asks');
    case 'removed':
      return t('removed');
    case 'unpinnable':
      return t('set aside: its definition is no well-formed text, so a change could not be told');
    case 'rejected':
      return t('rejected: {0}', classesText(item, t));
    case 'changed':
      return t('set aside: {0}', classesText(item, t));
  }
}

/** What changed, in a few words. */
export function classesText(item: ReviewItem, t: Translate): string {
  return classesOf(item.changes)
    .map((one) => classText(one, t))
    .join(', ');
}

function classText(one: ChangeClass, t: Translate): string {
  return {
    added: t('added'),
    removed: t('removed'),
    'schema-widened': t('takes more than before'),
    'schema-narrowed': t('takes less than before'),
    'schema-changed': t('schema changed'),
    text: t('text changed'),
    'annotation-weakened': t('claims to be more harmless'),
    'annotation-hardened': t('claims to be less harmless'),
    behaviour: t('run differently'),
    metadata: t('metadata changed'),
    order: t('order changed'),
  }[one];
}

/** A definition's kind and name, e.g. for a list. */
export function itemName(item: Pick<ReviewItem, 'kind' | 'name'>, t: Translate): string {
  const name = forTree(item.name, 100);
  const names: Readonly<Record<PinKind, string>> = {
    tool: name,
    prompt: t('prompt {0}', name),
    template: t('resource template {0}', name),
    instructions: t('instructions'),
  };
  return names[item.kind];
}

/** What accepting some definitions comes to, one line each. */
export function itemList(items: readonly ReviewItem[], t: Translate, max = 15): string {
  const lines = items
    .slice(0, max)
    .map((item) => `• ${itemName(item, t)}: ${oneLine(stateText(item, t), 120)}`);
  const rest = items.length - lines.length;
  return [...lines, ...(rest > 0 ? [t('… and {0} more', rest)] : [])].join('\n');
}
