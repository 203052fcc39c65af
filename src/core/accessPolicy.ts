import type { Launch, ResolvedLaunch, ServerDefinition } from './server.ts';
import { isJsonObject } from './json.ts';

/** What an entry of the allow or deny list compares with; exactly one per entry. */
export type ServerMatcher =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'url'; readonly pattern: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** VS Code's enterprise settings for MCP, as `readAccessSettings` understood them. */
export interface AccessSettings {
  readonly access: 'none' | 'registry' | 'all';
  /** Undefined: no restriction. Empty: nothing is allowed. */
  readonly allowed: readonly ServerMatcher[] | undefined;
  readonly denied: readonly ServerMatcher[];
  /** Why the settings cannot be obeyed; then nothing may run. */
  readonly unreadable: string | undefined;
}

/** The settings as VS Code gives them: never a workspace's value. */
export interface RawAccessSettings {
  readonly access?: unknown; // chat.mcp.access
  readonly allowedServers?: unknown; // chat.mcp.allowedServers
  readonly deniedServers?: unknown; // chat.mcp.deniedServers
  readonly allowManagedServersOnly?: unknown; // chat.mcp.allowManagedServersOnly
}

/** Whether a server may be started. */
export type AccessVerdict =
  { readonly kind: 'allowed' } | { readonly kind: 'blocked'; readonly reason: string };

/** What is known about a server beyond its entry. */
export interface AccessFacts {
  /** The launch with its variables replaced: give it before every start, the verdict is final only then. */
  readonly resolved?: ResolvedLaunch;
  /** We checked that this launch is what the configured registry publishes; what a file claims does not count. */
  readonly isFromRegistry?: boolean;
}

const allowed: AccessVerdict = { kind: 'allowed' };

/**
 * Reads the settings. What is malformed is reported and never widens access: an allow entry is dropped, a deny entry
 * denies by each part that can be read, and what cannot be read at all blocks everything.
 */
export function readAccessSettings(raw: RawAccessSettings): {
  readonly settings: AccessSettings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  let unreadable: string | undefined;
  const block = (problem: string) => {
    problems.push(problem);
    unreadable ??= problem;
  };
  const access = raw.access ?? 'all';
  const isKnown = access === 'none' || access === 'registry' || access === 'all';
  if (!isKnown) block('chat.mcp.access: expected "none", "registry" or "all"');

  let allowList: ServerMatcher[] | undefined;
  if (raw.allowedServers !== null && raw.allowedServers !== undefined) {
    allowList = [];
    if (!Array.isArray(raw.allowedServers)) block('chat.mcp.allowedServers: expected a list or null');
    else {
      for (const [index, entry] of raw.allowedServers.entries()) {
        const { matchers, isSound } = readEntry(entry, `chat.mcp.allowedServers[${index}]`, problems);
        if (isSound) allowList.push(...matchers);
      }
    }
  } else if (raw.allowManagedServersOnly === true) {
    allowList = [];
  }

  const denyList: ServerMatcher[] = [];
  if (raw.deniedServers !== null && raw.deniedServers !== undefined) {
    if (!Array.isArray(raw.deniedServers)) block('chat.mcp.deniedServers: expected a list or null');
    else {
      for (const [index, entry] of raw.deniedServers.entries()) {
        const path = `chat.mcp.deniedServers[${index}]`;
        const { matchers } = readEntry(entry, path, problems);
        if (matchers.length === 0) unreadable ??= `${path} cannot be read`;
        denyList.push(...matchers);
      }
    }
  }
  const settings = {
    access: isKnown ? access : 'none',
    allowed: allowList,
    denied: denyList,
    unreadable,
  } as const;
  return { settings, problems };
}

const fields = ['serverName', 'serverUrl', 'serverCommand'] as const;

function readEntry(
  entry: unknown,
  path: string,
  problems: string[],
): { readonly matchers: readonly ServerMatcher[]; readonly isSound: boolean } {
  if (!isJsonObject(entry)) {
    problems.push(`${path}: expected an object with one of ${fields.join(', ')}`);
    // A plain name is the common mistake; as a denial it is clear enough.
    const isName = typeof entry === 'string' && entry !== '';
    return { matchers: isName ? [{ kind: 'name', name: entry }] : [], isSound: false };
  }
  const { serverName, serverUrl, serverCommand } = entry;
  const matchers: ServerMatcher[] = [];
  if (typeof serverName === 'string' && serverName !== '') matchers.push({ kind: 'name', name: serverName });
  if (typeof serverUrl === 'string' && serverUrl !== '') matchers.push({ kind: 'url', pattern: serverUrl });
  if (isArgv(serverCommand)) matchers.push({ kind: 'command', argv: serverCommand });
  const isSound = matchers.length === 1 && Object.keys(entry).length === 1;
  if (!isSound) problems.push(`${path}: expected exactly one of ${fields.join(', ')}`);
  else if (matchers[0]?.kind === 'url' && !/^[^/]*:\/\/[^/]+\//.test(matchers[0].pattern)) {
    problems.push(
      `${path}.serverUrl matches nothing: a pattern starts with a scheme and has a path, like https://*.example.com/*`,
    );
  }
  return { matchers, isSound };
}

function isArgv(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

/**
 * Judges a server by the enterprise settings, with VS Code's matching rules: deny wins, no allow list is no restriction,
 * an empty one allows nothing. Without `facts.resolved`, URL and command entries of a launch with variables are left
 * open, so ask again before the start.
 */
export function judgeAccess(
  definition: Pick<ServerDefinition, 'name' | 'launch'>,
  settings: AccessSettings,
  facts: AccessFacts = {},
): AccessVerdict {
  const { name, launch } = definition;
  if (settings.access === 'none') return blocked('MCP servers are switched off (chat.mcp.access)');
  if (settings.unreadable !== undefined) {
    return blocked(`the organization's MCP settings cannot be obeyed: ${settings.unreadable}`);
  }
  if (settings.access === 'registry' && facts.isFromRegistry !== true) {
    return blocked(
      'only servers of the configured registry are allowed (chat.mcp.access), and this is not known to be one',
    );
  }
  // A denial is not escaped by writing the same thing with or without variables.
  const forms: readonly (Launch | ResolvedLaunch)[] = facts.resolved ? [launch, facts.resolved] : [launch];
  if (settings.denied.some((matcher) => forms.some((form) => isMatch(matcher, name, form)))) {
    return blocked('the organization denies this server (chat.mcp.deniedServers)');
  }
  if (!settings.allowed) return allowed;
  const final = facts.resolved ?? launch;
  if (settings.allowed.some((matcher) => isMatch(matcher, name, final))) return allowed;
  if (!facts.resolved && hasVariables(launch)) {
    const kind = launch.kind === 'http' ? 'url' : 'command';
    if (settings.allowed.some((matcher) => matcher.kind === kind)) return allowed;
  }
  return blocked('this server is not among those that the organization allows (chat.mcp.allowedServers)');
}

function blocked(reason: string): AccessVerdict {
  return { kind: 'blocked', reason };
}

function hasVariables(launch: Launch): boolean {
  const texts = launch.kind === 'http' ? [launch.url] : [launch.command, ...launch.args];
  return texts.some((text) => text.includes('$'));
}

function isMatch(matcher: ServerMatcher, name: string, launch: Launch | ResolvedLaunch): boolean {
  switch (matcher.kind) {
    case 'name':
      return matcher.name === name;
    case 'url':
      return launch.kind === 'http' && isUrlMatch(matcher.pattern, launch.url);
    case 'command': {
      if (launch.kind !== 'stdio') return false;
      const argv = [launch.command, ...launch.args];
      return matcher.argv.length === argv.length && matcher.argv.every((word, index) => word === argv[index]);
    }
  }
}

/** Compares with the place that a request really goes to: scheme, host and port, path and query, in any case. */
function isUrlMatch(pattern: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, origin, pathname, search } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return isWildcardMatch(pattern.toLowerCase(), `${origin}${pathname}${search}`.toLowerCase());
}

/** `*` is any text; in the authority of the pattern it does not cross `/ @ \ ? #`. Quadratic at worst. */
function isWildcardMatch(pattern: string, text: string): boolean {
  const scheme = pattern.indexOf('://');
  const authority = scheme < 0 ? 0 : scheme + 3;
  const rest = pattern.slice(authority).search(/[/\\?#]/);
  const authorityEnd = rest < 0 ? pattern.length : authority + rest;
  let at = 0;
  let star: { readonly pattern: number; text: number } | undefined;
  let index = 0;
  while (at < text.length) {
    if (pattern[index] === '*') {
      star = { pattern: index, text: at };
      index++;
    } else if (index < pattern.length && pattern[index] === text[at]) {
      index++;
      at++;
    } else if (star && !(star.pattern < authorityEnd && '/@\\?#'.includes(text[star.text] ?? ''))) {
      // Let the last star take one more character; earlier stars need not be tried again.
      star.text++;
      at = star.text;
      index = star.pattern + 1;
    } else {
      return false;
    }
  }
  while (pattern[index] === '*') index++;
  return index === pattern.length;
}
