import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import { parseStored } from '../core/json.ts';
import { visibleText } from '../core/util/text.ts';
import { visibleJson } from './visibleJson.ts';

/** A text among arguments that is not read well where it stands. */
export interface LongValue {
  /** Where it stands in the document. */
  readonly offset: number;
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** What it is, besides text. */
  readonly as: 'text' | 'json' | 'base64' | 'percent-encoded';
}

const longText = 120;
const maxValues = 20;

/** The texts of a document that are long, have several lines or are encoded, in order. */
export function longValues(documentText: string): readonly LongValue[] {
  let root: Node | undefined;
  try {
    root = parseTree(documentText, [], { allowTrailingComma: true });
  } catch {
    return []; // nested too deeply
  }
  const found: LongValue[] = [];
  const visit = (node: Node, path: readonly (string | number)[]): void => {
    if (found.length >= maxValues) return;
    if (node.type === 'string') {
      const text = node.value as string;
      const as = encodingOf(text);
      if (as !== 'text' || text.length > longText || text.includes('\n'))
        found.push({ offset: node.offset, path, text, as });
    }
    if (node.type === 'array') node.children?.forEach((child, i) => visit(child, [...path, i]));
    if (node.type === 'object')
      for (const { children } of node.children ?? [])
        if (children?.[1]) visit(children[1], [...path, String(children[0]?.value)]);
  };
  if (root) visit(root, []);
  return found;
}

/** The text at a path of a document, as it can be read best: decoded, its hidden characters marked. */
export function readableValue(documentText: string, path: readonly (string | number)[]): string | undefined {
  const root = parseTree(documentText, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, [...path]);
  if (node?.type !== 'string') return undefined;
  const text = node.value as string;
  switch (encodingOf(text)) {
    case 'json':
      return visibleJson(parseStored(text));
    case 'base64':
      return visibleText(decodedBase64(text) ?? text).text;
    case 'percent-encoded':
      return visibleText(decodeURIComponent(text)).text;
    case 'text':
      return visibleText(text).text;
  }
}

function encodingOf(text: string): LongValue['as'] {
  if (/^\s*[[{]/.test(text) && typeof parseStored(text) === 'object') return 'json';
  if (text.length >= 16 && decodedBase64(text) !== undefined) return 'base64';
  if ((text.match(/%[0-9A-Fa-f]{2}/g) ?? []).length >= 2 && isPercentEncoded(text)) return 'percent-encoded';
  return 'text';
}

/** The text behind base64; undefined where that is no text that people write. */
function decodedBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000E-\u001F\u007F]/.test(decoded) ? undefined : decoded; // eslint-disable-line no-control-regex -- what no text has
  } catch {
    return undefined;
  }
}

function isPercentEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== text;
  } catch {
    return false;
  }
}
