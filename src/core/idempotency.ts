import type { JsonObject } from './json.ts';

/** The idempotency key among a call's arguments: a server that takes one answers a repeat with the same work, not with more. */
export function idempotencyKeyOf(args: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(args))
    if (isKeyName(name) && typeof value === 'string' && value !== '') return value;
  return undefined;
}

/** The argument of a tool that takes an idempotency key, by its input schema. */
export function idempotencyArgument(inputSchema: JsonObject): string | undefined {
  const { properties } = inputSchema;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return undefined;
  return Object.keys(properties).find(isKeyName);
}

function isKeyName(name: string): boolean {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '') === 'idempotencykey';
}
