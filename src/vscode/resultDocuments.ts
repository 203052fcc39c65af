import type { Job, JobResult } from '../core/jobs.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { visibleText } from '../core/util/text.ts';
import { forFileName, forTree } from './plainText.ts';
import { hexView, mediaEndings } from './resourceFiles.ts';
import type { Translate } from './translate.ts';
import { visibleJson } from './visibleJson.ts';

/** A part of a result as a file to look at. */
export interface ResultDocument {
  /** File name, unique in its folder. */
  readonly name: string;
  /** For a list to pick from. */
  readonly label: string;
  readonly detail: string;
  /** `text`: an editor; `media`: VS Code's own preview; `binary`: only good for saving. */
  readonly view: 'text' | 'media' | 'binary';
  readonly bytes: () => Uint8Array;
  /** The address of the resource that this part is a link to, and what the server calls it. */
  readonly link?: string;
  readonly linkName?: string;
}

/** What there is to open of a result: the parts in order, with everything on one page first when there are several. */
export function resultDocuments(
  job: Job,
  { result, schemaProblems }: JobResult,
  t: Translate,
): readonly ResultDocument[] {
  const tool = forFileName(job.tool);
  const failed = result.isError ? t('The tool reported that the call failed.') : undefined;
  const isAlone = result.content.length + (result.structuredContent === undefined ? 0 : 1) === 1;
  const prefix = (index: number) =>
    isAlone ? `${tool} ${result.isError ? 'error' : 'result'}` : `${tool} ${index + 1}`;
  const parts = result.content.map((block, index) =>
    blockDocument(prefix(index), block, isAlone ? failed : undefined, t),
  );
  if (result.structuredContent !== undefined) {
    parts.push(
      structuredDocument(`${tool} structured result`, result.structuredContent, [
        ...(isAlone && failed ? [failed] : []),
        ...schemaNotes(schemaProblems, t),
      ]),
    );
  }
  const whole = parts.flatMap((part) => (part.view === 'binary' ? [hexDocument(part, t), part] : [part]));
  if (parts.length === 1) return whole;
  const heading = [
    t('{0} of {1}', forTree(job.tool), forTree(job.serverName)),
    ...(failed ? [failed] : []),
    ...schemaNotes(schemaProblems, t),
    ...(parts.length === 0 ? [t('The result is empty.')] : []),
  ];
  const pages = parts.map((part, i) => page(i + 1, part));
  const all = textDocument(
    `${tool} ${result.isError ? 'error' : 'result'}.txt`,
    t('Everything on one page'),
    '',
    () => [heading.join('\n'), ...pages.map((make) => make())].join('\n\n'),
  );
  return [all, ...whole];
}

/** One part of a prompt or a result as a document. */
export function contentDocument(prefix: string, block: JsonObject, t: Translate): ResultDocument {
  return blockDocument(prefix, block, undefined, t);
}

/** Any JSON as a document, with notes above it. */
export function structuredDocument(name: string, value: Json, notes: readonly string[] = []): ResultDocument {
  const comment = notes
    .flatMap((note) => visibleText(note).text.split(/\r?\n/))
    .map((line) => `// ${line}\n`);
  return textDocument(`${name}.mcpjson`, name, '', () => `${comment.join('')}${visibleJson(value)}\n`);
}

/** Bytes that no editor shows, in hexadecimal; the part itself is for saving. */
function hexDocument(part: ResultDocument, t: Translate): ResultDocument {
  const label = t('{0} in hexadecimal', part.label);
  return textDocument(`${part.name}.hex.txt`, label, part.detail, () => hexView(part.bytes(), t));
}

/** Any text as a document. */
export function textDocument(
  name: string,
  label: string,
  detail: string,
  text: () => string,
): ResultDocument {
  return { name, label, detail, view: 'text', bytes: () => new TextEncoder().encode(text()) };
}

function schemaNotes(problems: readonly string[], t: Translate): string[] {
  return problems.length === 0
    ? []
    : [
        t('The structured result does not fit the output schema that the tool states:'),
        ...problems.map((problem) => `  ${problem}`),
      ];
}

function blockDocument(
  prefix: string,
  block: JsonObject,
  note: string | undefined,
  t: Translate,
): ResultDocument {
  const { type, text, data, resource, uri } = block;
  if (type === 'text' && typeof text === 'string') return foreignText(prefix, t('text'), text, note, t);
  if ((type === 'image' || type === 'audio') && typeof data === 'string')
    return blobDocument(prefix, data, mimeOf(block), note, t);
  if (type === 'resource' && isJsonObject(resource)) return embeddedDocument(prefix, resource, note, t);
  if (type === 'resource_link' && typeof uri === 'string') return linkDocument(prefix, block, uri, note, t);
  return structuredDocument(prefix, block, [
    ...(note === undefined ? [] : [note]),
    t('A kind of content that is not known here; as received:'),
  ]);
}

function embeddedDocument(
  prefix: string,
  resource: JsonObject,
  note: string | undefined,
  t: Translate,
): ResultDocument {
  const uri = typeof resource['uri'] === 'string' ? resource['uri'] : '';
  if (typeof resource['text'] === 'string') {
    const document = foreignText(prefix, t('resource'), resource['text'], note, t);
    return { ...document, detail: forTree(uri) };
  }
  if (typeof resource['blob'] === 'string')
    return { ...blobDocument(prefix, resource['blob'], mimeOf(resource), note, t), detail: forTree(uri) };
  return structuredDocument(prefix, resource, note === undefined ? [] : [note]);
}

function foreignText(
  prefix: string,
  label: string,
  text: string,
  note: string | undefined,
  t: Translate,
): ResultDocument {
  return textDocument(`${prefix}.txt`, label, forTree(text, 100), () => {
    const visible = visibleText(text);
    const hidden = visible.marks.reduce((sum, mark) => sum + mark.count, 0);
    const notes = [
      ...(note === undefined ? [] : [note]),
      ...(hidden > 0 ? [t('{0} hidden characters are shown as <U+…>.', hidden)] : []),
      ...visible.hidden.map((spelled) => t('Hidden characters spell: {0}', spelled)),
    ];
    return notes.length === 0
      ? visible.text
      : `${notes.map((line) => `[${line}]`).join('\n')}\n\n${visible.text}`;
  });
}

function linkDocument(
  prefix: string,
  link: JsonObject,
  uri: string,
  note: string | undefined,
  t: Translate,
): ResultDocument {
  const field = (name: string) => (typeof link[name] === 'string' ? visibleText(link[name]).text : undefined);
  const rows: [string, string | undefined][] = [
    [t('Link'), visibleText(uri).text],
    [t('Host'), hostOf(uri)],
    [t('Name'), field('name')],
    [t('Title'), field('title')],
    [t('Type'), field('mimeType')],
    [t('Size'), typeof link['size'] === 'number' ? t('{0} bytes', link['size']) : undefined],
    [t('Description'), field('description')],
  ];
  const document = textDocument(`${prefix} link.txt`, t('resource link'), forTree(uri, 100), () =>
    [
      ...(note === undefined ? [] : [`[${note}]`, '']),
      ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
      '',
    ].join('\n'),
  );
  return { ...document, link: uri, linkName: typeof link['name'] === 'string' ? link['name'] : '' };
}

function blobDocument(
  prefix: string,
  data: string,
  mimeType: string,
  note: string | undefined,
  t: Translate,
): ResultDocument {
  const bytes = decodeBase64(data);
  if (!bytes)
    return structuredDocument(prefix, { mimeType, data }, [t('The data is not valid Base64; as received:')]);
  const ending = mediaEndings[mimeType.toLowerCase().split(';')[0]?.trim() ?? ''];
  return {
    name: `${prefix}.${ending ?? 'bin'}`,
    label: forTree(mimeType, 80),
    detail: [note, t('{0} bytes', bytes.byteLength)].filter((part) => part !== undefined).join(' · '),
    view: ending === undefined ? 'binary' : 'media',
    bytes: () => bytes,
  };
}

function page(number: number, part: ResultDocument): () => string {
  return () => {
    const title = `— ${number} · ${part.label}${part.view === 'text' ? '' : ` · ${part.detail}`} —`;
    return part.view === 'text' ? `${title}\n${new TextDecoder().decode(part.bytes())}` : title;
  };
}

function decodeBase64(data: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function mimeOf(block: JsonObject): string {
  return typeof block['mimeType'] === 'string' ? block['mimeType'] : 'application/octet-stream';
}

function hostOf(uri: string): string | undefined {
  return URL.canParse(uri) ? visibleText(new URL(uri).host).text || undefined : undefined;
}
