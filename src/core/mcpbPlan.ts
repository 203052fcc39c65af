import type { PlanDraft } from './installDraft.ts';
import { plainInput } from './installInputs.ts';
import { envNameProblem } from './installNames.ts';
import {
  inputIdsOf,
  literalOf,
  template,
  type ArgumentPart,
  type LaunchTemplate,
  type NamedPart,
  type Template,
  type TemplatePart,
} from './installTemplate.ts';
import type { BundleInput, BundleLaunch, BundleManifest } from './mcpbManifest.ts';
import type { EntryPackage } from './registry.ts';

/** A bundle that was fetched, compared with its hash and unpacked. */
export interface UnpackedBundle {
  readonly manifest: BundleManifest;
  /** Where it lies, absolute. */
  readonly folder: string;
  readonly separator: '/' | '\\';
  /** Paths of its files, with `/`. */
  readonly files: ReadonlySet<string>;
  /** The user's folders: HOME, DESKTOP, DOCUMENTS, DOWNLOADS. */
  readonly places: Readonly<Record<string, string>>;
  /** Carries a signature, which nobody judged. */
  readonly isSigned: boolean;
}

const usualPrograms: Readonly<Record<BundleManifest['type'], readonly string[]>> = {
  node: ['node'],
  python: ['python', 'python3', 'uv', 'uvx'],
  binary: [],
  uv: ['uv', 'uvx'],
};

/** The command line that a bundle's manifest describes; what cannot be run is refused in the draft. */
export function planUnpacked(
  draft: PlanDraft,
  entryPackage: EntryPackage,
  bundle: UnpackedBundle,
): LaunchTemplate | undefined {
  const { manifest } = bundle;
  const { platform } = draft.options;
  manifest.problems.forEach((problem) => draft.review('ignored', problem));
  if (platform && manifest.platforms !== undefined && !manifest.platforms.includes(platform.os))
    draft.refuseIf(`the bundle is for ${manifest.platforms.join(', ')}, this machine is ${platform.os}`);
  for (const [name, range] of Object.entries(manifest.runtimes))
    draft.check('runtime', 'unknown', `the bundle says that it needs ${name} ${range}`);
  if (entryPackage.version !== undefined && entryPackage.version !== manifest.version)
    draft.review(
      'ambiguous',
      `the bundle says that it is version ${manifest.version}, the entry names ${entryPackage.version}`,
    );
  if (entryPackage.runtimeArguments.length + entryPackage.packageArguments.length > 0)
    draft.review(
      'ignored',
      'arguments of the entry: the manifest of the bundle says what it is started with',
    );
  const launch = launchFor(draft, bundle);
  const maker = new BundleTemplates(draft, bundle);
  const command = commandOf(draft, bundle, literalOf(maker.text(launch.command ?? '')));
  const args = maker.args(launch.args ?? []);
  const env = maker.env(launch.env ?? {});
  const own = entryPackage.environmentVariables.filter((one) => !env.some(({ name }) => name === one.name));
  return {
    kind: 'stdio',
    command: [command],
    args,
    env: [...env, ...draft.environment(own)],
    cwd: undefined,
  };
}

/** The manifest's launch on this system; the usual one of its kind where it names none. */
function launchFor(draft: PlanDraft, { manifest }: UnpackedBundle): BundleLaunch {
  const override = manifest.overrides[draft.options.platform?.os ?? ''];
  const { launch, entryPoint, type } = manifest;
  const given = {
    command: override?.command ?? launch.command,
    args: override?.args ?? launch.args,
    env: { ...launch.env, ...override?.env },
  };
  if (given.command !== undefined) return given;
  if (entryPoint === undefined) {
    draft.refuseIf('the manifest of the bundle names neither a command nor an entry point');
    return given;
  }
  if (type !== 'uv')
    draft.review('repaired', 'the manifest of the bundle names no command: its entry point is started');
  const entry = `\${__dirname}/${entryPoint}`;
  switch (type) {
    case 'uv':
      return { ...given, command: 'uv', args: ['run', '--directory', '${__dirname}', entryPoint] };
    case 'binary':
      return { ...given, command: entry };
    case 'node':
    case 'python':
      return { ...given, command: type, args: [entry, ...(given.args ?? [])] };
  }
}

/** The program: one of this machine by its bare name, or a file of the bundle by its full path; nothing else. */
function commandOf(draft: PlanDraft, bundle: UnpackedBundle, text: string | undefined): string {
  const { manifest, files } = bundle;
  const { runtimes } = draft.options;
  if (text === undefined) {
    draft.refuseIf('the bundle asks which program it starts');
    return '';
  }
  const inside = pathInside(bundle, text);
  if (inside !== undefined) {
    const file = [inside, `${inside}.exe`].find((one) => files.has(one));
    if (file === undefined) draft.refuseIf(`the bundle starts ${inside}, which is not in it`);
    else if (!isAbsolute(text))
      draft.review('repaired', `${text} is a file of the bundle: its full path is used`);
    return file === undefined ? text : fullPath(bundle, file);
  }
  if (/[\\/]/.test(text) || text === '..') {
    draft.refuseIf(`the bundle starts ${text}, which lies outside of it`);
    return text;
  }
  if (manifest.type === 'python' && text === 'python' && runtimes?.has('python') === false) {
    if (runtimes.has('python3')) {
      draft.review('repaired', 'python is called python3 on this machine');
      return 'python3';
    }
  }
  if (!usualPrograms[manifest.type].includes(text))
    draft.review('ambiguous', `the bundle starts ${text}, a program of this machine that is not part of it`);
  return text;
}

/** Puts folders and inputs in the place of the `${…}` of a manifest. */
class BundleTemplates {
  readonly #draft: PlanDraft;
  readonly #bundle: UnpackedBundle;
  readonly #inputs: ReadonlyMap<string, BundleInput>;

  constructor(draft: PlanDraft, bundle: UnpackedBundle) {
    this.#draft = draft;
    this.#bundle = bundle;
    this.#inputs = new Map(bundle.manifest.inputs.map((input) => [input.key, input]));
  }

  /** A text of the manifest; what is no variable of the format stays as it is. */
  text(text: string): Template {
    return template(
      text.split(/(\$\{[^{}]{1,120}\})/).map((piece): TemplatePart => {
        const name = /^\$\{(.+)\}$/.exec(piece)?.[1];
        if (name === undefined) return piece;
        const place = this.#place(name);
        if (place !== undefined) return place;
        const key = /^user_config\.(.+)$/.exec(name)?.[1];
        const input = key === undefined ? undefined : this.#inputs.get(key);
        if (input !== undefined) return { input: this.#ask(input) };
        this.#draft.review('undeclared', `${piece} is no variable of the bundle and is passed on as text`);
        return piece;
      }),
    );
  }

  args(texts: readonly string[]): ArgumentPart[] {
    const parts: ArgumentPart[] = [];
    let isBehindEntry = false;
    for (let index = 0; index < texts.length; index++) {
      const word = this.#word(texts[index] ?? '');
      const next = texts[index + 1];
      const literal = literalOf(word);
      const reader = isBehindEntry ? 'package' : 'runner';
      if (literal !== undefined && pathInside(this.#bundle, literal) !== undefined) isBehindEntry = true;
      // An option whose value may stay empty goes with it.
      const value = next !== undefined && /^--?[A-Za-z][\w-]*$/.test(literal ?? '') ? this.#word(next) : [];
      if (inputIdsOf(value).length > 0 && inputIdsOf(value).every((id) => this.#mayBeEmpty(id))) {
        parts.push(this.#part([word, value], reader));
        index++;
      } else parts.push(this.#part([word], reader));
    }
    return parts;
  }

  env(texts: Readonly<Record<string, string>>): NamedPart[] {
    return Object.entries(texts).flatMap(([name, text]) => {
      if (this.#draft.refuseIf(envNameProblem(name))) return [];
      const value = this.text(text);
      if (inputIdsOf(value).some((id) => this.#draft.book.get(id)?.isRepeated === true))
        this.#draft.review(
          'ambiguous',
          `${name} takes one value, the bundle asks for a list: the first counts`,
        );
      return [{ name, value }];
    });
  }

  /** An argument; a file of the bundle is named in full, because nobody knows in which folder the server starts. */
  #word(text: string): Template {
    const word = this.text(text);
    const literal = literalOf(word);
    if (literal === undefined || isAbsolute(literal) || !this.#bundle.files.has(literal)) return word;
    this.#draft.review('repaired', `${literal} is a file of the bundle: its full path is used`);
    return [fullPath(this.#bundle, literal)];
  }

  #part(words: readonly Template[], reader: ArgumentPart['reader']): ArgumentPart {
    const repeat = words.flatMap(inputIdsOf).find((id) => this.#draft.book.get(id)?.isRepeated === true);
    return { words, flag: undefined, repeat, needs: [], reader };
  }

  #mayBeEmpty(id: string): boolean {
    const input = this.#draft.book.get(id);
    return input !== undefined && !input.isRequired && input.default === undefined;
  }

  #place(name: string): string | undefined {
    const { folder, separator, places } = this.#bundle;
    if (name === '__dirname') return folder;
    if (name === '/' || name === 'pathSeparator') return separator;
    return Object.hasOwn(places, name) ? places[name] : undefined;
  }

  #ask(input: BundleInput): string {
    const { book } = this.#draft;
    const presets = input.defaults.map((text) =>
      text.replaceAll(/\$\{([^{}]{1,40})\}/g, (whole, name: string) => this.#place(name) ?? whole),
    );
    const { title = input.key, description } = input;
    const id = book.ask({
      label: input.key,
      origin: 'bundle',
      input: {
        ...plainInput,
        description: description === undefined ? title : `${title}: ${description}`,
        isRequired: input.isRequired,
        isSecret: input.isSecret,
        format: input.type === 'number' || input.type === 'boolean' ? input.type : formatOf(input.type),
        default: presets.length === 1 ? presets[0] : undefined,
        placeholder: presets.length > 1 ? presets.join(', ') : undefined,
      },
      isRequired: input.isRequired,
      isRepeated: input.isRepeated,
    });
    if (presets.length > 1)
      this.#draft.review('ignored', `${input.key} has several defaults: enter those that you want`);
    book.change(id, {
      min: input.min,
      max: input.max,
      ...(input.type === 'directory' ? { format: 'directory' as const } : {}),
    });
    return id;
  }
}

function formatOf(type: 'string' | 'directory' | 'file'): 'string' | 'filepath' {
  return type === 'string' ? 'string' : 'filepath';
}

function isAbsolute(text: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(text);
}

/** The path within the bundle, with `/`; undefined for bare names that are no file of it and for everything outside. */
function pathInside({ folder, files }: UnpackedBundle, text: string): string | undefined {
  const path = text.replaceAll('\\', '/');
  const root = `${folder.replaceAll('\\', '/')}/`;
  const rest = path.startsWith(root) ? path.slice(root.length) : isAbsolute(text) ? undefined : path;
  if (rest === undefined) return undefined;
  const parts = rest.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) return undefined;
  const inside = parts.join('/');
  return path.startsWith(root) || /[\\/]/.test(text) || files.has(inside) ? inside : undefined;
}

function fullPath({ folder, separator }: UnpackedBundle, path: string): string {
  return `${folder}${separator}${path.replaceAll('/', separator)}`;
}
