import { packageParts, readArguments, type Piece } from './installArguments.ts';
import type { PlanDraft } from './installDraft.ts';
import {
  imageRepository,
  imageText,
  isFloatingVersion,
  parseImage,
  type ImageReference,
} from './installNames.ts';
import { movedText } from './installNpm.ts';
import { dockerOptions, readRunnerItems } from './installRunners.ts';
import {
  inputIdsOf,
  literalOf,
  runnerWords,
  type ArgumentPart,
  type LaunchTemplate,
  type NamedPart,
  type Template,
} from './installTemplate.ts';
import type { EntryPackage } from './registry.ts';

const droppedText = 'run/-i/--rm/image repeated in runtimeArguments: dropped';
const ours = new Set([
  '-i',
  '--interactive',
  '--rm',
  '-t',
  '--tty',
  '-it',
  '-ti',
  '-d',
  '--detach',
  '--help',
]);

/** A container image as `docker run -i --rm … image …`; values travel in the environment of the process, not in its arguments. */
export function planOci(
  draft: PlanDraft,
  entryPackage: EntryPackage,
  publishPort: number | undefined,
): LaunchTemplate | undefined {
  const image = imageOf(draft, entryPackage);
  if (image === undefined) return undefined;
  const runtime = readArguments(draft, entryPackage.runtimeArguments, 'runtime');
  const env = draft.environment(entryPackage.environmentVariables);
  const own: ArgumentPart[] = [];
  const behind: Piece[] = [];
  let isPublished = false;
  for (const item of readRunnerItems(draft, runtime, dockerOptions)) {
    if (item.kind === 'word') {
      const text = item.piece.part.words.length === 1 ? literalOf(item.piece.part.words[0]) : undefined;
      if (text !== undefined && behind.length === 0 && isRunOrImage(text, image))
        draft.review('dropped', droppedText);
      else {
        draft.review('moved', movedText);
        behind.push(item.piece);
      }
    } else if (item.kind === 'switch') {
      if (ours.has(item.name)) {
        draft.review('dropped', droppedText);
        draft.leaveOut(item.part);
      } else {
        isPublished ||= /^(?:-P|--publish-all)$/.test(item.name);
        own.push(item.part);
      }
    } else if (/^(?:-e|--env)$/.test(item.name)) {
      own.push(...ownVariable(draft, item, env));
    } else {
      isPublished ||= /^(?:-p|--publish|--network|--net)$/.test(item.name);
      own.push(item.part);
    }
  }
  if (publishPort !== undefined && !isPublished) {
    draft.review(
      'repaired',
      `-p 127.0.0.1:${publishPort}:${publishPort} added: the server could not be reached without it`,
    );
    own.push(runnerWords('-p', `127.0.0.1:${publishPort}:${publishPort}`));
  }
  const handed = env.map((variable) => ({
    ...runnerWords('-e', variable.name),
    needs: inputIdsOf(variable.value),
  }));
  return {
    kind: 'stdio',
    command: [draft.options.runner === 'podman' ? 'podman' : 'docker'],
    args: [
      runnerWords('run'),
      runnerWords('-i'),
      runnerWords('--rm'),
      ...own,
      ...handed,
      runnerWords(imageText(image)),
      ...packageParts(behind),
      ...packageParts(readArguments(draft, entryPackage.packageArguments, 'argument')),
    ],
    env,
    cwd: undefined,
  };
}

/** The image to run; refuses what is no reference, notes references that can change. */
function imageOf(draft: PlanDraft, entryPackage: EntryPackage): ImageReference | undefined {
  let text = entryPackage.identifier.replace(/^(?:https?|docker|oci):\/\//, '');
  const base = entryPackage.registryBaseUrl;
  if (base !== undefined && URL.canParse(base)) {
    // Before 2025-10-11 host, path and version were three members.
    const host = new URL(base).host;
    const first = text.split('/')[0] ?? '';
    const hasHost =
      text.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
    if (!hasHost && host !== '') text = `${host}/${text}`;
  }
  let image = parseImage(text);
  if (image === undefined) {
    const lower = parseImage(lowerPath(text));
    if (lower !== undefined)
      draft.review(
        'repaired',
        `${text}: image names have no capital letters: changed to ${imageText(lower)}`,
      );
    image = lower;
  }
  if (image === undefined) {
    draft.refuseIf(`${JSON.stringify(text)} is not the reference of a container image`);
    return undefined;
  }
  if (image.tag === undefined && image.digest === undefined && entryPackage.version !== undefined) {
    const tagged = parseImage(`${imageText(image)}:${entryPackage.version}`);
    if (
      draft.refuseIf(
        tagged ? undefined : `${JSON.stringify(entryPackage.version)} is not the tag of an image`,
      ) ||
      !tagged
    )
      return undefined;
    image = tagged;
  }
  if (image.digest !== undefined) {
    draft.check('pin', 'pass', 'pinned to the content of the image (digest)');
  } else if (image.tag === undefined || isFloatingVersion(image.tag)) {
    const what = image.tag === undefined ? 'no tag' : `the tag ${image.tag}`;
    draft.danger({
      kind: 'unpinned',
      subject: imageText(image),
      message: `has ${what}: what runs can change without notice`,
    });
    draft.check('pin', 'warn', `mutable reference: ${what}`);
  } else {
    draft.check(
      'pin',
      'warn',
      `pinned to the tag ${image.tag}, which its owner can move; only a digest cannot change`,
    );
  }
  return image;
}

function lowerPath(text: string): string {
  const at = text.search(/[:@][^/]*$/);
  return at === -1 ? text.toLowerCase() : text.slice(0, at).toLowerCase() + text.slice(at);
}

function isRunOrImage(text: string, image: ImageReference): boolean {
  if (/^(?:docker|podman|run)$/.test(text)) return true;
  const other = parseImage(text) ?? parseImage(lowerPath(text));
  if (other === undefined) return false;
  const [theirs, ourName] = [imageRepository(other), imageRepository(image)];
  return theirs === ourName || ourName.endsWith(`/${theirs}`);
}

/** `-e` of the publisher: nothing when it only hands over a declared variable; a value in it beats the declared one. */
function ownVariable(
  draft: PlanDraft,
  item: { readonly name: string; readonly value: Template; readonly part: ArgumentPart },
  env: NamedPart[],
): readonly ArgumentPart[] {
  const start = typeof item.value[0] === 'string' ? item.value[0] : '';
  const equals = start.indexOf('=');
  const name = equals === -1 ? start : start.slice(0, equals);
  const declared = env.findIndex((variable) => variable.name === name);
  if (equals === -1) {
    if (declared === -1)
      draft.review(
        'ambiguous',
        `${item.name} ${name}: hands your own variable of that name to the container`,
      );
    return declared === -1 ? [item.part] : [];
  }
  if (declared === -1) return [item.part];
  if (/\{[^{}]+\}/.test(item.value.filter((part) => typeof part === 'string').join(''))) {
    draft.review(
      'dropped',
      `${item.name} ${name}=… repeats the declared variable ${name}: the declared one counts`,
    );
    draft.leaveOut(item.part);
    return [];
  }
  draft.review(
    'dropped',
    `${item.name} ${name}=… sets the declared variable ${name}: the value of the argument counts`,
  );
  for (const id of inputIdsOf(env[declared]?.value ?? [])) draft.book.change(id, { isUsed: false });
  env.splice(declared, 1);
  return [item.part];
}
