import type { Json, JsonObject } from './json.ts';

/** One thing that a check of a value against a JSON Schema found. */
export interface Finding {
  /** `value`: the value breaks the schema; `schema`: the schema cannot be used, the value was not (fully) checked. */
  readonly kind: 'value' | 'schema';
  /** JSON pointer (RFC 6901) of the place in the value that must change; a missing property is named itself. */
  readonly path: string;
  /** The JSON Schema keyword that failed (`oneOfMany`: more than one alternative fits), for a message in the user's language. */
  readonly keyword: string;
  /** What fills such a message: a limit, a format, a type. Visible text. */
  readonly params: readonly string[];
  /** English, for logs and for surfaces without a table of messages. Visible text. */
  readonly message: string;
}

/** Checks values against schemas that come from servers. */
export interface SchemaValidator {
  /** Every finding, at most 100, in the order of the value; empty when the value fits. Never throws, bounded work for any schema and value. */
  validate(schema: JsonObject, value: Json): readonly Finding[];
}

/** True when a finding must keep a value from being sent. */
export function isBlocking(finding: Finding): boolean {
  return finding.kind === 'value';
}
