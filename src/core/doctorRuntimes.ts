/** What a program is part of, and how it is had. */
interface Runtime {
  readonly name: string;
  readonly how: Readonly<Partial<Record<string, string>>> & { readonly other: string };
}

const node: Runtime = {
  name: 'Node.js',
  how: {
    darwin: '`brew install node`, or the installer of nodejs.org',
    win32: '`winget install OpenJS.NodeJS.LTS`, or the installer of nodejs.org',
    other: 'your package manager (`nodejs` and `npm`), or nodejs.org',
  },
};
const uv: Runtime = {
  name: 'uv',
  how: {
    darwin: '`brew install uv`, or docs.astral.sh/uv',
    win32: '`winget install astral-sh.uv`, or docs.astral.sh/uv',
    other: '`pipx install uv`, or docs.astral.sh/uv',
  },
};
const python: Runtime = {
  name: 'Python',
  how: {
    darwin: '`brew install python`, or python.org',
    win32: '`winget install Python.Python.3.13`, or python.org',
    other: 'your package manager (`python3`)',
  },
};
const one = (name: string, other: string): Runtime => ({ name, how: { other } });

const runtimes: Readonly<Record<string, Runtime>> = {
  node,
  npx: node,
  npm: node,
  pnpm: one('pnpm', '`npm install -g pnpm`'),
  yarn: one('Yarn', '`npm install -g yarn`'),
  tsx: one('tsx', '`npm install -g tsx`'),
  bun: one('Bun', 'the installer of bun.sh'),
  bunx: one('Bun', 'the installer of bun.sh'),
  deno: one('Deno', 'the installer of deno.com'),
  uv,
  uvx: uv,
  python,
  python3: python,
  py: python,
  pip: python,
  pipx: one('pipx', '`python3 -m pip install --user pipx`'),
  docker: one('Docker', 'docs.docker.com/get-docker; start it afterwards'),
  podman: one('Podman', 'podman.io'),
  dnx: one('the .NET 10 SDK', 'dotnet.microsoft.com'),
  dotnet: one('the .NET SDK', 'dotnet.microsoft.com'),
  go: one('Go', 'go.dev'),
  cargo: one('Rust', 'rustup.rs'),
  java: one('a Java runtime', 'adoptium.net'),
  ruby: one('Ruby', 'your package manager (`ruby`)'),
  php: one('PHP', 'your package manager (`php`)'),
};

/** What to install so that a command is found; undefined for a command that nobody knows. */
export function missingRuntime(command: string, platform: string): string | undefined {
  const name = command.replace(/\.(?:exe|cmd|bat)$/i, '').toLowerCase();
  const runtime = Object.hasOwn(runtimes, name) ? runtimes[name] : undefined;
  if (!runtime) return undefined;
  const how = runtime.how[platform] ?? runtime.how.other;
  const part = name === runtime.name.toLowerCase() ? '' : `; ${name} comes with it`;
  return `Install ${runtime.name} (${how}${part}), then restart the editor so that it sees the new PATH.`;
}
