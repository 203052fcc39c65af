import type { Danger } from './installDangers.ts';
import { InputBook, resolveInput, splitBraces, type Question, type ResolvedInput } from './installInputs.ts';
import { envNameProblem } from './installNames.ts';
import { literalOf, type ArgumentPart, type NamedPart } from './installTemplate.ts';
import type { UnpackedBundle } from './mcpbPlan.ts';
import type { EntryInput, NamedInput } from './registry.ts';

/** Something that was changed or guessed and that a human should look at before installing. */
export interface Review {
  readonly kind:
    | 'dropped' // said twice, or said by us already
    | 'moved' // stands elsewhere than the publisher put it
    | 'ambiguous' // can be read in two ways
    | 'repaired' // made valid
    | 'undeclared' // `{name}` that names no variable, sent as text
    | 'example' // a value that looks like a text to be replaced
    | 'variable' // text that looks like a variable, kept as text
    | 'remote' // a package that names another machine
    | 'deprecated' // works, but should not be built on
    | 'ignored' // part of the entry that means nothing to us
    | 'refused'; // why the automatic installation is refused
  readonly text: string;
}

/** A property of the plan that was checked. */
export interface InstallCheck {
  readonly id:
    'status' | 'name' | 'pin' | 'owner' | 'hash' | 'source' | 'address' | 'runtime' | 'title' | 'schema';
  readonly verdict: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly text: string;
}

/** Choices of the user that change how an entry is read. */
export interface PlanOptions {
  /** The name in the configuration; default: made from the entry's name. */
  readonly serverName?: string;
  /** The version to pin, for an entry that names none. */
  readonly version?: string;
  /** Runs npm packages with bunx, containers with podman. */
  readonly runner?: 'npx' | 'bunx' | 'docker' | 'podman';
  /** Asks for `{name}` that the entry forgot to declare and for values that are only examples, instead of sending them as text. */
  readonly askForGaps?: boolean;
  /** Accepts addresses on this machine and in private networks. */
  readonly allowPrivate?: boolean;
  /** The commands that this machine has; undefined when nobody looked. */
  readonly runtimes?: ReadonlySet<string>;
  readonly platform?: Platform;
  /** The folder in which cargo puts programs. */
  readonly cargoBin?: string;
  /** The content of the bundle, once it was fetched and has the hash of the entry. */
  readonly bundle?: UnpackedBundle;
}

/** An operating system and processor, in Node's words. */
export interface Platform {
  readonly os: 'darwin' | 'linux' | 'win32';
  readonly arch: 'x64' | 'arm64';
}

/** Collects a plan while it is made. */
export class PlanDraft {
  readonly book: InputBook;
  readonly options: PlanOptions;
  readonly reviews: Review[] = [];
  readonly dangers: Danger[] = [];
  readonly checks: InstallCheck[] = [];
  readonly refusals: string[] = [];

  constructor(serverName: string, options: PlanOptions) {
    this.book = new InputBook(serverName);
    this.options = options;
  }

  /** Notes a change to look at; the same note counts once. */
  review(kind: Review['kind'], text: string): void {
    if (!this.reviews.some((review) => review.text === text)) this.reviews.push({ kind, text });
  }

  danger(danger: Danger): void {
    this.dangers.push(danger);
  }

  check(id: InstallCheck['id'], verdict: InstallCheck['verdict'], text: string): void {
    this.checks.push({ id, verdict, text });
  }

  /** Refuses the plan when there is a problem; true when it did. */
  refuseIf(problem: string | undefined): boolean {
    if (problem === undefined) return false;
    if (!this.refusals.includes(problem)) this.refusals.push(problem);
    return true;
  }

  /** The value of an input, with what is odd about it noted. */
  resolve(question: Question): ResolvedInput {
    const asked = {
      ...question,
      input: this.options.askForGaps === true ? withoutGaps(question.input) : question.input,
    };
    const resolved = resolveInput(this.book, asked);
    for (const name of resolved.undeclared) {
      this.review(
        'undeclared',
        `${question.label}: {${name}} names no variable of the entry and is passed on as text`,
      );
    }
    const text = literalOf(resolved.value);
    if (text !== undefined && resolved.isFixed) {
      if (isExample(text))
        this.review('example', `${question.label}: ${text} looks like an example that you should replace`);
      if (/^~[/\\]/.test(text))
        this.review('example', `${question.label}: ~ is not replaced by your home folder without a shell`);
    }
    return resolved;
  }

  /** Environment variables as parts of a launch; of two with one name the last counts. */
  environment(variables: readonly NamedInput[]): NamedPart[] {
    const parts = new Map<string, NamedPart>();
    for (const variable of variables) {
      if (this.refuseIf(envNameProblem(variable.name))) continue;
      if (parts.has(variable.name))
        this.review('dropped', `${variable.name} is declared twice: the last one counts`);
      const { value } = this.resolve({ label: variable.name, origin: 'environment', input: variable });
      parts.set(variable.name, { name: variable.name, value });
    }
    return [...parts.values()];
  }

  /** Marks the inputs of an argument that the repaired command has no place for. */
  leaveOut(part: ArgumentPart): void {
    for (const template of part.words) {
      for (const piece of template)
        if (typeof piece !== 'string') this.book.change(piece.input, { isUsed: false });
    }
    if (part.flag !== undefined) this.book.change(part.flag, { isUsed: false });
  }
}

function isExample(text: string): boolean {
  return /^<[^<>]+>$|\byour[-_ ]|\bYOUR_|^\/path\/to\/|^xxx+$|\bYourName\b|^changeme$/i.test(text);
}

/** Declares every undeclared `{name}` and turns example values into questions. */
function withoutGaps(input: EntryInput): EntryInput {
  if (input.value === undefined) return input;
  if (isExample(input.value)) return { ...input, value: undefined, placeholder: input.value };
  const names = splitBraces(input.value).flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
  const missing = names.filter((name) => !Object.hasOwn(input.variables, name));
  if (missing.length === 0) return input;
  const { description, isRequired, isSecret, default: preset, choices } = input;
  const declared = missing.map((name): [string, EntryInput] => [
    name,
    {
      ...input,
      description,
      isRequired,
      isSecret,
      default: preset,
      choices,
      value: undefined,
      variables: {},
    },
  ]);
  return { ...input, variables: { ...input.variables, ...Object.fromEntries(declared) } };
}
