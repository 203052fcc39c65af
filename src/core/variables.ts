import { secretsOf, type UsedValue } from './configSecrets.ts';
import { urlFault } from './configLaunch.ts';
import { dialects, referencesIn, shellName, type Dialect, type Reference } from './variableReferences.ts';
import type { InputDefinition, ResolvedLaunch, ServerDefinition } from './server.ts';
import { AppError, throwIfAborted } from './util/errors.ts';

/** What variables are replaced with. Values are used as they are: text like `${…}` in them stays text. */
export interface VariableContext {
  /** A variable of the environment; on Windows whatever the case of its name. */
  env(name: string): string | undefined;
  /** The open workspace folders; absolute paths. */
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  readonly userHome: string;
  readonly pathSeparator: '/' | '\\';
  /** The value of an input, asked when it is not known yet; rejects with `cancelled`. */
  input(definition: ServerDefinition, input: InputDefinition, signal: AbortSignal): Promise<string>;
  /** The variables in an env file; rejects with `invalid-config` when it cannot be read. Never logged. */
  readEnvFile(file: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

/** A launch that is ready to start. */
export interface LaunchResolution {
  readonly launch: ResolvedLaunch;
  /** What must not appear in a log, a frame or an error. */
  readonly secretValues: readonly string[];
  /** What the user may want to know, without values: `${env:X}` that is not set. */
  readonly notes: readonly string[];
}

/**
 * Replaces every variable once. Rejects `invalid-config` for a variable that is unknown or has no value, naming it and
 * its place, and `cancelled` when the user does not answer an input.
 */
export async function resolveLaunch(
  definition: ServerDefinition,
  context: VariableContext,
  signal: AbortSignal,
): Promise<LaunchResolution> {
  const resolver = new Resolver(definition, context, signal);
  const launch = await resolver.launch();
  return { launch, secretValues: secretsOf(launch, resolver.used), notes: resolver.notes };
}

class Resolver {
  readonly used: UsedValue[] = [];
  readonly notes: string[] = [];
  readonly #definition: ServerDefinition;
  readonly #context: VariableContext;
  readonly #signal: AbortSignal;
  readonly #dialect: Dialect;

  constructor(definition: ServerDefinition, context: VariableContext, signal: AbortSignal) {
    this.#definition = definition;
    this.#context = context;
    this.#signal = signal;
    this.#dialect = dialects[definition.source.kind];
  }

  async launch(): Promise<ResolvedLaunch> {
    const { launch } = this.#definition;
    if (launch.kind === 'http') {
      const url = await this.#text(launch.url, 'url');
      const fault = urlFault(url) ?? (url.includes('${') ? 'holds a variable after replacement' : undefined);
      if (fault !== undefined) throw this.#error(`the URL ${fault} after its variables were replaced`);
      const headers = await this.#record(launch.headers, 'headers');
      const broken = Object.keys(headers).find((name) => /[\r\n\0]/.test(headers[name] ?? ''));
      if (broken !== undefined) throw this.#error(`headers.${broken} would hold a line break`);
      return { kind: 'http', transport: launch.transport, url, headers };
    }
    const command = this.#atHome(await this.#text(launch.command, 'command'));
    const args: string[] = [];
    for (const [index, arg] of launch.args.entries()) args.push(await this.#text(arg, `args[${index}]`));
    const cwd = launch.cwd === undefined ? this.#base : this.#path(await this.#text(launch.cwd, 'cwd'));
    const env = await this.#record(launch.env, 'env');
    if (launch.envFile === undefined) return this.#checked({ kind: 'stdio', command, args, env, cwd });
    const file = this.#path(await this.#text(launch.envFile, 'envFile'));
    const fromFile = await this.#context.readEnvFile(file, this.#signal);
    for (const [name, value] of Object.entries(fromFile)) this.used.push({ origin: 'envFile', name, value });
    return this.#checked({ kind: 'stdio', command, args, env: { ...fromFile, ...env }, cwd });
  }

  #checked(launch: Extract<ResolvedLaunch, { kind: 'stdio' }>): ResolvedLaunch {
    if (launch.command.trim() === '') throw this.#error('with its variables replaced, the command is empty');
    if ([launch.command, ...launch.args, ...Object.values(launch.env)].some((text) => text.includes('\0'))) {
      throw this.#error('a value holds a NUL character');
    }
    return launch;
  }

  async #record(
    record: Readonly<Record<string, string>>,
    field: string,
  ): Promise<Readonly<Record<string, string>>> {
    const members: [string, string][] = [];
    for (const [name, value] of Object.entries(record))
      members.push([name, await this.#text(value, `${field}.${name}`)]);
    return Object.fromEntries(members);
  }

  async #text(text: string, field: string): Promise<string> {
    if (this.#dialect.isNone) return text;
    let resolved = '';
    let end = 0;
    for (const reference of referencesIn(text)) {
      if (reference.isBare && !this.#dialect.hasBareForm) continue;
      throwIfAborted(this.#signal);
      resolved += text.slice(end, reference.start) + (await this.#value(reference, field));
      end = reference.end;
    }
    return resolved + text.slice(end);
  }

  async #value(reference: Reference, field: string): Promise<string> {
    const { name, argument, raw } = reference;
    if (reference.isBare) return this.#take(name, field) ?? raw;
    switch (name) {
      case 'env':
        if (argument !== undefined) return this.#envValue(argument, field);
        break;
      case 'input':
        if (argument !== undefined) return this.#inputValue(argument, field, raw);
        break;
      case 'workspaceFolder':
        return argument === undefined ? this.#folder(field, raw) : this.#folderNamed(argument, field, raw);
      case 'workspaceFolderBasename':
        return (
          this.#folder(field, raw)
            .split(/[\\/]/)
            .findLast((part) => part !== '') ?? ''
        );
      case 'userHome':
        return this.#context.userHome;
      case 'pathSeparator':
      case '/':
        return this.#context.pathSeparator;
    }
    const isShellForm = shellName.test(name) && (argument === undefined || argument.startsWith('-'));
    if (!isShellForm) throw this.#unknown(raw, field);
    if (this.#dialect.hasShellForm) {
      const value = this.#take(name, field) ?? argument?.slice(1);
      if (value !== undefined) return value;
    }
    // Programs such as mcp-remote replace these themselves, from the environment that this entry gives them.
    const { launch } = this.#definition;
    if (launch.kind === 'stdio' && Object.hasOwn(launch.env, name) && !field.startsWith('env.')) return raw;
    throw this.#dialect.hasShellForm
      ? this.#error(
          `${raw} in ${field} has no value: the environment variable is not set`,
          `Set ${name}, or give a default: \${${name}:-default}.`,
        )
      : this.#unknown(raw, field);
  }

  /** As in VS Code and in a shell, a variable that is not set is empty. */
  #envValue(name: string, field: string): string {
    const value = this.#take(name, field);
    if (value === undefined)
      this.notes.push(`\${env:${name}} in ${field} is empty: the environment variable is not set`);
    return value ?? '';
  }

  #take(name: string, field: string): string | undefined {
    const value = this.#context.env(name);
    if (value !== undefined) this.used.push({ origin: 'env', name, field, value });
    return value;
  }

  async #inputValue(id: string, field: string, raw: string): Promise<string> {
    const input = this.#definition.inputs.find((candidate) => candidate.id === id);
    if (!input) throw this.#error(`${raw} in ${field}: the file defines no such input`);
    const value = await this.#context.input(this.#definition, input, this.#signal);
    this.used.push({ origin: 'input', name: id, field, value, isPassword: input.isPassword });
    return value;
  }

  #folder(field: string, raw: string): string {
    const { folder } = this.#definition.source;
    if (folder !== undefined) return folder;
    const [only, second] = this.#context.folders;
    if (!only) throw this.#error(`${raw} in ${field}: no folder is open`);
    if (second)
      throw this.#error(`${raw} in ${field}: several folders are open`, 'Write ${workspaceFolder:name}.');
    return only.path;
  }

  #folderNamed(name: string, field: string, raw: string): string {
    const found = this.#context.folders.filter((folder) => folder.name === name);
    const [only] = found;
    if (!only || found.length > 1) {
      throw this.#error(
        `${raw} in ${field}: ${found.length === 0 ? 'no open folder has' : 'several open folders have'} this name`,
      );
    }
    return only.path;
  }

  /** Where relative paths start: the file's folder, else the user's home. */
  get #base(): string {
    return this.#definition.source.folder ?? this.#context.userHome;
  }

  #path(path: string): string {
    const home = this.#atHome(path);
    if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(home)) return home;
    return `${this.#base.replace(/[\\/]$/, '')}${this.#context.pathSeparator}${home}`;
  }

  #atHome(path: string): string {
    return path === '~' || /^~[\\/]/.test(path) ? this.#context.userHome + path.slice(1) : path;
  }

  #unknown(raw: string, field: string): AppError {
    return this.#error(`unknown variable ${raw} in ${field}`);
  }

  #error(message: string, nextStep?: string): AppError {
    const { name, source, line } = this.#definition;
    return new AppError(
      'invalid-config',
      `${name}: ${message} (${source.file}:${line})`,
      nextStep === undefined ? {} : { nextStep },
    );
  }
}
