import { say } from './util/say.ts';

interface Hint {
  readonly pattern: RegExp;
  /** From the match to the fix. */
  readonly fix: (match: RegExpExecArray) => string;
}

const nameOf = (match: RegExpExecArray): string => match.slice(1).find((part) => part !== undefined) ?? '';
const variable = '\\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\\b';
const isMissing =
  '(?:missing|required|not (?:set|defined|provided|found|configured)|unset|undefined|(?:must|has to|needs to) be (?:set|defined|provided))';

// Only ever a hint beside what the process itself said; nothing branches on it.
const hints: readonly Hint[] = [
  {
    pattern: /cannot find (?:module|package) '([^']{1,300})'/i,
    fix: (match) =>
      say`A file or package of the server is missing: ${nameOf(match)}. Correct the path in "args", or install and build the server (npm install, npm run build).`,
  },
  {
    pattern: /No module named '?([\w.]{1,200})/,
    fix: (match) =>
      say`The Python module ${nameOf(match)} is missing: install the server into the Python that "command" names, or run it by uvx.`,
  },
  {
    pattern: /can't open file '([^']{1,300})'/,
    fix: (match) => say`There is no file ${nameOf(match)}: correct the path in "args".`,
  },
  {
    pattern: /npm (?:error|ERR!) (?:code )?E404|404 Not Found - GET/i,
    fix: () => say`The npm registry has no package of this name or version: correct it in "args".`,
  },
  {
    pattern: /npm (?:error|ERR!) (?:code )?(?:E401|E403|ENEEDAUTH)/i,
    fix: () => say`The npm registry wants a sign-in for this package: set it up in ~/.npmrc (npm login).`,
  },
  {
    pattern: /npm (?:error|ERR!) (?:code )?(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT)/i,
    fix: () =>
      say`The package could not be downloaded: check that this machine is online, and the proxy of npm.`,
  },
  {
    pattern: /No solution found when resolving|was not found in the package registry/i,
    fix: () => say`The Python package index has no package of this name or version: correct it in "args".`,
  },
  {
    pattern: /Cannot connect to the Docker daemon|error during connect|docker daemon is not running/i,
    fix: () => say`Docker is installed but does not run: start it, then look again.`,
  },
  {
    pattern: /(?:pull access denied|manifest unknown|repository does not exist)/i,
    fix: () =>
      say`The image cannot be had: correct its name in "args", or sign in to its registry (docker login).`,
  },
  {
    pattern: /(?:Unsupported engine|EBADENGINE|SyntaxError: Unexpected token|requires Node)/i,
    fix: () =>
      say`The server may need a newer Node.js: compare \`node --version\` with what its page asks for.`,
  },
  {
    pattern: new RegExp(`${variable}[^\\n]{0,40}?${isMissing}|${isMissing}[^\\n]{0,40}?${variable}`),
    fix: (match) =>
      say`The server wants the environment variable ${nameOf(match)}: set it in "env" of its entry. The editor's own environment is not passed on.`,
  },
  {
    pattern: /EADDRINUSE[^\n]{0,80}?:(\d{2,5})\b|address already in use/i,
    fix: (match) =>
      say`The port${nameOf(match) === '' ? '' : ` ${nameOf(match)}`} is taken, perhaps by another window's process of this server: stop that one, or change the port.`,
  },
  {
    pattern: /EACCES|Permission denied/i,
    fix: () => say`The process may not read or run something it needs: look at the lines above for which.`,
  },
];

/** What the last words of a process say is missing; undefined when they are of no kind we know. */
export function stderrHint(lines: readonly string[]): string | undefined {
  const text = lines.join('\n');
  for (const { pattern, fix } of hints) {
    const match = pattern.exec(text);
    if (match) return fix(match);
  }
  return undefined;
}
