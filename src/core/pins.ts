import type { Tool } from './connection.ts';
import type { Offer } from './connections.ts';
import type { Json, JsonObject } from './json.ts';
import type { Sha256 } from './ports.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/** What of a server is pinned. */
export type PinKind = 'tool' | 'prompt' | 'template' | 'instructions';

/** One definition that a server offers, as it would be pinned. */
export interface Pinnable {
  readonly kind: PinKind;
  /** The tool's or prompt's name, the template's URI template, empty for the instructions. */
  readonly name: string;
  /** As received, whole. */
  readonly raw: JsonObject;
}

const fields: Readonly<Record<PinKind, readonly string[]>> = {
  tool: ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'execution', '_meta'],
  prompt: ['name', 'title', 'description', 'arguments', '_meta'],
  template: ['uriTemplate', 'name', 'title', 'description', 'mimeType', 'annotations', '_meta'],
  instructions: ['instructions'],
};

/** The part of a tool definition that a pin covers, as received. */
export function pinnedDefinition(tool: Pick<Tool, 'raw'>): JsonObject {
  return pinned('tool', tool.raw);
}

/** SHA-256 of the canonical JSON (RFC 8785) of the pinned fields. */
export function definitionHash(tool: Pick<Tool, 'raw'>, sha256: Sha256): string {
  return sha256(canonicalJson(pinnedDefinition(tool)));
}

/** The hash of what is pinned; undefined for a definition without canonical form (a lone surrogate, no end of nesting), which can never be accepted. */
export function pinHash(definition: JsonObject, sha256: Sha256): string | undefined {
  try {
    return sha256(canonicalJson(definition));
  } catch {
    return undefined;
  }
}

/** Everything of an offer that is pinned; of things with the same name the first, as callers are given it. */
export function pinnables(offer: Offer, instructions: string | undefined): readonly Pinnable[] {
  const all: readonly Pinnable[] = [
    ...offer.tools.items.map(({ name, raw }) => ({ kind: 'tool', name, raw }) as const),
    ...offer.prompts.items.map(({ name, raw }) => ({ kind: 'prompt', name, raw }) as const),
    ...offer.resourceTemplates.items.map(
      ({ uriTemplate, raw }) => ({ kind: 'template', name: uriTemplate, raw }) as const,
    ),
    ...(instructions === undefined
      ? []
      : [{ kind: 'instructions', name: '', raw: { instructions } } as const]),
  ];
  const seen = new Set<string>();
  return all.filter((item) => {
    const key = pinKey(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Names one pinned thing of a server. */
export function pinKey({ kind, name }: Pick<Pinnable, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** The fields that a pin covers, as received. */
export function pinned(kind: PinKind, raw: JsonObject): JsonObject {
  const members = fields[kind].flatMap((field): [string, Json][] => {
    const value = Object.hasOwn(raw, field) ? raw[field] : undefined;
    return value === undefined ? [] : [[field, value]];
  });
  return Object.fromEntries(members);
}
