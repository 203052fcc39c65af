import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** What an install link asks for. */
export type InstallLink =
  | { readonly kind: 'name'; readonly name: string } // a server of the registry
  | { readonly kind: 'url'; readonly url: string } // a server.json on the web
  | {
      readonly kind: 'config';
      readonly name: string;
      readonly config: JsonObject;
      readonly inputs: readonly Json[];
    }; // an entry for mcp.json

const maxLength = 32_768;

/** Reads `vscode:mcp/install?{…}`, `vscode:mcp/by-name/…`, `vscode:mcp/<url>` (also of Insiders) and plain https addresses; throws `invalid-input` with the reason. */
export function parseInstallLink(text: string): InstallLink {
  const link = text.trim();
  if (link.length > maxLength) throw problem(`is longer than ${maxLength} characters`);
  if (/^https:\/\//i.test(link)) return { kind: 'url', url: checkedUrl(link) };
  const match = /^(?:vscode|vscode-insiders|code-oss|vscodium):(?:\/\/)?mcp\/(.*)$/is.exec(link);
  if (!match) throw problem('is neither a vscode:mcp/… link nor an https address');
  const rest = match[1] ?? '';
  const install = /^install\/?\?(.*)$/is.exec(rest);
  if (install) return configOf(install[1] ?? '');
  const byName = /^by-name\/([^?#]+)/i.exec(rest);
  if (byName) {
    const name = decoded(byName[1] ?? '');
    if (name.length > 200 || /[\s\p{C}]/u.test(name)) throw problem('names no server');
    return { kind: 'name', name };
  }
  const target = decoded(rest);
  if (/^https:\/\//i.test(target)) return { kind: 'url', url: checkedUrl(target) };
  throw problem('does not say what to install');
}

function configOf(query: string): InstallLink {
  let json: unknown;
  try {
    json = JSON.parse(decoded(query.replace(/^(?:config=)/i, '')));
  } catch (error) {
    throw problem('holds no JSON', error);
  }
  if (!isJsonObject(json)) throw problem('holds no JSON object');
  const { name, inputs, gallery: _gallery, ...config } = json;
  if (typeof name !== 'string' || name.trim() === '' || name.length > 200 || /[\p{C}]/u.test(name))
    throw problem('names no server');
  const dangerous = findVariable(config);
  if (dangerous !== undefined)
    throw problem(`holds ${dangerous}, which would read something of this machine`);
  const declared = Array.isArray(inputs) ? (inputs as Json[]) : [];
  return { kind: 'config', name: name.trim(), config, inputs: declared };
}

/** The first variable that a link may not bring along; inputs and the workspace folder are asked or known. */
function findVariable(value: Json): string | undefined {
  if (typeof value === 'string') {
    for (const match of value.matchAll(/\$\{([^}]*)\}?/g)) {
      if (!/^(?:input:[\w.-]+|workspaceFolder(?:Basename)?|userHome|pathSeparator|\/)$/.test(match[1] ?? ''))
        return match[0];
    }
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values<Json>(value)) {
    const found = findVariable(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw problem('is not encoded as a link has to be', error);
  }
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text)) throw problem('holds an address that is none');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw problem('holds an address with a user name');
  return url.href;
}

function problem(text: string, cause?: unknown): AppError {
  return new AppError('invalid-input', `the install link ${text}`, { cause });
}
