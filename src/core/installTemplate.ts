/** One piece of a string of a planned launch: text of the registry, or the answer to an input. */
export type TemplatePart = string | { readonly input: string };

/** A string of a planned launch. */
export type Template = readonly TemplatePart[];

/** Words of the command line that stand or fall together. */
export interface ArgumentPart {
  readonly words: readonly Template[];
  /** Left out unless this yes/no input says yes. */
  readonly flag: string | undefined;
  /** Said once for each value of this list input. */
  readonly repeat: string | undefined;
  /** Left out unless these inputs have a value, besides those in `words`. */
  readonly needs: readonly string[];
  /** Read by the runner (npx, uvx, docker, …) or by the package. */
  readonly reader: 'runner' | 'package';
}

/** An environment variable or a header. */
export interface NamedPart {
  readonly name: string;
  readonly value: Template;
}

/** A launch before the answers are known; parts whose inputs stay empty are left out. */
export type LaunchTemplate =
  | {
      readonly kind: 'stdio';
      readonly command: Template;
      readonly args: readonly ArgumentPart[];
      readonly env: readonly NamedPart[];
      readonly cwd: string | undefined;
    }
  | {
      readonly kind: 'http';
      readonly transport: 'streamable-http' | 'sse';
      readonly url: Template;
      readonly headers: readonly NamedPart[];
    };

/** An argument part that is always there, read by the runner. */
export function runnerWords(...texts: readonly (string | Template)[]): ArgumentPart {
  return {
    words: texts.map((text) => (typeof text === 'string' ? [text] : text)),
    flag: undefined,
    repeat: undefined,
    needs: [],
    reader: 'runner',
  };
}

/** Joins neighbouring texts, so that nothing hides in the seam between two. */
export function template(parts: Template): Template {
  const joined: TemplatePart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined.length === 0 ? [''] : joined;
}

/** The text of a template without inputs; undefined when it has one. */
export function literalOf(parts: Template | undefined): string | undefined {
  if (parts === undefined) return undefined;
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

/** The ids of the inputs of a template. */
export function inputIdsOf(parts: Template): readonly string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.input]));
}

/** A template as text, each input by `valueOf`. */
export function fill(parts: Template, valueOf: (inputId: string) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : valueOf(part.input))).join('');
}

/** A template as mcp.json says it: `${input:id}` for each input. */
export function withPlaceholders(parts: Template): string {
  return fill(parts, (id) => `\${input:${id}}`);
}

/** Every string of a launch. */
export function stringsOf(launch: LaunchTemplate): readonly Template[] {
  if (launch.kind === 'http') return [launch.url, ...launch.headers.map((header) => header.value)];
  return [
    launch.command,
    ...launch.args.flatMap((part) => part.words),
    ...launch.env.map((variable) => variable.value),
  ];
}

/** True when a program that reads the configuration could take part of the text for a variable. */
export function looksLikeVariable(text: string): boolean {
  return text.includes('${');
}

/** The variable that would read the environment, settings, an input or run a command; undefined when there is none. */
export function forbiddenVariable(text: string): string | undefined {
  return /\$\{\s*(?:env|command|input|config)\s*:[^}]{0,60}\}?/i.exec(text)?.[0];
}
