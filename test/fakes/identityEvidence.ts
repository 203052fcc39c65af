import type { IdentityEvidence } from '../../src/core/identityEvidence.ts';
import { entryEvidence } from '../../src/core/identityEntry.ts';
import type { CheckId, IdentityCheck } from '../../src/core/identityCheck.ts';
import { identityReport } from '../../src/core/identityReport.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { siteOf } from '../../src/node/publicSuffixes.ts';
import { entryOf } from './registryEntries.ts';

export const officialRegistry = {
  label: 'Official',
  url: 'https://registry.modelcontextprotocol.io',
  isPolicy: false,
};

/** Evidence on an entry of the official registry that nobody was asked about, changed by `change`. */
export function evidenceOn(server: JsonObject, change: Partial<IdentityEvidence> = {}): IdentityEvidence {
  const entry = entryOf({
    server: { name: 'com.example/tool', description: 'A tool', version: '1.0.0', ...server },
  });
  return { ...entryEvidence(entry, officialRegistry, { now: 1000, siteOf }), ...change };
}

/** An entry with one remote. */
export function remoteOn(
  url: string,
  server: JsonObject = {},
  change: Partial<IdentityEvidence> = {},
): IdentityEvidence {
  return evidenceOn({ remotes: [{ type: 'streamable-http', url }], ...server }, change);
}

/** An entry with one package. */
export function packageOn(
  item: JsonObject,
  server: JsonObject = {},
  change: Partial<IdentityEvidence> = {},
): IdentityEvidence {
  return evidenceOn({ packages: [{ transport: { type: 'stdio' }, ...item }], ...server }, change);
}

/** One check of the report on evidence. */
export function checkOf(evidence: IdentityEvidence, id: CheckId): IdentityCheck {
  const check = identityReport(evidence).checks.find((one) => one.id === id);
  if (!check) throw new Error(`no check ${id}`);
  return check;
}
