import { planInstall, type InstallPlan } from '../../src/core/installPlan.ts';
import type { PlanOptions } from '../../src/core/installDraft.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { RegistryEntry } from '../../src/core/registry.ts';
import { isBadEntry, parseEntry } from '../../src/core/registryParse.ts';

/** An entry that must be readable. */
export function entryOf(json: Json): RegistryEntry {
  const entry = parseEntry(json);
  if (isBadEntry(entry)) throw new Error(entry.reason);
  return entry;
}

/** An entry with one npm package, changed by `change`. */
export function packageEntry(change: JsonObject = {}, server: JsonObject = {}): RegistryEntry {
  return entryOf({
    server: {
      name: 'com.example/tool',
      description: 'A tool',
      version: '1.0.0',
      packages: [
        {
          registryType: 'npm',
          identifier: '@example/tool',
          version: '1.0.0',
          transport: { type: 'stdio' },
          ...change,
        },
      ],
      ...server,
    },
  });
}

/** An entry with one remote, changed by `change`. */
export function remoteEntry(change: JsonObject): RegistryEntry {
  return entryOf({
    server: {
      name: 'com.example/tool',
      description: 'A tool',
      version: '1.0.0',
      remotes: [{ type: 'streamable-http', url: 'https://api.example.com/mcp', ...change }],
    },
  });
}

/** The plan of an entry's first remote, else of its first package. */
export function planOf(entry: RegistryEntry, options: PlanOptions = {}): InstallPlan {
  return planInstall(entry, { kind: entry.remotes.length > 0 ? 'remote' : 'package', index: 0 }, options);
}

/** A plan that has a launch. */
export type Planned = Extract<InstallPlan, { kind: 'runnable' }>;

/** The plan of an entry, which must not be refused. */
export function plannedOf(entry: RegistryEntry, options: PlanOptions = {}): Planned {
  const plan = planOf(entry, options);
  if (plan.kind === 'refused' || plan.launch === undefined)
    throw new Error(`refused: ${plan.reasons.join('; ')}`);
  return plan as Planned;
}

/** The arguments of a planned command. */
export function argsOf(plan: InstallPlan): readonly string[] {
  return plan.kind !== 'refused' && plan.launch?.kind === 'stdio' ? plan.launch.args : [];
}
