/** Any JSON value, readonly. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object, readonly. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a plain JSON object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
