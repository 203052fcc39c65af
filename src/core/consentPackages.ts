/** The programs that run containers. */
export const containerRunners = new Set(['docker', 'podman', 'nerdctl']);

const pythonRunners = new Set(['uv', 'uvx', 'pip', 'pip3', 'pipx']);
const packageRunners = new Set([
  ...pythonRunners,
  'npx',
  'npm',
  'pnpm',
  'pnpx',
  'yarn',
  'bun',
  'bunx',
  'dnx',
]);
const sourceFlag =
  /^--(?:registry|index|index-url|extra-index-url|default-index|find-links|source|add-source|configfile|userconfig|globalconfig|trusted-host|allow-insecure-host)(?:=|$)/;

/** The options of a package runner that choose where packages come from, with their values. */
export function packageSources(runner: string, args: readonly string[]): readonly string[] {
  if (!packageRunners.has(runner)) return [];
  return args.flatMap((word, index) => {
    const isShort = word === '-i' && pythonRunners.has(runner);
    if (!isShort && !sourceFlag.test(word)) return [];
    return [word.includes('=') ? word : `${word} ${args[index + 1] ?? ''}`.trim()];
  });
}

/** What a package runner fetches, when that is no exact version. */
export function unpinnedSpec(runner: string, args: readonly string[]): string | undefined {
  if (containerRunners.has(runner)) {
    const run = args.indexOf('run');
    const image = run < 0 ? undefined : firstPlain(args.slice(run + 1), containerValueFlag);
    if (image === undefined || image.includes('@sha256:')) return undefined;
    const tag = /:([^/:]+)$/.exec(image)?.[1];
    return tag === undefined || tag === 'latest' ? image : undefined;
  }
  const nodeArgs = nodePackageArgs(runner, args);
  if (nodeArgs) {
    const spec =
      flagValue(nodeArgs, /^(?:-p|--package)$/) ??
      firstPlain(nodeArgs, /^(?:-c|--call|-w|--workspace|--registry|--userconfig|--cache|--prefix)$/);
    if (spec === undefined || /^(?:[./~\\]|[A-Za-z]:[\\/]|file:)/.test(spec)) return undefined;
    return /.@v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(spec) ? undefined : spec;
  }
  const pythonArgs = pythonPackageArgs(runner, args);
  if (pythonArgs) {
    const spec = flagValue(pythonArgs, /^(?:--from|--spec)$/) ?? firstPlain(pythonArgs, pythonValueFlag);
    if (spec === undefined || /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(spec)) return undefined;
    return /(?:===?|@)\s*v?\d[\w.+!-]*$/.test(spec) || /@[0-9a-f]{40}$/.test(spec) ? undefined : spec;
  }
  return undefined;
}

function nodePackageArgs(runner: string, args: readonly string[]): readonly string[] | undefined {
  if (['npx', 'pnpx', 'bunx', 'dnx'].includes(runner)) return args;
  const [verb = '', ...rest] = args;
  const verbs: Readonly<Record<string, readonly string[]>> = {
    npm: ['exec', 'x'],
    pnpm: ['dlx'],
    yarn: ['dlx'],
    bun: ['x'],
  };
  return Object.hasOwn(verbs, runner) && verbs[runner]?.includes(verb) ? rest : undefined;
}

function pythonPackageArgs(runner: string, args: readonly string[]): readonly string[] | undefined {
  if (runner === 'uvx') return args;
  if (runner === 'uv' && args[0] === 'tool' && args[1] === 'run') return args.slice(2);
  return runner === 'pipx' && args[0] === 'run' ? args.slice(1) : undefined;
}

const pythonValueFlag =
  /^(?:--with|--with-editable|--with-requirements|--python|-p|--index|--default-index|--index-url|-i|--extra-index-url|--find-links|-f|--cache-dir|--config-file|--directory|--project|--pip-args)$/;
const containerValueFlag =
  /^(?:-[evpwuhlmac]|--(?:env|env-file|volume|mount|publish|name|network|net|workdir|user|entrypoint|hostname|label|memory|cpus|platform|pull|cap-add|cap-drop|security-opt|device|ipc|pid|tmpfs|ulimit|gpus|restart|dns|add-host|log-driver|log-opt|runtime|shm-size|userns|uts|stop-signal|stop-timeout|volumes-from|sysctl|cidfile))$/;

/** The first word that is neither an option nor the value of one. */
function firstPlain(args: readonly string[], takesValue: RegExp): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--') return args[index + 1];
    if (!word.startsWith('-')) return word;
    if (takesValue.test(word)) index++;
  }
  return undefined;
}

function flagValue(args: readonly string[], flag: RegExp): string | undefined {
  for (const [index, word] of args.entries()) {
    if (word === '--' || !word.startsWith('-')) return undefined;
    if (flag.test(word)) return args[index + 1];
    const [name = '', ...value] = word.split('=');
    if (value.length > 0 && flag.test(name)) return value.join('=');
  }
  return undefined;
}
