const inheritedOnWindows = [
  ...[
    'APPDATA',
    'COMSPEC',
    'HOMEDRIVE',
    'HOMEPATH',
    'LOCALAPPDATA',
    'PATH',
    'PATHEXT',
    'PROCESSOR_ARCHITECTURE',
  ],
  ...[
    'PROGRAMDATA',
    'PROGRAMFILES',
    'PROGRAMFILES(X86)',
    'PROGRAMW6432',
    'SYSTEMDRIVE',
    'SYSTEMROOT',
    'TEMP',
    'TMP',
  ],
  ...['USERNAME', 'USERPROFILE', 'WINDIR'],
];
const inherited = [
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TERM',
  'TMPDIR',
  'TZ',
  'USER',
];

/**
 * The complete environment of a local server: what the MCP SDK passes on plus language and temporary folder, then what its
 * entry sets. Nothing else of ours: the editor's environment holds tokens.
 */
export function launchEnvironment(
  configured: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const name of platform === 'win32' ? inheritedOnWindows : inherited) {
    const value = ours[name];
    // A value like this was a shell function once, and is how Shellshock got in.
    if (value !== undefined && !value.startsWith('()')) env[name] = value;
  }
  // cmd.exe looks for a program in the current folder first: a workspace could bring an `npx.cmd` of its own.
  const only = platform === 'win32' ? { NoDefaultCurrentDirectoryInExePath: '1' } : {};
  return { ...env, ...only, ...configured };
}
