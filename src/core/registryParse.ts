import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { BadEntry, EntryIcon, EntryStatus, RegistryEntry, RegistryPage } from './registry.ts';
import { Fields } from './registryFields.ts';
import { readPackage, readRemote } from './registryPackages.ts';
import { AppError } from './util/errors.ts';
import { oneLine } from './util/text.ts';

const officialKey = 'io.modelcontextprotocol.registry/official';
const publisherKey = 'io.modelcontextprotocol.registry/publisher-provided';

/** Reads one `ServerResponse` (v0.1), or one flat server (v0 of 2025-07-09, a `server.json`). */
export function parseEntry(json: Json): RegistryEntry | BadEntry {
  if (!isJsonObject(json)) return { name: undefined, reason: 'is not an object', raw: json };
  const server = isJsonObject(json['server']) ? json['server'] : json;
  const isFlat = server === json;
  const problems: string[] = [];
  const fields = new Fields(server, '', problems);
  const name = fields.filled('name')?.trim();
  const bad = (reason: string): BadEntry => ({ name, reason, raw: json });
  if (name === undefined) return bad('has no name');
  if (name.length > 200 || /[\s\p{C}]/u.test(name))
    return bad('its name is too long or has blanks or hidden characters');
  const detail = fields.object('versionDetail');
  const version =
    fields.filled('version') ?? (detail && new Fields(detail, 'version_detail', problems).filled('version'));
  if (version === undefined) return bad('has no version');
  if (version.length > 255) return bad('its version is longer than 255 characters');
  const description = fields.text('description') ?? '';
  if (description.trim() === '') fields.problem('description', 'is missing');

  const outer = isFlat ? metaOf(server) : metaOf(json);
  const official = isJsonObject(outer[officialKey]) ? outer[officialKey] : {};
  const meta = new Fields(official, `_meta.${officialKey}`, problems);
  const status = statusOf(meta.filled('status') ?? (isFlat ? fields.filled('status') : undefined));
  const publisherMeta = metaOf(server)[publisherKey];
  const repository = fields.object('repository');
  const repositoryFields = repository && new Fields(repository, 'repository', problems);
  const repositoryUrl = repositoryFields?.filled('url');
  const isLatest =
    meta.raw('isLatest') ?? (detail ? new Fields(detail, '', problems).raw('isLatest') : undefined);
  return {
    name,
    title: fields.filled('title'),
    description,
    version: version.trim(),
    publisher: name.includes('/') ? name.slice(0, name.indexOf('/')) : name,
    ...status,
    statusMessage: meta.filled('statusMessage'),
    statusChangedAt: dateOf(meta.filled('statusChangedAt')),
    publishedAt: dateOf(meta.filled('publishedAt', 'releaseDate')),
    updatedAt: dateOf(meta.filled('updatedAt')),
    isLatest: typeof isLatest === 'boolean' ? isLatest : undefined,
    repository:
      repositoryFields && repositoryUrl !== undefined
        ? {
            url: repositoryUrl,
            source: repositoryFields.filled('source'),
            subfolder: repositoryFields.filled('subfolder'),
          }
        : undefined,
    websiteUrl: fields.filled('websiteUrl'),
    icons: fields.objects('icons').flatMap(({ item, where }) => readIcon(new Fields(item, where, problems))),
    packages: fields
      .objects('packages')
      .flatMap(({ item, where }) => readPackage(item, where, problems) ?? []),
    remotes: fields.objects('remotes').flatMap(({ item, where }) => readRemote(item, where, problems) ?? []),
    schema: fields.filled('$schema'),
    publisherMeta: isJsonObject(publisherMeta) ? publisherMeta : undefined,
    registryMeta: Object.fromEntries(
      Object.entries(outer).filter(([key]) => key !== officialKey && key !== publisherKey),
    ),
    problems,
    raw: json,
  };
}

/** True for an item that could not be read. */
export function isBadEntry(entry: RegistryEntry | BadEntry): entry is BadEntry {
  return 'reason' in entry;
}

/** Reads a list answer item by item; throws `server-error` only when there is no list at all. */
export function parsePage(json: unknown): RegistryPage {
  const items = Array.isArray(json) ? (json as Json[]) : isJsonObject(json) ? json['servers'] : undefined;
  if (!Array.isArray(items)) throw new AppError('server-error', 'the answer has no list of servers');
  const entries: RegistryEntry[] = [];
  const bad: BadEntry[] = [];
  for (const item of items as readonly Json[]) {
    const entry = parseEntry(item);
    if (isBadEntry(entry)) bad.push(entry);
    else entries.push(entry);
  }
  const metadata = isJsonObject(json) && isJsonObject(json['metadata']) ? json['metadata'] : {};
  return { entries, bad, nextCursor: new Fields(metadata, 'metadata', []).filled('nextCursor') };
}

/** One sentence from an error answer in either shape (`{error}` or `{title, detail, errors}`); undefined when it says nothing readable. */
export function errorTextOf(body: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isJsonObject(json)) return undefined;
  const details = Array.isArray(json['errors'])
    ? (json['errors'] as Json[]).flatMap((item) =>
        isJsonObject(item) && typeof item['message'] === 'string'
          ? [
              typeof item['location'] === 'string'
                ? `${item['message']} (${item['location']})`
                : item['message'],
            ]
          : [],
      )
    : [];
  const inner = isJsonObject(json['error']) ? json['error']['message'] : json['error'];
  const texts = [inner, json['detail'] ?? json['title'], json['message'], ...details.slice(0, 3)].filter(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  );
  const text = [...new Set(texts)].join('; ');
  // Markup in an error text is a page in disguise.
  return text === '' || /<\/?[a-z!][^>]*>/i.test(text) ? undefined : oneLine(text, 300);
}

function statusOf(text: string | undefined): { status: EntryStatus; unknownStatus: string | undefined } {
  const known = text?.trim().toLowerCase() ?? 'active';
  if (known === 'active' || known === 'deprecated' || known === 'deleted')
    return { status: known, unknownStatus: undefined };
  return { status: 'deprecated', unknownStatus: text };
}

function metaOf(object: JsonObject): JsonObject {
  const meta = object['_meta'];
  return isJsonObject(meta) ? meta : {};
}

function dateOf(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function readIcon(fields: Fields): EntryIcon[] {
  const src = fields.filled('src')?.trim();
  if (src === undefined) return [];
  const mimeType = fields.filled('mimeType')?.toLowerCase();
  const theme = fields.text('theme');
  let refused: string | undefined;
  const url = URL.canParse(src) ? new URL(src) : undefined;
  if (url?.protocol !== 'https:') refused = 'only https icons are fetched';
  else if (url.username !== '' || url.password !== '') refused = 'its address carries a user name';
  return [
    {
      src,
      mimeType,
      theme: theme === 'light' || theme === 'dark' ? theme : undefined,
      isSvg: mimeType?.includes('svg') ?? /\.svgz?$/i.test(url?.pathname ?? src),
      refused,
    },
  ];
}
