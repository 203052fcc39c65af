import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** What an app can ask the browser for; only the clipboard can be given by an editor's webview. */
export type AppPermission = 'camera' | 'microphone' | 'geolocation' | 'clipboardWrite';

/** What an app declares that it needs of the world (`_meta.ui.csp`, `_meta.ui.permissions`): addresses in the form that a content security policy takes. */
export interface AppDeclaration {
  /** For fetch, XHR and WebSocket. */
  readonly connect: readonly string[];
  /** For scripts, styles, images, fonts and media. */
  readonly resources: readonly string[];
  /** For frames inside the app. */
  readonly frames: readonly string[];
  /** What relative addresses may be based on. */
  readonly baseUris: readonly string[];
  readonly permissions: readonly AppPermission[];
  /** Declared addresses that are none, as sent; the app does without them. */
  readonly refused: readonly string[];
}

const permissionNames: readonly AppPermission[] = ['camera', 'microphone', 'geolocation', 'clipboardWrite'];
const maxDomains = 50; // in a list
const maxRefused = 20;
const web = ['https', 'http'];
const sockets = [...web, 'wss', 'ws'];
const origin =
  /^(https|http|wss|ws):\/\/(\*\.)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(:[0-9]{1,5})?\/?$/;

/** Reads `_meta.ui` of an app's resource; what is missing or unreadable is not granted. */
export function readDeclaration(meta: JsonObject | undefined): AppDeclaration {
  const csp = isJsonObject(meta?.['csp']) ? meta['csp'] : {};
  const permissions = isJsonObject(meta?.['permissions']) ? meta['permissions'] : {};
  const refused: string[] = [];
  const list = (key: string, schemes: readonly string[]) => domainsOf(csp[key], schemes, refused);
  return {
    connect: list('connectDomains', sockets),
    resources: list('resourceDomains', web),
    frames: list('frameDomains', web),
    baseUris: list('baseUriDomains', web),
    permissions: permissionNames.filter((name) => isJsonObject(permissions[name])),
    refused: refused.slice(0, maxRefused),
  };
}

/**
 * One declared address as a source of a content security policy; undefined for whatever is not exactly a scheme and a host, with
 * a port at most. Without encryption only this machine is an address, and a wildcard needs a name of two parts behind it.
 */
export function cspSource(declared: string, schemes: readonly string[] = sockets): string | undefined {
  const found = declared.length <= 300 ? origin.exec(declared.toLowerCase()) : undefined;
  if (!found) return undefined;
  const [, scheme = '', wildcard = '', host = '', port = ''] = found;
  if (!schemes.includes(scheme)) return undefined;
  if ((scheme === 'http' || scheme === 'ws') && !isThisMachine(host)) return undefined;
  if (wildcard !== '' && (!host.includes('.') || /^[0-9.]+$/.test(host))) return undefined;
  if (port !== '' && Number(port.slice(1)) > 65535) return undefined;
  return `${scheme}://${wildcard}${host}${port}`;
}

/** The content security policy that an app runs under: as the extension asks, with nothing that was not declared. */
export function appCsp({ connect, resources, frames, baseUris }: AppDeclaration): string {
  return Object.entries({
    'default-src': [],
    'script-src': [`'unsafe-inline'`, ...resources],
    'style-src': [`'unsafe-inline'`, ...resources],
    'img-src': ['data:', ...resources],
    'font-src': resources,
    'media-src': ['data:', ...resources],
    'connect-src': connect,
    'frame-src': frames,
    'worker-src': [],
    'object-src': [],
    'form-action': [],
    'base-uri': baseUris,
  })
    .map(([name, sources]) => `${name} ${sources.length === 0 ? `'none'` : sources.join(' ')}`)
    .join('; ');
}

/** What of the declared permissions an editor's webview can give, as the `allow` of a frame. */
export function allowOf({ permissions }: AppDeclaration): string {
  return permissions.includes('clipboardWrite') ? 'clipboard-write' : '';
}

/** Whether an address is one of this machine. */
export function isLocalSource(source: string): boolean {
  const host = origin.exec(source)?.[3];
  return host !== undefined && isThisMachine(host);
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

function domainsOf(
  value: Json | undefined,
  schemes: readonly string[],
  refused: string[],
): readonly string[] {
  if (!Array.isArray(value)) return [];
  const sources = new Set<string>();
  for (const item of value as readonly Json[]) {
    const source = typeof item === 'string' ? cspSource(item, schemes) : undefined;
    if (source === undefined || sources.size >= maxDomains)
      refused.push(typeof item === 'string' ? item.slice(0, 300) : JSON.stringify(item).slice(0, 300));
    else sources.add(source);
  }
  return [...sources].sort();
}
