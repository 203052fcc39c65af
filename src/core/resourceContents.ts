import type { JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** One part of what reading a resource gave (spec: server/resources, `TextResourceContents` and `BlobResourceContents`). */
export interface ResourcePart {
  readonly uri: string;
  /** The part says that it is of another resource than was asked for, e.g. a file of a folder. */
  readonly isOther: boolean;
  readonly mimeType: string | undefined;
  readonly body:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
    /** Neither text nor valid Base64; `raw` is what came. */
    | { readonly kind: 'damaged'; readonly problem: 'base64' | 'empty'; readonly raw: JsonObject };
}

/** Characters of text and Base64 that are taken of one resource. */
export const maxResourceLength = 32_000_000;

/** The parts in the server's order; throws `too-large` instead of showing a piece as if it were the whole. */
export function resourceParts(uri: string, contents: readonly JsonObject[]): readonly ResourcePart[] {
  let length = 0;
  for (const { text, blob } of contents) {
    length += typeof text === 'string' ? text.length : typeof blob === 'string' ? blob.length : 0;
  }
  if (length > maxResourceLength) {
    throw new AppError(
      'too-large',
      `the resource has ${Math.ceil(length / 1e6)} MB; at most ${maxResourceLength / 1e6} MB are opened`,
    );
  }
  return contents.map((content) => {
    const own = typeof content['uri'] === 'string' ? content['uri'] : uri;
    return {
      uri: own,
      isOther: own !== uri,
      mimeType: typeof content['mimeType'] === 'string' ? content['mimeType'] : undefined,
      body: bodyOf(content),
    };
  });
}

function bodyOf(content: JsonObject): ResourcePart['body'] {
  const { text, blob } = content;
  if (typeof text === 'string') return { kind: 'text', text };
  if (typeof blob !== 'string') return { kind: 'damaged', problem: 'empty', raw: content };
  try {
    return { kind: 'bytes', bytes: Uint8Array.from(atob(blob), (character) => character.charCodeAt(0)) };
  } catch {
    return { kind: 'damaged', problem: 'base64', raw: content };
  }
}

/** What a server claims of a resource (spec: `Annotations`); claims of another shape are left out. */
export interface ResourceClaims {
  readonly audience: readonly ('user' | 'assistant')[];
  /** 0 (least) to 1 (most important). */
  readonly priority: number | undefined;
  /** Milliseconds since the epoch. */
  readonly lastModified: number | undefined;
}

/** The annotations of a resource or template as it was listed. */
export function resourceClaims({ annotations }: JsonObject): ResourceClaims {
  const claims: JsonObject =
    typeof annotations === 'object' && annotations !== null && !Array.isArray(annotations)
      ? (annotations as JsonObject)
      : {};
  const { audience, priority, lastModified } = claims;
  const time = typeof lastModified === 'string' ? Date.parse(lastModified) : Number.NaN;
  return {
    audience: (['user', 'assistant'] as const).filter(
      (role) => Array.isArray(audience) && audience.includes(role),
    ),
    priority: typeof priority === 'number' && priority >= 0 && priority <= 1 ? priority : undefined,
    lastModified: Number.isNaN(time) ? undefined : time,
  };
}
