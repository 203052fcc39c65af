import { entryOf } from './configEdit.ts';
import { isSecretName } from './configSecrets.ts';
import type { InstallLink } from './installLink.ts';
import type { Json } from './json.ts';
import type { Launch, ServerDefinition } from './server.ts';
import { AppError } from './util/errors.ts';

/** A server in the words of a configuration file, as the install page takes it. */
export type DescribedServer = Extract<InstallLink, { readonly kind: 'config' }>;

/** A server that the user typed. */
export function typedServer(name: string, launch: Launch): DescribedServer {
  return { kind: 'config', name, config: entryOf(launch, 'user'), inputs: [] };
}

/**
 * A server of another program's file, for a file of our own: what stands under a secret's name becomes an input that is asked for and
 * kept in the secret storage, never copied. Throws `invalid-input` for one that reads its environment from a file.
 */
export function importedServer(
  definition: Pick<ServerDefinition, 'name' | 'launch' | 'inputs'>,
): DescribedServer {
  const { name, launch } = definition;
  if (launch.kind === 'stdio' && launch.envFile !== undefined)
    throw new AppError(
      'invalid-input',
      `${name} reads its environment from ${launch.envFile}: add it by its command instead`,
    );
  const inputs: Json[] = definition.inputs.map((input) => ({
    type: input.kind === 'pick' ? 'pickString' : 'promptString',
    id: input.id,
    description: input.description,
    ...(input.kind === 'pick' ? { options: [...input.options] } : {}),
    ...(input.isPassword ? { password: true } : {}),
    ...(input.default === undefined ? {} : { default: input.default }),
  }));
  const taken = new Set(definition.inputs.map(({ id }) => id));
  const asked = (key: string, value: string): string => {
    // A value that is asked for or read from elsewhere holds no secret itself.
    if (!isSecretName(key) || /^\$\{[^}]*\}$/.test(value) || value === '') return value;
    const stem = key.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    let id = stem;
    for (let count = 2; taken.has(id); count++) id = `${stem}-${count}`;
    taken.add(id);
    inputs.push({ type: 'promptString', id, description: key, password: true });
    const scheme = /^(?:bearer|basic|token) +/i.exec(value)?.[0] ?? '';
    return `${scheme}\${input:${id}}`;
  };
  const changed = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, asked(key, value)]));
  const kept: Launch =
    launch.kind === 'http'
      ? { ...launch, url: askedQuery(launch.url, asked), headers: changed(launch.headers) }
      : { ...launch, env: changed(launch.env), args: askedOptions(launch.args, asked) };
  return { kind: 'config', name, config: entryOf(kept, 'user'), inputs };
}

/** `?api_key=x`, with the rest of the address as it was. */
function askedQuery(url: string, asked: (key: string, value: string) => string): string {
  return url.replace(
    /([?&])([^=&#]+)=([^&#]*)/g,
    (_all, before: string, key: string, value: string) => `${before}${key}=${asked(key, value)}`,
  );
}

/** `--token=x` and `--token x`. */
function askedOptions(
  args: readonly string[],
  asked: (key: string, value: string) => string,
): readonly string[] {
  return args.map((arg, index) => {
    const joined = /^(--?([\w-]+)=)(.*)$/s.exec(arg);
    if (joined) return `${joined[1] ?? ''}${asked(joined[2] ?? '', joined[3] ?? '')}`;
    const option = /^--?([\w-]+)$/.exec(args[index - 1] ?? '')?.[1];
    return option === undefined || arg.startsWith('-') ? arg : asked(option, arg);
  });
}
