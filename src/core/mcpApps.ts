import { readDeclaration, type AppDeclaration } from './mcpAppPolicy.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** The extension by which a client says that it shows apps (MCP Apps 2026-01-26). */
export const mcpAppExtension = 'io.modelcontextprotocol/ui';

/** The one kind of document that an app may be. */
export const mcpAppMimeType = 'text/html;profile=mcp-app';

/** Characters of an app's HTML above which it is not opened. */
export const maxAppHtml = 4_000_000;

const uriPattern = /^ui:\/\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]{1,500}$/;

/** The `ui://` address of the app that shows a tool's results, in the nested or the older flat form; undefined without one. */
export function appUriOf({ raw }: { readonly raw: JsonObject }): string | undefined {
  const meta = raw['_meta'];
  if (!isJsonObject(meta)) return undefined;
  const ui = meta['ui'];
  const uri = (isJsonObject(ui) ? ui['resourceUri'] : undefined) ?? meta['ui/resourceUri'];
  return typeof uri === 'string' && uriPattern.test(uri) ? uri : undefined;
}

/** Who a server lets use a tool (`_meta.ui.visibility`); what is not a list leaves it to both. */
export function visibilityOf({ raw }: { readonly raw: JsonObject }): {
  readonly model: boolean;
  readonly app: boolean;
} {
  const meta = raw['_meta'];
  const ui = isJsonObject(meta) ? meta['ui'] : undefined;
  const visibility = isJsonObject(ui) ? ui['visibility'] : undefined;
  if (!Array.isArray(visibility)) return { model: true, app: true };
  const list = visibility as readonly Json[];
  return { model: list.includes('model'), app: list.includes('app') };
}

/** What a server sent as an app, read and checked. */
export interface AppDocument {
  readonly uri: string;
  readonly html: string;
  readonly declaration: AppDeclaration;
  /** What the app wishes for around it; undefined leaves it to us. */
  readonly prefersBorder: boolean | undefined;
}

/**
 * Reads the answer to `resources/read` of an app; `listed` is its entry in the server's list, whose declaration counts where the
 * content brings none. Throws `invalid-input` for anything but one HTML document of the right type and a bearable size.
 */
export function readAppDocument(
  uri: string,
  contents: readonly JsonObject[],
  listed: JsonObject | undefined,
): AppDocument {
  const content = contents.find((item) => item['uri'] === uri) ?? contents[0];
  if (!content) throw new AppError('invalid-input', 'the server sent nothing as the app');
  if (content['mimeType'] !== mcpAppMimeType)
    throw new AppError('invalid-input', `the server sent something else than ${mcpAppMimeType} as the app`);
  const html = htmlOf(content);
  const meta = uiMetaOf(content) ?? uiMetaOf(listed);
  const border = meta?.['prefersBorder'];
  return {
    uri,
    html,
    declaration: readDeclaration(meta),
    prefersBorder: typeof border === 'boolean' ? border : undefined,
  };
}

function htmlOf({ text, blob }: JsonObject): string {
  const tooLong = () =>
    new AppError('invalid-input', `the app is longer than ${maxAppHtml / 1_000_000} million characters`);
  if (typeof text === 'string') {
    if (text.length > maxAppHtml) throw tooLong();
    return text;
  }
  if (typeof blob !== 'string') throw new AppError('invalid-input', 'the server sent an app without a text');
  if (blob.length > maxAppHtml * 1.5) throw tooLong();
  try {
    const bytes = Uint8Array.from(atob(blob), (char) => char.charCodeAt(0));
    const html = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (html.length > maxAppHtml) throw tooLong();
    return html;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid-input', 'the server sent an app that is no text', { cause: error });
  }
}

function uiMetaOf(item: JsonObject | undefined): JsonObject | undefined {
  const meta = item?.['_meta'];
  const ui = isJsonObject(meta) ? meta['ui'] : undefined;
  return isJsonObject(ui) ? ui : undefined;
}
