import { consentDangers, type ConsentDanger } from './consentDangers.ts';
import { launchHash, type InputDefinition, type Launch, type ServerDefinition } from './server.ts';

/** Something that a user must see before installing: what consent shows at the first start, and what only an installation knows. */
export interface Danger {
  readonly kind:
    | ConsentDanger['kind']
    | 'extra-package' // runs code besides the package
    | 'insecure'; // switches a check off
  /** The words that it is about. */
  readonly subject: string;
  readonly message: string;
}

/** One word of a command line and who reads it. */
export interface CommandWord {
  readonly text: string;
  readonly reader: 'runner' | 'package';
}

const insecureFlags =
  /^--(?:allow-insecure-host|trusted-host|no-verify-hashes|disable-content-trust|no-strict-ssl|strict-ssl=false|no-check-certificate)(?:=|$)/;
const extraFlags = /^--(?:with|with-editable|with-requirements|call|entrypoint)(?:=|$)/;
const buildFlags = /^--(?:constraints?|overrides?|config-file)(?:=|$)/;
const insecureNames = /^(?:NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY|GIT_SSL_NO_VERIFY)$/i;

/** The dangers of a launch as it would be installed; options count only where the runner reads them. */
export function launchDangers(
  launch: Launch,
  inputs: readonly InputDefinition[],
  words: readonly CommandWord[],
): readonly Danger[] {
  const definition: ServerDefinition = {
    id: '',
    name: '',
    source: { id: 'registry', kind: 'user', file: '', folder: undefined },
    line: 1,
    launch,
    inputs,
    launchHash: launchHash(launch, () => ''),
  };
  // Which version runs is judged from the entry, and which argument is secret from its declaration.
  const found: Danger[] = consentDangers(definition).filter(
    ({ kind }) => kind !== 'unpinned' && kind !== 'secret-argument',
  );
  words.forEach(({ text, reader }, index) => {
    if (reader === 'package') return;
    const next = words[index + 1]?.text;
    const subject = text.includes('=') || next === undefined ? text : `${text} ${next}`;
    if (insecureFlags.test(text))
      found.push({ kind: 'insecure', subject: text, message: 'switches a check off' });
    if (extraFlags.test(text))
      found.push({ kind: 'extra-package', subject, message: 'runs code besides the package' });
    if (buildFlags.test(text))
      found.push({ kind: 'package-source', subject, message: 'decides which packages are taken' });
  });
  if (launch.kind === 'stdio') {
    for (const name of Object.keys(launch.env).filter((candidate) => insecureNames.test(candidate))) {
      found.push({ kind: 'insecure', subject: name, message: 'can switch the check of certificates off' });
    }
  }
  return found;
}

/** Dangers without repetitions. */
export function distinct(dangers: readonly Danger[]): readonly Danger[] {
  const key = (danger: Danger) => `${danger.kind} ${danger.subject}`;
  return dangers.filter(
    (danger, index) => dangers.findIndex((other) => key(other) === key(danger)) === index,
  );
}
