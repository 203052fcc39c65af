import { isLoopbackUrl, remoteUrlProblem } from './installAddress.ts';
import { distinct, launchDangers, type Danger } from './installDangers.ts';
import type { InstallInput } from './installInputs.ts';
import { headerValueProblem } from './installNames.ts';
import type { PlannedLaunch } from './installPlan.ts';
import {
  fill,
  inputIdsOf,
  looksLikeVariable,
  stringsOf,
  type ArgumentPart,
  type LaunchTemplate,
  type NamedPart,
  type Template,
} from './installTemplate.ts';
import type { HttpLaunch, InputDefinition, Launch, StdioLaunch } from './server.ts';

/** What the user answered, by input id; a list for repeated inputs. Missing means: take the default, else leave it out. */
export type Answers = Readonly<Record<string, string | readonly string[]>>;

/** A launch with its answers. */
export type CompletedPlan =
  | {
      readonly kind: 'problems';
      readonly problems: readonly { readonly inputId: string | undefined; readonly message: string }[];
    }
  | {
      readonly kind: 'complete';
      /** For a configuration file that knows inputs: secrets as `${input:id}`, everything else as it is. */
      readonly launch: Launch;
      readonly connectTo: HttpLaunch | undefined;
      /** The inputs that `launch` uses. */
      readonly inputs: readonly InputDefinition[];
      /** Their values, for the secret store. */
      readonly values: Readonly<Record<string, string>>;
      /** The launch as it will run, secrets replaced by `•••`: for the review. */
      readonly shown: Launch;
      readonly dangers: readonly Danger[];
    };

/** How answers are written into the configuration. */
export interface CompleteOptions {
  readonly allowPrivate?: boolean;
  /** `inputs`: secrets become `${input:id}`; `literal`: the file knows no inputs. */
  readonly style?: 'inputs' | 'literal';
  /** For `literal`: which forms of variables the file's own program replaces (`${X}`; also `$X`). */
  readonly reads?: 'none' | 'braces' | 'bare';
}

/** Checks the answers and puts them in: optional parts without an answer go, lists are repeated, addresses are checked again. */
export function completePlan(
  plan: PlannedLaunch,
  answers: Answers,
  options: CompleteOptions = {},
): CompletedPlan {
  const { template, connectTemplate } = plan;
  const problems: { inputId: string | undefined; message: string }[] = [];
  const values = new Map<string, readonly string[]>();
  for (const input of plan.inputs) {
    if (!input.isUsed) continue;
    const given = valuesOf(input, answers[input.id]);
    problems.push(
      ...given
        .flatMap((value) => valueProblem(input, value) ?? [])
        .map((message) => ({ inputId: input.id, message: `${input.label}: ${message}` })),
    );
    if (given.length > 0) values.set(input.id, given);
    else if (input.isRequired) problems.push({ inputId: input.id, message: `${input.label} is required` });
  }
  const filler = new Filler(plan.inputs, values, options.style ?? 'inputs');
  const launch = filler.launch(template, 'written');
  const shown = filler.launch(template, 'shown');
  const real = filler.launch(template, 'real');
  const connectTo = connectTemplate && (filler.launch(connectTemplate, 'written') as HttpLaunch);
  const realAddress = connectTemplate && (filler.launch(connectTemplate, 'real') as HttpLaunch);
  if (problems.length === 0) {
    for (const message of launchProblems(real, realAddress, options.allowPrivate ?? false))
      problems.push({ inputId: undefined, message });
    if (options.style === 'literal' && options.reads !== 'none') {
      problems.push(...keptTextProblems(plan, values, options.reads ?? 'braces'));
    }
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  return {
    kind: 'complete',
    launch,
    connectTo,
    inputs: filler.used,
    values: filler.stored,
    shown,
    dangers: dangersOf(template, shown, plan.inputs, filler),
  };
}

/** Text of the registry that the file's program would replace although it is meant as text. */
function keptTextProblems(
  plan: PlannedLaunch,
  values: ReadonlyMap<string, readonly string[]>,
  reads: 'braces' | 'bare',
): { inputId: string | undefined; message: string }[] {
  const pattern = reads === 'bare' ? /\$(?:\{|[A-Za-z_])/ : /\$\{/;
  const isRegistryText = (input: InstallInput, value: string) =>
    pattern.test(value) &&
    (input.origin === 'text' || value === input.default || input.options.includes(value));
  const message = (label: string) =>
    `${label}: text that looks like a variable cannot be kept as text in this file`;
  const fixed = stringsOf(plan.template).flatMap((parts) => parts.filter((part) => typeof part === 'string'));
  return [
    ...fixed
      .filter((text) => pattern.test(text))
      .map((text) => ({ inputId: undefined, message: message(text) })),
    ...plan.inputs
      .filter((input) => values.get(input.id)?.some((value) => isRegistryText(input, value)) === true)
      .map((input) => ({ inputId: input.id, message: message(input.label) })),
  ];
}

function valuesOf(input: InstallInput, answer: string | readonly string[] | undefined): readonly string[] {
  const given =
    answer === undefined
      ? input.default === undefined
        ? []
        : [input.default]
      : typeof answer === 'string'
        ? [answer]
        : answer;
  const filled = given.filter((value) => value !== '');
  return input.isRepeated ? filled : filled.slice(0, 1);
}

/** True for text of the registry that a program could take for a variable; what the user typed is the user's own. */
function isRegistryVariable(input: InstallInput, value: string): boolean {
  return (
    looksLikeVariable(value) &&
    (input.origin === 'text' || value === input.default || input.options.includes(value))
  );
}

function valueProblem(input: InstallInput, value: string): string | undefined {
  if (value.includes('\0')) return 'holds a NUL character';
  if (input.options.length > 0 && !input.options.includes(value))
    return `${JSON.stringify(value)} is not one of the choices`;
  if (input.format === 'number') {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number)) return `${JSON.stringify(value)} is not a number`;
    if (input.min !== undefined && number < input.min) return `must be at least ${input.min}`;
    if (input.max !== undefined && number > input.max) return `must be at most ${input.max}`;
  }
  if (input.pattern !== undefined && !new RegExp(`^(?:${input.pattern.source})$`).test(value))
    return `must be ${input.pattern.meaning}`;
  if (input.origin === 'header') return headerValueProblem(value);
  return undefined;
}

function launchProblems(
  real: Launch,
  connect: HttpLaunch | undefined,
  allowPrivate: boolean,
): readonly string[] {
  const found: (string | undefined)[] = [];
  for (const http of [real, connect]) {
    if (http?.kind !== 'http') continue;
    found.push(
      ...Object.entries(http.headers).map(([name, value]) =>
        headerValueProblem(value)?.replace(/^/, `${name}: `),
      ),
    );
  }
  if (real.kind === 'http') found.push(remoteUrlProblem(real.url, allowPrivate));
  if (
    connect !== undefined &&
    !isLoopbackUrl(connect.url) &&
    !/^https?:\/\/0\.0\.0\.0[:/]/.test(connect.url)
  ) {
    found.push(`the package would answer at ${connect.url}, which is not this machine`);
  }
  return found.filter((text) => text !== undefined);
}

function dangersOf(
  template: LaunchTemplate,
  shown: Launch,
  inputs: readonly InstallInput[],
  filler: Filler,
): readonly Danger[] {
  if (template.kind === 'http') return launchDangers(shown, inputs, []);
  const words = template.args.flatMap((part) =>
    filler.words(part, 'shown').map((text) => ({ text, reader: part.reader })),
  );
  const passwords = new Set(inputs.filter((input) => input.isPassword).map((input) => input.id));
  const secrets = template.args
    .filter((part) => filler.words(part, 'shown').length > 0)
    .flatMap((part) => part.words.flatMap((word) => inputIdsOf(word)))
    .filter((id) => passwords.has(id));
  return distinct([
    ...secrets.map((id) => ({
      kind: 'secret-argument' as const,
      subject: inputs.find((input) => input.id === id)?.label ?? id,
      message: 'a secret on the command line can be read by other programs',
    })),
    ...launchDangers(shown, inputs, words),
  ]);
}

/** `real`: every value; `shown`: secrets hidden; `written`: as the configuration file holds it. */
type Mode = 'real' | 'shown' | 'written';

class Filler {
  readonly stored: Record<string, string> = {};
  readonly #inputs: ReadonlyMap<string, InstallInput>;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #style: 'inputs' | 'literal';
  readonly #used = new Map<string, InputDefinition>();

  constructor(
    inputs: readonly InstallInput[],
    values: ReadonlyMap<string, readonly string[]>,
    style: 'inputs' | 'literal',
  ) {
    this.#inputs = new Map(inputs.map((input) => [input.id, input]));
    this.#values = values;
    this.#style = style;
  }

  get used(): readonly InputDefinition[] {
    return [...this.#used.values()];
  }

  launch(template: LaunchTemplate, mode: Mode): Launch {
    if (template.kind === 'http') {
      return {
        kind: 'http',
        transport: template.transport,
        url: this.#text(template.url, mode),
        headers: this.#named(template.headers, mode),
      };
    }
    const args = template.args.flatMap((part) => this.words(part, mode));
    // `--` only stands before arguments of the package.
    if (args.at(-1) === '--') args.pop();
    const launch: StdioLaunch = {
      kind: 'stdio',
      command: this.#text(template.command, mode),
      args,
      env: this.#named(template.env, mode),
      envFile: undefined,
      cwd: template.cwd,
    };
    return launch;
  }

  words(part: ArgumentPart, mode: Mode): string[] {
    if (part.flag !== undefined && this.#values.get(part.flag)?.[0] !== 'true') return [];
    if (!part.needs.every((id) => this.#values.has(id))) return [];
    if (part.repeat !== undefined) {
      const count = this.#values.get(part.repeat)?.length ?? 0;
      return Array.from({ length: count }, (_, index) =>
        part.words.map((word) => this.#text(word, mode, index)),
      ).flat();
    }
    return this.#isAnswered(part.words.flat()) ? part.words.map((word) => this.#text(word, mode)) : [];
  }

  #named(parts: readonly NamedPart[], mode: Mode): Record<string, string> {
    return Object.fromEntries(
      parts
        .filter((part) => this.#isAnswered(part.value))
        .map((part) => [part.name, this.#text(part.value, mode)]),
    );
  }

  #isAnswered(template: Template): boolean {
    return inputIdsOf(template).every((id) => this.#values.has(id));
  }

  #text(template: Template, mode: Mode, index = 0): string {
    return fill(template, (id) => {
      const value = this.#values.get(id)?.[index] ?? '';
      const input = this.#inputs.get(id);
      if (mode === 'real') return value;
      if (mode === 'shown') return input?.isPassword ? '•••' : value;
      // An answer is never read for variables, a configuration is.
      if (
        input === undefined ||
        this.#style === 'literal' ||
        !(input.isPassword || isRegistryVariable(input, value))
      )
        return value;
      const stored = index === 0 ? id : `${id}-${index + 1}`;
      this.stored[stored] = value;
      this.#used.set(stored, {
        id: stored,
        kind: input.kind,
        description: input.description,
        isPassword: input.isPassword,
        default: undefined,
        options: input.options,
      });
      return `\${input:${stored}}`;
    });
  }
}
