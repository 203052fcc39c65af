import { say, sayings } from './util/say.ts';

/** What a program is part of, and how it is had. */
interface Runtime {
  readonly name: string;
  readonly how: Readonly<Partial<Record<string, string>>> & { readonly other: string };
}

const installerOf = (site: string): string => say`the installer of ${site}`;
const packageManager = (names: string): string => say`your package manager (${names})`;
const either = (first: string, second: string): string => say`${first}, or ${second}`;

const runtimes = sayings((): Readonly<Record<string, Runtime>> => {
  const node: Runtime = {
    name: 'Node.js',
    how: {
      darwin: either('`brew install node`', installerOf('nodejs.org')),
      win32: either('`winget install OpenJS.NodeJS.LTS`', installerOf('nodejs.org')),
      other: either(packageManager('`nodejs`, `npm`'), 'nodejs.org'),
    },
  };
  const uv: Runtime = {
    name: 'uv',
    how: {
      darwin: either('`brew install uv`', 'docs.astral.sh/uv'),
      win32: either('`winget install astral-sh.uv`', 'docs.astral.sh/uv'),
      other: either('`pipx install uv`', 'docs.astral.sh/uv'),
    },
  };
  const python: Runtime = {
    name: 'Python',
    how: {
      darwin: either('`brew install python`', 'python.org'),
      win32: either('`winget install Python.Python.3.13`', 'python.org'),
      other: packageManager('`python3`'),
    },
  };
  const one = (name: string, other: string): Runtime => ({ name, how: { other } });
  return {
    node,
    npx: node,
    npm: node,
    pnpm: one('pnpm', '`npm install -g pnpm`'),
    yarn: one('Yarn', '`npm install -g yarn`'),
    tsx: one('tsx', '`npm install -g tsx`'),
    bun: one('Bun', installerOf('bun.sh')),
    bunx: one('Bun', installerOf('bun.sh')),
    deno: one('Deno', installerOf('deno.com')),
    uv,
    uvx: uv,
    python,
    python3: python,
    py: python,
    pip: python,
    pipx: one('pipx', '`python3 -m pip install --user pipx`'),
    docker: one('Docker', say`${'docs.docker.com/get-docker'}; start it afterwards`),
    podman: one('Podman', 'podman.io'),
    dnx: one('.NET 10 SDK', 'dotnet.microsoft.com'),
    dotnet: one('.NET SDK', 'dotnet.microsoft.com'),
    go: one('Go', 'go.dev'),
    cargo: one('Rust', 'rustup.rs'),
    java: one('Java', 'adoptium.net'),
    ruby: one('Ruby', packageManager('`ruby`')),
    php: one('PHP', packageManager('`php`')),
  };
});

/** What to install so that a command is found; undefined for a command that nobody knows. */
export function missingRuntime(command: string, platform: string): string | undefined {
  const name = command.replace(/\.(?:exe|cmd|bat)$/i, '').toLowerCase();
  const known = runtimes();
  const runtime = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!runtime) return undefined;
  const how = runtime.how[platform] ?? runtime.how.other;
  const part = name === runtime.name.toLowerCase() ? '' : say`; ${name} comes with it`;
  return say`Install ${runtime.name} (${how}${part}), then restart the editor so that it sees the new PATH.`;
}
