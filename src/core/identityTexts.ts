import type { CheckId } from './identityCheck.ts';
import { say, sayings } from './util/say.ts';

interface CheckText {
  readonly title: string;
  /** What it does and does not prove. */
  readonly proves: string;
}

/** The words of each check. */
export const checkTexts = sayings((): Readonly<Record<CheckId, CheckText>> => ({
  source: {
    title: say`Where the entry comes from`,
    proves: say`Says whose claims these are. Entries are not signed: a registry can write what it wants, and only the official one checks who publishes.`,
  },
  status: {
    title: say`Status in the registry`,
    proves: say`Says whether publisher or registry withdrew it. An active entry may still be abandoned or bad.`,
  },
  name: {
    title: say`Form of the name`,
    proves: say`Only the grammar of the name. Whose name it is was checked by the registry, at publication.`,
  },
  host: {
    title: say`Address against the namespace`,
    proves: say`The server answers under the domain whose owner published it. It does not prove who runs the machine or what the code does.`,
  },
  repository: {
    title: say`Repository against the namespace`,
    proves: say`The linked repository belongs to the account that published. It does not prove that what runs was built from it.`,
  },
  website: {
    title: say`Website and icons against the namespace`,
    proves: say`Website and icons lie with the publisher. Both are decoration: nobody checks what they say.`,
  },
  npm: {
    title: say`npm package names this server`,
    proves: say`Whoever publishes the package also claims this entry, so nobody listed a stranger’s package. It says nothing about the code.`,
  },
  readme: {
    title: say`Package names this server`,
    proves: say`Whoever publishes the package also claims this entry, so nobody listed a stranger’s package. It says nothing about the code.`,
  },
  image: {
    title: say`Image names this server`,
    proves: say`Whoever built the image also claims this entry. A tag can lead to another image tomorrow; a digest cannot.`,
  },
  bundle: {
    title: say`Bundle is the published file`,
    proves: say`The file is, byte for byte, the one the entry names. It says nothing about what is in it.`,
  },
  pinned: {
    title: say`One exact version`,
    proves: say`The next start gets the same version. Packages that it depends on can still change, unless it fixes them too.`,
  },
  'domain-key': {
    title: say`Domain still publishes a key`,
    proves: say`The domain takes part in publishing today. Supporting evidence only: it does not say that this entry was signed with that key.`,
  },
  connection: {
    title: say`Encrypted, and to this host`,
    proves: say`A certificate authority confirmed the host name, and nobody was sent elsewhere. It does not say who runs the host.`,
  },
  card: {
    title: say`Server card against the entry`,
    proves: say`The server’s own card and the registry say the same. Cards are experimental, unsigned and written by the server itself.`,
  },
  live: {
    title: say`What the running server says`,
    proves: say`Self-reported, for orientation only: a server can call itself anything.`,
  },
  resource: {
    title: say`Sign-in is for this address`,
    proves: say`Tokens are asked for this server and no other. It does not say that the authorization server deserves trust.`,
  },
  lookalike: {
    title: say`Name that could be taken for another`,
    proves: say`Compared with what is installed and with well-known names, as they look. A name that passes can still mislead.`,
  },
  change: {
    title: say`As you approved it`,
    proves: say`Compared with what you agreed to on this machine. It says nothing about whether that was right.`,
  },
  policy: {
    title: say`Your organisation’s rules`,
    proves: say`Whether the allow and deny lists of this machine let it run. They match names, addresses and commands.`,
  },
  text: {
    title: say`Hidden characters`,
    proves: say`No character in the shown texts is invisible or reorders others. Visible words can still mislead.`,
  },
}));
