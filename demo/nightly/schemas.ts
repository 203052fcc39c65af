import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from './jsonRpc.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
// The package is CommonJS: Node gives its callable as the default export's own `default`.
(addFormats as unknown as { default: (target: Ajv2020) => void }).default(ajv);

/** Why `value` does not match the JSON Schema 2020-12, as one line for a human; undefined when it does. */
export function mismatch(schema: JsonObject, value: unknown, what: string): string | undefined {
  try {
    const validate = ajv.compile(schema);
    if (validate(value)) return undefined;
    return (validate.errors ?? [])
      .map((error) => `${error.instancePath === '' ? what : error.instancePath.slice(1)} ${error.message}`)
      .join('; ');
  } finally {
    // Questions come freshly parsed from the store: kept compiled, each would stay in memory for ever.
    ajv.removeSchema(schema);
  }
}
