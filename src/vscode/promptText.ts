import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { PromptMessage, PromptResult } from '../core/promptResult.ts';
import { oneLine, visibleText } from '../core/util/text.ts';
import { forFileName, forTree } from './plainText.ts';
import { contentDocument, textDocument, type ResultDocument } from './resultDocuments.ts';
import type { Translate } from './translate.ts';

/** A prompt as text to read, copy or send. */
export interface PromptText {
  /** Exactly what the preview shows: hidden characters are marks. */
  readonly text: string;
  /** Parts that are no text, e.g. images. */
  readonly leftOut: number;
}

/** The messages of a prompt as one text: those of the user alone as they are, else each below its role. */
export function promptText({ messages }: PromptResult, t: Translate): PromptText {
  let leftOut = 0;
  const isOneVoice = messages.every(({ role }) => role === 'user');
  const texts = messages.map((message) => {
    const parts = message.blocks.flatMap((block) => {
      const text = textOf(block, t);
      if (text === undefined) leftOut++;
      return text ?? [];
    });
    const text = parts.join('\n\n');
    return isOneVoice || text === '' ? text : `${roleName(message, t)}:\n${text}`;
  });
  return { text: texts.filter((text) => text !== '').join('\n\n'), leftOut };
}

/** What there is to open of a prompt: everything on one page, then each part that is no plain text. */
export function promptDocuments(name: string, result: PromptResult, t: Translate): readonly ResultDocument[] {
  const file = forFileName(name);
  let count = 0;
  const parts = result.messages.flatMap(({ blocks }) =>
    blocks
      .filter(({ type }) => type !== 'text')
      .map((block) => contentDocument(`${file} ${++count}`, block, t)),
  );
  const all = textDocument(`${file} prompt.txt`, t('Everything on one page'), '', () => pageOf(result, t));
  return [all, ...parts];
}

/** The name of a role, for people. */
export function roleName({ role }: Pick<PromptMessage, 'role'>, t: Translate): string {
  if (role === 'user') return t('User');
  if (role === 'assistant') return t('Assistant');
  return oneLine(role, 60) || t('Unknown role');
}

function pageOf({ description, messages, problems }: PromptResult, t: Translate): string {
  const head = [
    ...(description === undefined ? [] : [visibleText(description).text]),
    ...problems.map((problem) => visibleText(problem).text),
  ];
  const pages = messages.map((message, at) => {
    const parts = message.blocks.map(
      (block) => textOf(block, t) ?? t('({0}, opens by itself)', kindOf(block)),
    );
    return `— ${at + 1} · ${roleName(message, t)} —\n${parts.join('\n\n')}`;
  });
  return [...head, ...pages].join('\n\n');
}

/** The text of a part; undefined for one that is not text. */
function textOf(block: JsonObject, t: Translate): string | undefined {
  const { type, text, resource, uri } = block;
  if (type === 'text' && typeof text === 'string') return visibleText(text).text;
  if (type === 'resource' && isJsonObject(resource) && typeof resource['text'] === 'string') {
    const from = typeof resource['uri'] === 'string' ? forTree(resource['uri'], 300) : '';
    return `${t('Resource {0}:', from)}\n${visibleText(resource['text']).text}`;
  }
  if (type === 'resource_link' && typeof uri === 'string') return t('Link to {0}', forTree(uri, 2000));
  return undefined;
}

function kindOf(block: JsonObject): string {
  const { type, mimeType, resource } = block;
  const inner = isJsonObject(resource) ? resource['mimeType'] : undefined;
  return [type, mimeType ?? inner]
    .flatMap((part) => (typeof part === 'string' ? oneLine(part, 80) : []))
    .join(' ');
}
