import type { ResourcePart } from '../core/resourceContents.ts';
import { visibleText } from '../core/util/text.ts';
import { forFileName, forTree } from './plainText.ts';
import type { Translate } from './translate.ts';
import { visibleJson } from './visibleJson.ts';

/** A part of a resource as a file to look at and to save. */
export interface ResourceFile {
  /** File name, unique among the parts; its ending chooses the language or VS Code's own preview. */
  readonly name: string;
  /** The name to save it under. */
  readonly saveName: string;
  /** For a list to pick from. */
  readonly label: string;
  readonly detail: string;
  readonly view: 'text' | 'media';
  /** How many hidden characters are shown as marks. */
  readonly hidden: number;
  /** What the editor shows. */
  readonly shown: () => Uint8Array<ArrayBuffer>;
  /** What the server sent. */
  readonly original: () => Uint8Array<ArrayBuffer>;
}

const maxHexBytes = 256 * 1024;

// Only formats that VS Code's own previews show; everything else, SVG and HTML included, is text or bytes.
/** File endings by which VS Code's own previews open media. */
export const mediaEndings: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/bmp': 'bmp',
  'image/avif': 'avif',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/ogg': 'ogg',
};
// JSON and YAML have languages whose services fetch the schema that a document names: JSON gets ours, YAML none.
const textEndings: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'text/markdown': 'md',
  'text/html': 'html',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/xml': 'xml',
  'application/xml': 'xml',
  'text/javascript': 'js',
  'application/javascript': 'js',
  'text/x-python': 'py',
  'application/sql': 'sql',
  'text/x-diff': 'diff',
};
const knownEndings = new Set([
  ...Object.values(textEndings),
  ...[
    'txt',
    'log',
    'ts',
    'tsx',
    'jsx',
    'sh',
    'java',
    'c',
    'h',
    'cpp',
    'cs',
    'go',
    'rs',
    'rb',
    'php',
    'ini',
    'svg',
  ],
]);

/** The parts of a resource as files. `name` is foreign text. */
export function resourceFiles(
  name: string,
  parts: readonly ResourcePart[],
  t: Translate,
): readonly ResourceFile[] {
  return parts.map((part, i) => {
    const base = `${forFileName(name)}${parts.length > 1 ? ` ${i + 1}` : ''}`;
    const file = fileOf(base, part, t);
    const detail = [
      forTree(part.mimeType ?? '', 80),
      t('{0} bytes', file.original().byteLength),
      part.isOther ? t('of another address: {0}', forTree(part.uri, 120)) : '',
    ];
    return { ...file, detail: detail.filter((text) => text !== '').join(' · ') };
  });
}

type File = Omit<ResourceFile, 'detail'>;

function fileOf(base: string, part: ResourcePart, t: Translate): File {
  const mime = (part.mimeType ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
  const { body } = part;
  if (body.kind === 'text')
    return textFile(base, textEnding(mime, part.uri), body.text, encode(body.text), t);
  if (body.kind === 'damaged') {
    const problem =
      body.problem === 'base64'
        ? t('The data is not valid Base64; as received:')
        : t('There is neither text nor data in this part; as received:');
    const raw = visibleJson(body.raw);
    return textFile(base, 'txt', `[${problem}]\n\n${raw}\n`, encode(raw), t);
  }
  const { bytes } = body;
  const media = mediaEndings[mime] ?? (isVague(mime) ? mediaEnding(part.uri) : undefined);
  if (media !== undefined) {
    const name = withEnding(base, media);
    return {
      ...{ name, saveName: name, label: t('media'), view: 'media' as const, hidden: 0 },
      ...{ shown: () => bytes, original: () => bytes },
    };
  }
  const text = isTextual(mime) ? decode(bytes) : undefined;
  if (text !== undefined) return textFile(base, textEnding(mime, part.uri), text, bytes, t);
  const saveName = withEnding(base, endingOf(base) ?? endingOf(part.uri) ?? 'bin');
  return {
    ...{ name: `${saveName}.hex.txt`, saveName, label: t('binary'), view: 'text' as const, hidden: 0 },
    shown: once(() => encode(hexView(bytes, t))),
    original: () => bytes,
  };
}

function textFile(
  base: string,
  ending: string,
  text: string,
  original: Uint8Array<ArrayBuffer>,
  t: Translate,
): File {
  const saveName = withEnding(base, ending);
  const visible = once(() => visibleText(text));
  return {
    name: ending === 'json' ? saveName.replace(/\.json$/i, '.mcpjson') : saveName,
    ...{ saveName, label: t('text'), view: 'text' as const },
    get hidden() {
      return visible().marks.reduce((sum, { count }) => sum + count, 0);
    },
    shown: once(() => encode(visible().text)),
    original: () => original,
  };
}

/** Sixteen bytes a line: where, in hexadecimal, as ASCII. */
export function hexView(bytes: Uint8Array, t: Translate): string {
  const end = Math.min(bytes.length, maxHexBytes);
  const lines: string[] = [];
  for (let at = 0; at < end; at += 16) {
    const row = bytes.subarray(at, Math.min(at + 16, end));
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0'));
    const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    const halves = `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}`;
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves}  ${ascii.join('')}`);
  }
  if (end < bytes.length)
    lines.push('', t('[{0} of {1} bytes are shown. Save the resource to have it whole.]', end, bytes.length));
  return `${lines.join('\n')}\n`;
}

function textEnding(mime: string, uri: string): string {
  if (mime.endsWith('+json')) return 'json';
  if (mime.endsWith('+xml')) return 'xml';
  const known = textEndings[mime];
  if (known !== undefined) return known;
  const own = endingOf(uri);
  return own !== undefined && knownEndings.has(own) ? own : 'txt';
}

function mediaEnding(uri: string): string | undefined {
  const own = endingOf(uri)?.replace('jpeg', 'jpg');
  return Object.values(mediaEndings).find((ending) => ending === own);
}

function isVague(mime: string): boolean {
  return mime === '' || mime === 'application/octet-stream';
}

function isTextual(mime: string): boolean {
  return mime.startsWith('text/') || mime in textEndings || mime.endsWith('+json') || mime.endsWith('+xml');
}

/** The ending of the last segment of an address, in lower case. */
function endingOf(uri: string): string | undefined {
  const last = uri.split(/[?#]/, 1)[0]?.split('/').pop() ?? '';
  return /\.([A-Za-z0-9]{1,8})$/.exec(last)?.[1]?.toLowerCase();
}

function withEnding(base: string, ending: string): string {
  return endingOf(base) === ending ? base : `${base}.${ending}`;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
