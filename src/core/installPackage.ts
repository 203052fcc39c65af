import type { PlanDraft } from './installDraft.ts';
import { planBundleDownload } from './installMcpb.ts';
import { planNpm } from './installNpm.ts';
import { planOci } from './installOci.ts';
import { planCargo, planGo, planNuget } from './installOthers.ts';
import type { Need } from './installPlan.ts';
import { planUnpacked } from './mcpbPlan.ts';
import { planPypi } from './installPypi.ts';
import { isOwnAddress, packageAddress, planRemote, withExamples } from './installRemote.ts';
import type { LaunchTemplate } from './installTemplate.ts';
import type { EntryPackage, RegistryEntry } from './registry.ts';

/** What a package or remote becomes before it is checked as a whole. */
export interface Made {
  readonly launch: LaunchTemplate | undefined;
  readonly connect?: Extract<LaunchTemplate, { kind: 'http' }> | undefined;
  readonly needs: readonly Need[];
  readonly prepare?: readonly string[];
  readonly download?: { readonly url: string; readonly sha256: string } | undefined;
}

/** Plans one package by its kind and transport; refusals and everything to look at go into the draft. */
export function planPackage(draft: PlanDraft, entry: RegistryEntry, entryPackage: EntryPackage): Made {
  const { transport } = entryPackage;
  if (transport.kind === 'unknown') {
    draft.refuseIf(`the transport ${JSON.stringify(transport.type)} is not known`);
    return { launch: undefined, needs: [] };
  }
  if (transport.kind !== 'stdio') {
    const port = portOf(transport.url);
    const isElsewhere =
      !isOwnAddress([transport.url.replaceAll(/\{[^{}]*\}/g, '1')]) && !/^https?:\/\/\{/.test(transport.url);
    if (isElsewhere) {
      // The publisher names a machine that is not this one, so nothing has to be started here.
      draft.review(
        'remote',
        `the package's transport names ${hostText(transport.url)}, which is not this machine: planned as a remote server; ask`,
      );
      return { launch: planRemote(draft, { ...transport, variables: {} }), needs: ['confirm'] };
    }
    const made = planProgram(draft, entry, entryPackage, port);
    if (made.launch?.kind !== 'stdio') return made;
    const connect = packageAddress(draft, entryPackage, transport, made.launch);
    draft.refuseIf(
      isOwnAddress(connect.url)
        ? undefined
        : `the package would answer at ${withExamples(connect.url)}, which is not this machine`,
    );
    return { ...made, connect };
  }
  return planProgram(draft, entry, entryPackage, undefined);
}

function planProgram(
  draft: PlanDraft,
  entry: RegistryEntry,
  entryPackage: EntryPackage,
  port: number | undefined,
): Made {
  const pinned = (launch: LaunchTemplate | undefined): Made => ({
    launch,
    needs: draft.checks.some((check) => check.id === 'pin' && check.verdict === 'warn') ? ['version'] : [],
  });
  switch (entryPackage.registryType) {
    case 'npm':
      return pinned(planNpm(draft, entryPackage));
    case 'pypi':
      return pinned(planPypi(draft, entryPackage));
    case 'nuget':
      return pinned(planNuget(draft, entryPackage));
    case 'go':
      return pinned(planGo(draft, entryPackage, entry.publisher));
    case 'oci':
    case 'docker':
      return { launch: planOci(draft, entryPackage, port), needs: [] };
    case 'cargo': {
      const { launch, prepare } = planCargo(draft, entryPackage);
      return { ...pinned(launch), needs: [...pinned(launch).needs, 'prepare'], prepare };
    }
    case 'mcpb': {
      const download = planBundleDownload(draft, entryPackage);
      const { bundle } = draft.options;
      if (bundle === undefined) return { launch: undefined, needs: ['download'], download };
      return { launch: planUnpacked(draft, entryPackage, bundle), needs: [], download };
    }
    default:
      draft.refuseIf(
        `packages of the kind ${JSON.stringify(entryPackage.registryType)} are not known, so nothing can be installed from them`,
      );
      return { launch: undefined, needs: [] };
  }
}

function portOf(url: string): number | undefined {
  const port = /^https?:\/\/[^/?#]*:(\d{1,5})(?:[/?#]|$)/.exec(url)?.[1];
  return port === undefined ? undefined : Number(port);
}

function hostText(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
