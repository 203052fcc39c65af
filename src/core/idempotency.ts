import type { JsonObject } from './json.ts';

/** The idempotency key among a call's arguments: a server that takes one answers a repeat with the same work, not with more. */
export function idempotencyKeyOf(args: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(args))
    if (isKeyName(name) && typeof value === 'string' && value !== '') return value;
  return undefined;
}

function isKeyName(name: string): boolean {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '') === 'idempotencykey';
}
