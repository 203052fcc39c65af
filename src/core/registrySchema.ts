import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { RegistryEntry } from './registry.ts';
import type { Finding, SchemaValidator } from './schemaValidator.ts';

/** What the schema that an entry declares says about it: advice, never a reason to reject. */
export type SchemaAdvice =
  | { readonly kind: 'valid'; readonly schema: string }
  | { readonly kind: 'invalid'; readonly schema: string; readonly findings: readonly Finding[] }
  | { readonly kind: 'unknown'; readonly schema: string | undefined }; // none declared, or one that we do not have

/** The published `server.json` schemas by date, and `draft`. */
export type EntrySchemas = Readonly<Record<string, JsonObject>>;

/** Checks an entry as received against the schema it declares. */
export function schemaAdvice(
  entry: RegistryEntry,
  schemas: EntrySchemas,
  validator: SchemaValidator,
): SchemaAdvice {
  const date = schemaDateOf(entry.schema);
  const schema = date === undefined || !Object.hasOwn(schemas, date) ? undefined : schemas[date];
  if (date === undefined || schema === undefined) return { kind: 'unknown', schema: entry.schema };
  const findings = validator.validate(schema, documentOf(entry.raw));
  return findings.length === 0
    ? { kind: 'valid', schema: date }
    : { kind: 'invalid', schema: date, findings };
}

/** The date in a schema's address; `draft` for the draft; undefined when it is no `server.json` schema. */
export function schemaDateOf(address: string | undefined): string | undefined {
  const match = /\/(\d{4}-\d{2}-\d{2}|draft)\/server\.schema\.json(?:#.*)?$/.exec(address ?? '');
  return match?.[1];
}

function documentOf(raw: Json): Json {
  return isJsonObject(raw) && isJsonObject(raw['server']) ? raw['server'] : raw;
}
