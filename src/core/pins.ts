import type { Tool } from './connection.ts';
import type { Json, JsonObject } from './json.ts';
import type { Sha256 } from './ports.ts';
import { canonicalJson } from './util/canonicalJson.ts';

const pinnedFields = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
  'execution',
  '_meta',
] as const;

/** The part of a tool definition that a pin covers, as received. */
export function pinnedDefinition(tool: Tool): JsonObject {
  const members = pinnedFields.flatMap((field): [string, Json][] => {
    const value = tool.raw[field];
    return value === undefined ? [] : [[field, value]];
  });
  return Object.fromEntries(members);
}

/** SHA-256 of the canonical JSON (RFC 8785) of the pinned fields. */
export function definitionHash(tool: Tool, sha256: Sha256): string {
  return sha256(canonicalJson(pinnedDefinition(tool)));
}
