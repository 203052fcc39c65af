// Writes media/mcp-policy.schema.json, which the editor completes and explains policy files by, from what the parser checks by.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { editorSchema } from '../src/core/policySchema.ts';
import { root } from './processes.ts';

/** Where the schema is, from the root of the repository. */
export const policySchemaFile = 'media/mcp-policy.schema.json';

/** The text of the schema file. */
export function policySchemaText(): string {
  return `${JSON.stringify(editorSchema(), undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(path.join(root, policySchemaFile), policySchemaText());
