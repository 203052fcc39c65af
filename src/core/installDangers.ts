/** Something in a command line or address that a user must see before consenting. */
export interface Danger {
  readonly kind:
    | 'container' // lets a container out of its box
    | 'mount' // shows a sensitive part of this machine
    | 'package-source' // takes the package from elsewhere
    | 'environment' // changes how programs run
    | 'shell' // runs other programs
    | 'unpinned' // what runs can change without notice
    | 'secret-argument' // other users of this machine can see it
    | 'extra-package' // runs code besides the package
    | 'insecure'; // switches a protection off
  readonly text: string;
}

const containerFlags =
  /^--(?:privileged|cap-add|device|device-cgroup-rule|security-opt|use-api-socket|userns|cgroupns|uts|gpus|oom-kill-disable|sysctl|volumes-from)(?:=|$)/;
const hostFlags = /^--(?:pid|ipc|network|net|uts|userns|cgroupns)$/;
const sourceFlags =
  /^--(?:registry|index|index-url|extra-index-url|default-index|find-links|source|add-source|configfile|config-file|userconfig|globalconfig|constraints?|overrides?)(?:=|$)/;
const insecureFlags =
  /^--(?:allow-insecure-host|trusted-host|no-verify-hashes|disable-content-trust|no-strict-ssl|strict-ssl=false)(?:=|$)/;
const programs =
  /^(?:.*[/\\])?(?:sudo|doas|su|sh|bash|zsh|dash|fish|cmd|powershell|pwsh|curl|wget|eval|nc|ncat|netcat|osascript|rundll32|mshta)(?:\.exe)?$/i;

/** One word of a command line and who reads it. */
export interface CommandWord {
  readonly text: string;
  readonly reader: 'runner' | 'package';
}

/** The dangers of a command line, word by word; options count only where the runner reads them. */
export function commandDangers(argv: readonly CommandWord[]): readonly Danger[] {
  const found: Danger[] = [];
  const add = (kind: Danger['kind'], text: string) => found.push({ kind, text });
  argv.forEach(({ text: word, reader }, index) => {
    if (programs.test(word)) add('shell', `${word}: runs another program`);
    if (reader === 'package') return;
    const next = argv[index + 1]?.text;
    const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : next;
    if (containerFlags.test(word))
      add('container', `${word}: gives the container more rights than it has by default`);
    if (
      (hostFlags.test(word) && next === 'host') ||
      /^--(?:pid|ipc|network|net|uts|userns|cgroupns)=host$/.test(word)
    ) {
      add(
        'container',
        `${word.includes('=') ? word : `${word} host`}: the container shares this of the machine`,
      );
    }
    if (/^(?:-v|--volume|--mount)(?:=|$)/.test(word) && value !== undefined) {
      const reason = mountReason(value);
      if (reason !== undefined) add('mount', `${value}: shows ${reason} to the container`);
    }
    if (sourceFlags.test(word))
      add(
        'package-source',
        `${word}${word.includes('=') || next === undefined ? '' : ` ${next}`}: takes packages from another place than the public one`,
      );
    if (insecureFlags.test(word)) add('insecure', `${word}: switches a check off`);
    if (
      /^--(?:with|with-editable|with-requirements|package|call|eval|import|require|node-options|preload)(?:=|$)/.test(
        word,
      )
    ) {
      add(
        'extra-package',
        `${word}${word.includes('=') || next === undefined ? '' : ` ${next}`}: runs code besides the package`,
      );
    }
  });
  return found;
}

const sensitiveDirectories =
  /^(?:(?:\$HOME|~|%USERPROFILE%|\/root|\/home\/[^/]+|\/Users\/[^/]+|[A-Za-z]:[/\\]Users[/\\][^/\\]+))?[/\\]?(?:\.(?:ssh|gnupg|aws|azure|kube|docker|config|npmrc|netrc|pypirc|git-credentials)(?:[/\\].*)?)?$/i;

/** Why the host side of a mount is sensitive; undefined when it is not. */
function mountReason(value: string): string | undefined {
  const fields = /(?:^|,)(?:src|source)=([^,]*)/i.exec(value);
  const host = fields?.[1] ?? value.split(/:(?![\\/])/)[0] ?? '';
  if (/docker\.sock|containerd\.sock|podman\.sock|docker_engine/.test(value))
    return 'the control of all containers of this machine';
  if (/\.(?:ssh|gnupg|aws|azure|kube|docker|netrc|npmrc|pypirc|git-credentials|pgpass)\b/.test(host))
    return 'keys or credentials';
  if (host === '/' || /^[A-Za-z]:[\\/]?$/.test(host)) return 'the whole disk';
  if (/^\/(?:etc|proc|sys|dev|var|boot|usr|bin|sbin|lib)(?:\/|$)/.test(host))
    return 'a part of the operating system';
  if (/^(?:\$HOME|\$\{HOME\}|~|%USERPROFILE%)/.test(host)) return 'your home folder, or a part of it';
  if (host !== '' && sensitiveDirectories.test(host)) return 'your home folder';
  return undefined;
}

const environmentNames =
  /^(?:PATH|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_.*|PYTHONPATH|PYTHONSTARTUP|PYTHONHOME|PERL5LIB|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|BASH_ENV|ENV|SHELLOPTS|PROMPT_COMMAND|IFS|GIT_SSH|GIT_SSH_COMMAND|GIT_ASKPASS|GIT_CONFIG.*|SSH_ASKPASS|EDITOR|BROWSER|npm_config_.*|UV_.*|PIP_.*|DOCKER_HOST|DOCKER_CONFIG|CARGO_.*|RUSTC_WRAPPER|GOFLAGS|GOPROXY|GONOSUMDB|GONOSUMCHECK|GOINSECURE|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;

/** The danger of setting an environment variable; undefined for an ordinary one. */
export function environmentDanger(name: string, value: string): Danger | undefined {
  if (/^NODE_TLS_REJECT_UNAUTHORIZED$|^PYTHONHTTPSVERIFY$|^GIT_SSL_NO_VERIFY$/i.test(name)) {
    return { kind: 'insecure', text: `${name}=${value}: can switch the check of certificates off` };
  }
  if (!environmentNames.test(name)) return undefined;
  return { kind: 'environment', text: `${name}: changes how programs run, or whom they talk to` };
}
