import { entryOf, type ConfigChange } from './configEdit.ts';
import { currentPlan, type InstallFlow, type InstallReview } from './installFlow.ts';
import { answerKeys } from './installForm.ts';
import type { InstallRecord } from './installRecord.ts';
import type { InstallTarget } from './installTarget.ts';
import type { JsonObject } from './json.ts';
import type { RegistryEntry } from './registry.ts';
import type { InputDefinition, ServerDefinition } from './server.ts';

/** The change of a configuration file that an installation makes; `configured` is what the file has under that name now. */
export function changeOf(
  flow: InstallFlow,
  target: InstallTarget,
  completed: InstallReview['completed'],
  configured: ServerDefinition | undefined,
): ConfigChange {
  const { name } = flow.choices;
  // A package that answers over HTTP is started by the user: what is written is where it answers.
  const entry = entryOf(completed.connectTo ?? completed.launch, target.source.kind);
  const there = new Set(configured?.inputs.map((input) => input.id));
  const inputs = completed.inputs.filter((input) => !there.has(input.id)).map(inputEntry);
  const kind = flow.purpose.kind !== 'install' && target.names.includes(name) ? 'replace' : 'add';
  return { kind, name, entry, ...(inputs.length > 0 ? { inputs } : {}) };
}

/** What is remembered of it, once that is written; undefined for what came from no registry or document. */
export function recordOf(flow: InstallFlow, review: InstallReview, now: number): InstallRecord | undefined {
  const { origin, thing, known } = flow;
  const plan = currentPlan(flow);
  if (thing.kind !== 'entry' || !plan || origin.kind === 'link' || origin.kind === 'typed') return undefined;
  const { entry }: { readonly entry: RegistryEntry } = thing;
  const keyOf = answerKeys(flow.choices.name);
  const inputs = (plan.kind === 'refused' ? undefined : plan.inputs) ?? [];
  const open = inputs.filter((input) => !input.isPassword && !known.kept.has(keyOf(input.id)));
  return {
    serverId: review.definition.id,
    registryId: origin.kind === 'registry' ? origin.registryId : origin.kind,
    registryUrl: origin.kind === 'registry' ? origin.url : origin.kind === 'url' ? origin.url : origin.file,
    name: entry.name,
    version: entry.version,
    subject: plan.subject,
    launchHash: review.definition.launchHash,
    installedAt: now,
    folder: flow.bundle !== undefined && plan === flow.bundle.plan ? flow.bundle.folder : undefined,
    answers: Object.fromEntries(
      open.flatMap((input) => {
        const answer = known.answers[keyOf(input.id)];
        return answer === undefined ? [] : [[keyOf(input.id), answer] as const];
      }),
    ),
    previous: [],
  };
}

/** An input in the words of mcp.json. */
function inputEntry(input: InputDefinition): JsonObject {
  const about = { id: input.id, description: input.description };
  const preset = input.default === undefined ? {} : { default: input.default };
  if (input.kind === 'pick') return { type: 'pickString', ...about, options: [...input.options], ...preset };
  return { type: 'promptString', ...about, ...(input.isPassword ? { password: true } : {}), ...preset };
}
