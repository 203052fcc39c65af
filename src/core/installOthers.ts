import { packageParts, readArguments, type Piece } from './installArguments.ts';
import type { PlanDraft } from './installDraft.ts';
import { crateNameProblem, goModuleProblem, nugetNameProblem } from './installNames.ts';
import { movedText, otherSource, pinnedVersion } from './installNpm.ts';
import { dnxOptions, goOptions, readRunnerItems } from './installRunners.ts';
import { literalOf, runnerWords, type ArgumentPart, type LaunchTemplate } from './installTemplate.ts';
import type { EntryPackage } from './registry.ts';

const nuget = /^https:\/\/(?:api\.nuget\.org(?:\/v3\/index\.json)?|(?:www\.)?nuget\.org)\/?$/;

/** A NuGet tool as `dnx id@version --yes [-- …]` (.NET 10 SDK). */
export function planNuget(draft: PlanDraft, entryPackage: EntryPackage): LaunchTemplate {
  const { identifier, registryBaseUrl } = entryPackage;
  draft.refuseIf(nugetNameProblem(identifier));
  const version = pinnedVersion(draft, 'NuGet', entryPackage.version);
  const own: ArgumentPart[] = [];
  const behind: Piece[] = [];
  for (const item of readRunnerItems(
    draft,
    readArguments(draft, entryPackage.runtimeArguments, 'runtime'),
    dnxOptions,
  )) {
    if (item.kind === 'word') {
      draft.review('moved', movedText);
      behind.push(item.piece);
    } else if (/^(?:-y|--yes)$/.test(item.name) || item.name === '--version') draft.leaveOut(item.part);
    else own.push(item.part);
  }
  if (registryBaseUrl !== undefined && !nuget.test(registryBaseUrl)) {
    own.push(...otherSource(draft, registryBaseUrl, (url) => ['--source', url]));
  }
  const tail = [
    ...packageParts(behind),
    ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument')),
  ];
  // `--` stands only before arguments: with nothing but optional ones it goes when all of them go.
  const separator = tail.length === 0 ? [] : [runnerWords('--')];
  return {
    kind: 'stdio',
    command: ['dnx'],
    args: [
      ...own,
      runnerWords(version === undefined ? identifier : `${identifier}@${version}`),
      runnerWords('--yes'),
      ...separator,
      ...tail,
    ],
    env: draft.environment(entryPackage.environmentVariables),
    cwd: undefined,
  };
}

/** A Go module as `go run module@version …`; under io.github the module's owner must be the publisher. */
export function planGo(draft: PlanDraft, entryPackage: EntryPackage, publisher: string): LaunchTemplate {
  const { identifier } = entryPackage;
  draft.refuseIf(goModuleProblem(identifier));
  let version = pinnedVersion(draft, 'the Go module', entryPackage.version);
  if (version !== undefined && /^\d+\.\d+\.\d+/.test(version)) {
    draft.review('repaired', `Go versions start with v: ${version} changed to v${version}`);
    version = `v${version}`;
  }
  const owner = /^github\.com\/([^/]+)\//.exec(identifier)?.[1];
  const login = /^io\.github\.(.+)$/.exec(publisher)?.[1];
  if (owner !== undefined && login !== undefined) {
    const isSame = owner.toLowerCase() === login.toLowerCase();
    draft.check(
      'owner',
      isSame ? 'pass' : 'fail',
      isSame
        ? `the module belongs to ${owner}, as the name says`
        : `the module belongs to ${owner}, the name says ${login}`,
    );
    draft.refuseIf(
      isSame ? undefined : `the module belongs to ${owner}, but the entry is published as ${login}`,
    );
  } else {
    draft.check('owner', 'unknown', 'the name does not tell who owns the module');
  }
  if (
    entryPackage.registryBaseUrl !== undefined &&
    !/^https:\/\/proxy\.golang\.org\/?$/.test(entryPackage.registryBaseUrl)
  ) {
    draft.review(
      'ignored',
      `${entryPackage.registryBaseUrl}: go takes modules from the proxy that is set up on this machine`,
    );
  }
  const own: ArgumentPart[] = [];
  const behind: Piece[] = [];
  for (const item of readRunnerItems(
    draft,
    readArguments(draft, entryPackage.runtimeArguments, 'runtime'),
    goOptions,
  )) {
    if (item.kind !== 'word') own.push(item.part);
    else if (literalOf(item.piece.part.words[0]) === 'run')
      draft.review('dropped', 'run repeated in runtimeArguments: dropped');
    else {
      draft.review('moved', movedText);
      behind.push(item.piece);
    }
  }
  return {
    kind: 'stdio',
    command: ['go'],
    args: [
      runnerWords('run'),
      ...own,
      runnerWords(version === undefined ? identifier : `${identifier}@${version}`),
      ...packageParts(behind),
      ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument')),
    ],
    env: draft.environment(entryPackage.environmentVariables),
    cwd: undefined,
  };
}

/** A crate: its program, and the command that the user runs once to install it. */
export function planCargo(
  draft: PlanDraft,
  entryPackage: EntryPackage,
): { readonly launch: LaunchTemplate; readonly prepare: readonly string[] } {
  const { identifier, registryBaseUrl } = entryPackage;
  draft.refuseIf(crateNameProblem(identifier));
  const version = pinnedVersion(draft, 'crates.io', entryPackage.version);
  const isOther =
    registryBaseUrl !== undefined && !/^https:\/\/(?:static\.|index\.)?crates\.io\/?$/.test(registryBaseUrl);
  const source = isOther ? otherSource(draft, registryBaseUrl, (url) => ['--index', url]) : [];
  const prepare = ['cargo', 'install', '--locked', ...(version === undefined ? [] : ['--version', version])];
  prepare.push(...source.flatMap((part) => part.words.map((word) => literalOf(word) ?? '')), identifier);
  draft.review('ambiguous', `the program is assumed to be called ${identifier}, like the crate`);
  const bin = draft.options.cargoBin;
  const slash = bin?.includes('\\') ? '\\' : '/';
  const suffix = draft.options.platform?.os === 'win32' ? '.exe' : '';
  const runtime = readArguments(draft, entryPackage.runtimeArguments, 'runtime');
  if (runtime.length > 0) draft.review('moved', movedText);
  return {
    prepare,
    launch: {
      kind: 'stdio',
      command: [bin === undefined ? identifier : `${bin}${slash}${identifier}${suffix}`],
      args: [
        ...packageParts(runtime),
        ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument')),
      ],
      env: draft.environment(entryPackage.environmentVariables),
      cwd: undefined,
    },
  };
}
