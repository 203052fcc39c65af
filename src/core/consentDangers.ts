import type { HttpLaunch, ServerDefinition, StdioLaunch } from './server.ts';
import { isSecretName } from './configSecrets.ts';
import { containerRunners, packageSources, unpinnedSpec } from './consentPackages.ts';
import { hasHiddenText, visibleText } from './util/text.ts';
import { envNamesIn } from './variableReferences.ts';
import { say } from './util/say.ts';

/** Something in a launch that the user should see before agreeing to it. */
export interface ConsentDanger {
  readonly kind:
    | 'privilege' // asks for administrator rights
    | 'shell' // hands text to a shell
    | 'inline-code' // the command line is a program itself
    | 'download' // fetches something and may run it
    | 'container' // lets a container out of its box
    | 'mount' // shows a sensitive part of this machine to a container
    | 'package-source' // takes packages from another place
    | 'environment' // changes how programs run or whom they talk to
    | 'unpinned' // what runs can change without notice
    | 'secret-argument' // other programs on this machine can read it
    | 'no-sandbox' // the file asks for a sandbox that is not there
    | 'no-encryption' // others on the way can read along
    | 'odd-host' // letters that may pass for others
    | 'sends-value' // a value of this machine leaves it
    | 'hidden-text'; // more than the eye sees
  /** The words that it is about, hidden characters marked. */
  readonly subject: string;
  readonly message: string;
}

type Add = (kind: ConsentDanger['kind'], subject: string, message: string) => void;

/** The dangers of starting or reaching a server, in the order of its parts; none is no promise of safety. */
export function consentDangers(definition: ServerDefinition): readonly ConsentDanger[] {
  const found = new Map<string, ConsentDanger>();
  const add: Add = (kind, subject, message) => {
    const shown = visibleText(subject).text;
    if (!found.has(`${kind} ${shown}`)) found.set(`${kind} ${shown}`, { kind, subject: shown, message });
  };
  const { launch } = definition;
  if (launch.kind === 'stdio') localDangers(launch, definition, add);
  else remoteDangers(launch, definition, add);
  if (definition.wantsSandbox)
    add(
      'no-sandbox',
      'sandboxEnabled',
      say`the file asks for a sandbox; MCP Switchboard runs the server without one`,
    );
  return [...found.values()];
}

function remoteDangers(launch: HttpLaunch, definition: ServerDefinition, add: Add): void {
  const { url } = launch;
  const host = hostOf(url);
  if (/^http:/i.test(url) && !isLoopback(host))
    add('no-encryption', host, say`the connection is not encrypted`);
  if (host.includes('xn--'))
    add('odd-host', host, say`the host name has letters outside ASCII that may look like others`);
  for (const name of envNamesIn(launch, definition.source.kind)) {
    add('sends-value', name, say`the value of the environment variable is sent to ${visibleText(host).text}`);
  }
  hidden([url, ...Object.keys(launch.headers), ...Object.values(launch.headers)], add);
}

function hostOf(url: string): string {
  const plain = url.replaceAll(/\$\{[^}]*\}/g, 'variable');
  if (URL.canParse(plain) && plain === url) return new URL(url).host;
  return /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url;
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

function localDangers(launch: StdioLaunch, definition: ServerDefinition, add: Add): void {
  const words = [launch.command, ...launch.args];
  programDangers(words, add);
  const runner = programOf(launch.command);
  if (containerRunners.has(runner)) containerDangers(words, add);
  for (const option of packageSources(runner, launch.args)) {
    add('package-source', option, say`takes packages from another place than usual`);
  }
  const spec = unpinnedSpec(runner, launch.args);
  if (spec !== undefined)
    add('unpinned', spec, say`names no exact version: what runs can change without notice`);
  for (const name of Object.keys(launch.env)) {
    if (powerfulVariable.test(name))
      add('environment', name, say`changes how programs run, or whom they talk to`);
  }
  for (const word of launch.args) {
    const inputs = definition.inputs.filter(
      ({ id, isPassword }) => isPassword && word.includes(`\${input:${id}}`),
    );
    for (const { id } of inputs)
      add('secret-argument', id, say`a secret on the command line can be read by other programs`);
  }
  for (const name of literalSecretOptions(launch.args)) {
    add('secret-argument', name, say`a secret on the command line can be read by other programs`);
  }
  hidden(
    [
      ...words,
      ...Object.keys(launch.env),
      ...Object.values(launch.env),
      launch.cwd ?? '',
      launch.envFile ?? '',
    ],
    add,
  );
}

/** The name of a program without its folder and Windows ending. */
function programOf(word: string): string {
  const name = word.split(/[\\/]/).at(-1) ?? '';
  return name.toLowerCase().replace(/\.(?:exe|cmd|bat|com|ps1)$/, '');
}

const elevators = new Set(['sudo', 'doas', 'su', 'pkexec', 'runas', 'gsudo']);
const shells = new Set([
  'sh',
  'bash',
  'zsh',
  'dash',
  'fish',
  'ksh',
  'cmd',
  'powershell',
  'pwsh',
  'wsl',
  'osascript',
  'mshta',
]);
const scriptFlag = /^(?:-[a-z]*c|\/[ck]|-(?:encoded)?command|-enc|-ec)$/i;
const interpreters = /^(?:node|nodejs|bun|deno|python[\d.]*|py|perl|ruby|php|lua|rscript)$/;
const codeFlag = /^(?:-[a-z]*[ecp]|--eval|--print|eval)(?:=|$)/;
const elevatorText = /(?:^|[\s;|&(`'"])(?:sudo|doas|pkexec|runas)\s/i;
const downloadText =
  /(?:^|[\s;|&(`'"$/\\])(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|bitsadmin|certutil)(?:\.exe)?(?=[\s'"`)]|$)/i;
const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/;

function programDangers(words: readonly string[], add: Add): void {
  for (const [index, word] of words.entries()) {
    const name = programOf(word);
    const next = words[index + 1] ?? '';
    const isFirst = index === 0;
    if (elevators.has(name) || elevatorText.test(word))
      add('privilege', word, say`runs with the rights of another user`);
    if (shells.has(name) && (isFirst || scriptFlag.test(next))) {
      add('shell', word, say`a shell can run anything that its text says`);
    }
    if (interpreters.test(name) && (isFirst || isWrapper(words, index))) {
      const code = inlineCode(name, words.slice(index + 1));
      if (code !== undefined) add('inline-code', code, say`the command line holds a program of its own`);
    }
    if (downloadText.test(word)) add('download', word, say`fetches something from the network`);
    const variable = isWrapper(words, index) ? assignment.exec(word)?.[1] : undefined;
    if (variable !== undefined && powerfulVariable.test(variable)) {
      add('environment', variable, say`changes how programs run, or whom they talk to`);
    }
  }
}

/** The option that takes a program as text, among the options that stand before a script. */
function inlineCode(interpreter: string, words: readonly string[]): string | undefined {
  for (const word of words) {
    if (codeFlag.test(word) || (interpreter === 'php' && word === '-r')) return word;
    if (!word.startsWith('-')) return undefined;
  }
  return undefined;
}

/** True behind `env`, `sudo` and the like, where another program or an assignment may stand. */
function isWrapper(words: readonly string[], index: number): boolean {
  const first = programOf(words[0] ?? '');
  return index > 0 && (first === 'env' || first === 'nice' || first === 'nohup' || elevators.has(first));
}

const powerfulVariable =
  /^(?:PATH|PATHEXT|COMSPEC|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|LD_\w+|DYLD_\w+|PYTHON(?:PATH|STARTUP|HOME|HTTPSVERIFY)|PERL5(?:LIB|OPT)|RUBY(?:OPT|LIB)|(?:_?JAVA|JDK_JAVA)_(?:TOOL_)?OPTIONS|DOTNET_STARTUP_HOOKS|BASH_ENV|ENV|SHELLOPTS|PROMPT_COMMAND|GIT_(?:SSH|SSH_COMMAND|ASKPASS|EXEC_PATH|CONFIG\w*|SSL_NO_VERIFY|PROXY_COMMAND)|SSH_ASKPASS|NPM_CONFIG_\w+|YARN_\w*REGISTRY\w*|UV_\w*(?:INDEX|URL)\w*|PIP_\w+|DOCKER_(?:HOST|CONFIG)|GOFLAGS|GOPROXY|GONOSUMDB|GOINSECURE|(?:HTTPS?|ALL|NO|FTP)_PROXY|SSL_CERT_(?:FILE|DIR)|(?:REQUESTS|CURL)_CA_BUNDLE)$/i;

const openFlags =
  /^--(?:privileged|cap-add|device|device-cgroup-rule|security-opt|userns|cgroupns|uts|gpus|volumes-from|sysctl)(?:=|$)/;
const hostFlags = /^--(?:pid|ipc|network|net|uts|userns|cgroupns)$/;

function containerDangers(words: readonly string[], add: Add): void {
  for (const [index, word] of words.entries()) {
    const next = words[index + 1] ?? '';
    const sharesHost = hostFlags.test(word) && next === 'host';
    if (sharesHost) add('container', `${word} host`, say`the container shares this with the machine`);
    else if (/^--(?:pid|ipc|network|net|uts|userns|cgroupns)=host$/.test(word)) {
      add('container', word, say`the container shares this with the machine`);
    } else if (openFlags.test(word)) {
      const takesValue = !word.includes('=') && !word.endsWith('privileged');
      add(
        'container',
        takesValue ? `${word} ${next}` : word,
        say`gives the container more rights than it has by default`,
      );
    }
    const mount = /^(?:-v|--volume|--mount)(?:=(.*))?$/s.exec(word) ?? /^-v(?!=)(.+)$/s.exec(word);
    const value = mount ? (mount[1] ?? next) : undefined;
    const reason = value === undefined ? undefined : mountReason(value);
    if (value !== undefined && reason !== undefined)
      add('mount', value, say`shows ${reason} to the container`);
  }
}

const homes =
  /^(?:~|\$HOME|\$\{(?:env:)?(?:HOME|USERPROFILE)\}|\$\{userHome\}|%USERPROFILE%|\/root|\/home\/[^/]+|\/Users\/[^/]+|[A-Za-z]:[/\\]Users[/\\][^/\\]+)[/\\]?$/i;

function mountReason(value: string): string | undefined {
  const named = /(?:^|,)(?:src|source)=([^,]*)/i.exec(value)?.[1];
  const host = named ?? /^(?:[A-Za-z]:[\\/][^:]*|\$\{[^}]*\}[^:]*|[^:]*)/.exec(value)?.[0] ?? '';
  if (/(?:docker|containerd|podman)\.sock|docker_engine/i.test(value))
    return say`the control of all containers`;
  if (
    /[\\/]\.(?:ssh|gnupg|aws|azure|kube|docker|netrc|npmrc|pypirc|git-credentials|config)(?:[\\/]|$)/i.test(
      host,
    )
  )
    return say`keys or settings`;
  if (host === '/' || /^[A-Za-z]:[\\/]?$/.test(host)) return say`the whole disk`;
  if (/^\/(?:etc|proc|sys|dev|var|boot|usr|bin|sbin|lib)(?:\/|$)/.test(host))
    return say`a part of the operating system`;
  return homes.test(host) ? say`the home folder` : undefined;
}

function literalSecretOptions(args: readonly string[]): readonly string[] {
  const isLiteral = (value: string | undefined) => value !== undefined && !/^(?:-|\$\{|\d+$|$)/.test(value);
  return args.flatMap((word, index) => {
    const [, joined, value] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? [];
    if (joined !== undefined) return isSecretName(joined) && isLiteral(value) ? [joined] : [];
    return /^--[\w-]+$/.test(word) && isSecretName(word) && isLiteral(args[index + 1]) ? [word] : [];
  });
}

function hidden(texts: readonly string[], add: Add): void {
  for (const text of texts)
    if (hasHiddenText(text)) add('hidden-text', text, say`holds characters that cannot be seen`);
}
