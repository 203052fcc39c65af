import type { JsonObject } from '../core/json.ts';
import type { EntrySchemas } from '../core/registrySchema.ts';
import schemas from './registrySchemas.json' with { type: 'json' };

const published = schemas as unknown as Readonly<Record<string, JsonObject>>;

/** The published `server.json` schemas without their descriptions; two of the dates have one and the same text. */
export const entrySchemas: EntrySchemas = { ...published, '2025-10-11': published['2025-10-17'] ?? {} };
