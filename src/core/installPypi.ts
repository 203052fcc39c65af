import { packageParts, readArguments, type Piece } from './installArguments.ts';
import type { PlanDraft } from './installDraft.ts';
import { normalPypiName, pypiNameProblem, splitExtras } from './installNames.ts';
import { movedText, otherSource, pinnedVersion, repeatedSpecText } from './installNpm.ts';
import { readRunnerItems, uvxOptions } from './installRunners.ts';
import { literalOf, runnerWords, type ArgumentPart, type LaunchTemplate } from './installTemplate.ts';
import type { EntryPackage } from './registry.ts';

const pypi = /^https:\/\/(?:pypi\.org|files\.pythonhosted\.org|pypi\.python\.org)(?:\/simple)?\/?$/;

/** A PyPI project as `uvx …`; `--from` and `python -m` where the publisher's arguments say so. */
export function planPypi(draft: PlanDraft, entryPackage: EntryPackage): LaunchTemplate {
  const { identifier, registryBaseUrl } = entryPackage;
  draft.refuseIf(pypiNameProblem(identifier));
  const version = pinnedVersion(draft, 'PyPI', entryPackage.version);
  const pinned = (name: string) => (version === undefined ? name : `${name}==${version}`);
  const args: ArgumentPart[] = [];
  if (registryBaseUrl !== undefined && !pypi.test(registryBaseUrl)) {
    args.push(...otherSource(draft, registryBaseUrl, (url) => ['--default-index', url]));
  }

  let spec = identifier;
  let isFrom = false;
  const behind: Piece[] = [];
  for (const item of readRunnerItems(
    draft,
    readArguments(draft, entryPackage.runtimeArguments, 'runtime'),
    uvxOptions,
  )) {
    // Behind the first word of the package, everything is read by the package.
    if (item.kind !== 'word' && behind.length > 0 && !isRunnerOnly(item.name)) {
      behind.push({ part: item.part, name: item.name, isFixed: true });
    } else if (item.kind === 'switch') {
      args.push(item.part);
    } else if (item.kind === 'option') {
      if (item.name !== '--from') {
        args.push(item.part);
        continue;
      }
      const named = requirementOf(literalOf(item.value) ?? '');
      if (named !== undefined && normalPypiName(named) === normalPypiName(identifier)) {
        isFrom = true;
        spec = named;
      } else {
        draft.refuseIf(`--from ${literalOf(item.value) ?? '…'} would run another package than ${identifier}`);
      }
    } else {
      const text = literalOf(item.piece.part.words[0]);
      const named =
        item.piece.part.words.length === 1 && text !== undefined && behind.length === 0
          ? requirementOf(text)
          : undefined;
      if (named !== undefined && !isFrom && normalPypiName(named) === normalPypiName(identifier)) {
        draft.review('dropped', repeatedSpecText);
        if (splitExtras(named).extras.length > 0) {
          spec = named;
          draft.review('repaired', `the extras of ${named} are kept`);
        }
      } else {
        behind.push(item.piece);
      }
    }
  }

  const [first, second, ...others] = behind;
  const firstText = literalOf(first?.part.words[0]);
  const isModule = firstText === '-m' && second !== undefined;
  if (behind.length > 0 && !isFrom) draft.review('moved', movedText);
  if (isModule) {
    args.push(runnerWords('--from', pinned(spec), 'python', '-m'));
    args.push(...packageParts([second, ...others]));
  } else {
    args.push(isFrom ? runnerWords('--from', pinned(spec)) : runnerWords(pinned(spec)));
    if (
      !isFrom &&
      first?.name === undefined &&
      firstText !== undefined &&
      isScriptName(firstText, identifier)
    ) {
      draft.review('ambiguous', `ambiguous: probably "uvx --from ${pinned(spec)} ${firstText}"; ask`);
    }
    args.push(...packageParts(behind));
  }
  return {
    kind: 'stdio',
    command: ['uvx'],
    args: [...args, ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument'))],
    env: draft.environment(entryPackage.environmentVariables),
    cwd: undefined,
  };
}

/** Options that no server reads, so that they are the runner's wherever they stand. */
function isRunnerOnly(name: string): boolean {
  return /^--(?:from|with|with-editable|with-requirements|default-index|index-url|extra-index-url|isolated|prerelease|python)$/.test(
    name,
  );
}

/** The name (with extras) of `name`, `name==1`, `name@1`; undefined when the text is no such requirement. */
function requirementOf(text: string): string | undefined {
  const match =
    /^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._,\s-]*\])?)(?:(?:==|@)[A-Za-z0-9.+!_-]+)?$/.exec(text);
  return match?.[1];
}

/** A word that looks like a second program of the package. */
function isScriptName(text: string, identifier: string): boolean {
  const [word, base] = [normalPypiName(text), normalPypiName(identifier)];
  return (
    /^[A-Za-z][A-Za-z0-9._-]*$/.test(text) &&
    (word.startsWith(base) || base.startsWith(word) || word.endsWith('-server') || word.startsWith('mcp-'))
  );
}
