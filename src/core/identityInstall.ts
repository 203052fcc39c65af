import { verdictView, type VerdictView } from './dashboardIdentity.ts';
import { entryEvidence } from './identityEntry.ts';
import type { KnownServer, SiteOf } from './identityEvidence.ts';
import { identityReport } from './identityReport.ts';
import { currentPlan, type InstallFlow } from './installFlow.ts';
import { commandLineOf } from './launchText.ts';
import type { RegistrySource } from './registry.ts';

/** Who is about to be installed, from the entry and what was filled in; nothing is asked. Undefined before the review, and for what is no entry. */
export function installVerdict(
  flow: InstallFlow,
  context: {
    readonly now: number;
    readonly siteOf: SiteOf;
    readonly known: readonly KnownServer[];
    readonly source: (registryId: string) => RegistrySource | undefined;
  },
): VerdictView | undefined {
  const { origin, thing, step } = flow;
  if (thing.kind !== 'entry' || step.kind !== 'review') return undefined;
  const { definition, access } = step.review;
  const source = origin.kind === 'registry' ? context.source(origin.registryId) : undefined;
  const registry =
    origin.kind === 'registry'
      ? { label: origin.label, url: origin.url, isPolicy: source?.isPolicy ?? false }
      : undefined;
  const { launch } = definition;
  const known = context.known.filter(({ name }) => name !== thing.entry.name);
  const evidence = entryEvidence(thing.entry, registry, { ...context, known });
  const isRemote = launch.kind === 'http';
  return verdictView(
    identityReport({
      ...evidence,
      subject: currentPlan(flow)?.subject,
      server: {
        name: definition.name,
        url: isRemote ? launch.url : undefined,
        command: isRemote ? undefined : commandLineOf(launch),
      },
      access: access.kind === 'blocked' ? access : undefined,
    }).verdict,
  );
}
