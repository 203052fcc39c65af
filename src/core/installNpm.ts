import { packageParts, readArguments, type Piece } from './installArguments.ts';
import type { PlanDraft } from './installDraft.ts';
import { isFloatingVersion, npmNameProblem, versionProblem } from './installNames.ts';
import { npxOptions, readRunnerItems } from './installRunners.ts';
import { literalOf, runnerWords, type ArgumentPart, type LaunchTemplate } from './installTemplate.ts';
import type { EntryPackage } from './registry.ts';

export const movedText =
  'runtimeArguments that are not options of the runner moved behind the package: review';
export const repeatedSpecText = 'package spec repeated in runtimeArguments: dropped';
const npmRegistry = /^https:\/\/registry\.(?:npmjs\.org|yarnpkg\.com)\/?$/;

/** An npm package as `npx -y …`, or as `bunx …` when the user chose that. */
export function planNpm(draft: PlanDraft, entryPackage: EntryPackage): LaunchTemplate | undefined {
  const { identifier, registryBaseUrl } = entryPackage;
  draft.refuseIf(npmNameProblem(identifier));
  const version = pinnedVersion(draft, 'npm', entryPackage.version);
  const spec = version === undefined ? identifier : `${identifier}@${version}`;
  const isBun = draft.options.runner === 'bunx';
  const args: ArgumentPart[] = isBun ? [] : [runnerWords('-y')];
  if (registryBaseUrl !== undefined && !npmRegistry.test(registryBaseUrl))
    args.push(...otherSource(draft, registryBaseUrl, (url) => [`--registry=${url}`]));
  if (entryPackage.runtimeHint !== undefined && /^bunx?$/.test(entryPackage.runtimeHint) && !isBun) {
    draft.review('ambiguous', 'the publisher names bun as the runtime: bunx can be chosen instead of npx');
  }

  const behind: Piece[] = [];
  let hasPackageOption = false;
  let isAfterSpec = false;
  for (const item of readRunnerItems(
    draft,
    readArguments(draft, entryPackage.runtimeArguments, 'runtime'),
    npxOptions,
  )) {
    if (item.kind === 'word') {
      const text = literalOf(item.piece.part.words[0]);
      if (item.piece.part.words.length === 1 && text !== undefined && isSpecOf(text, identifier)) {
        draft.review('dropped', repeatedSpecText);
        isAfterSpec = true;
        continue;
      }
      if (
        isAfterSpec &&
        item.piece.name === undefined &&
        behind.length === 0 &&
        text !== undefined &&
        !text.startsWith('-')
      ) {
        draft.review('moved', movedText);
        draft.review('ambiguous', 'ambiguous: second binary of the package or an argument; ask');
      } else if (!hasPackageOption) {
        draft.review('moved', movedText);
      }
      behind.push(item.piece);
    } else if (item.kind === 'switch') {
      if (/^(?:-y|--yes)$/.test(item.name)) draft.leaveOut(item.part);
      else args.push(item.part);
    } else if (/^(?:-p|--package)$/.test(item.name)) {
      const named = literalOf(item.value);
      if (named !== undefined && isSpecOf(named, identifier)) {
        hasPackageOption = true;
        args.push(runnerWords('--package', spec));
      } else if (item.name === '--package') {
        draft.refuseIf(`--package ${named ?? '…'} would run another npm package than ${identifier}`);
      } else {
        draft.review('moved', movedText);
        behind.push({ part: item.part, name: item.name, isFixed: true });
      }
    } else args.push(item.part);
  }
  if (!hasPackageOption) args.push(runnerWords(spec));
  const tail = [
    ...packageParts(behind),
    ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument')),
  ];
  return {
    kind: 'stdio',
    command: [isBun ? 'bunx' : 'npx'],
    args: [...args, ...tail],
    env: draft.environment(entryPackage.environmentVariables),
    cwd: undefined,
  };
}

/** The version to run: the entry's, or the one the user pinned; undefined (and noted) when there is none. */
export function pinnedVersion(
  draft: PlanDraft,
  registry: string,
  declared: string | undefined,
): string | undefined {
  const version = isFloatingVersion(declared) ? draft.options.version : declared;
  if (version === undefined) {
    const text =
      declared === undefined
        ? 'the entry names no version'
        : `the entry names "${declared}" and no exact version`;
    draft.danger({
      kind: 'unpinned',
      subject: declared ?? registry,
      message: `${text}: what runs can change without notice`,
    });
    draft.check('pin', 'warn', `not pinned: ${text}; find the current version and pin it before installing`);
    return undefined;
  }
  if (draft.refuseIf(versionProblem(version))) return undefined;
  draft.check('pin', 'pass', `pinned to ${version} of ${registry}`);
  return version;
}

/** Options that take the package from another registry than the public one. */
export function otherSource(
  draft: PlanDraft,
  url: string,
  option: (url: string) => readonly string[],
): ArgumentPart[] {
  const isUsable =
    URL.canParse(url) &&
    /^https?:$/.test(new URL(url).protocol) &&
    !/[\s\p{C}]/u.test(url) &&
    new URL(url).username === '';
  if (
    draft.refuseIf(isUsable ? undefined : `the package registry ${JSON.stringify(url)} is not a web address`)
  )
    return [];
  draft.check('source', 'warn', `the package comes from ${new URL(url).host}: who owns it cannot be checked`);
  if (new URL(url).protocol === 'http:')
    draft.danger({ kind: 'insecure', subject: url, message: 'the package is fetched without encryption' });
  return [runnerWords(...option(url))];
}

function isSpecOf(text: string, identifier: string): boolean {
  return (
    text === identifier ||
    (text.startsWith(`${identifier}@`) && !text.slice(identifier.length + 1).includes('/'))
  );
}
