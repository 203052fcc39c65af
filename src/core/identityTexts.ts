import type { CheckId } from './identityCheck.ts';

interface CheckText {
  readonly title: string;
  /** What it does and does not prove. */
  readonly proves: string;
}

/** The words of each check. */
export const checkTexts: Readonly<Record<CheckId, CheckText>> = {
  source: {
    title: 'Where the entry comes from',
    proves:
      'Says whose claims these are. Entries are not signed: a registry can write what it wants, and only the official one checks who publishes.',
  },
  status: {
    title: 'Status in the registry',
    proves: 'Says whether publisher or registry withdrew it. An active entry may still be abandoned or bad.',
  },
  name: {
    title: 'Form of the name',
    proves: 'Only the grammar of the name. Whose name it is was checked by the registry, at publication.',
  },
  host: {
    title: 'Address against the namespace',
    proves:
      'The server answers under the domain whose owner published it. It does not prove who runs the machine or what the code does.',
  },
  repository: {
    title: 'Repository against the namespace',
    proves:
      'The linked repository belongs to the account that published. It does not prove that what runs was built from it.',
  },
  website: {
    title: 'Website and icons against the namespace',
    proves: 'Website and icons lie with the publisher. Both are decoration: nobody checks what they say.',
  },
  npm: {
    title: 'npm package names this server',
    proves:
      'Whoever publishes the package also claims this entry, so nobody listed a stranger’s package. It says nothing about the code.',
  },
  readme: {
    title: 'Package names this server',
    proves:
      'Whoever publishes the package also claims this entry, so nobody listed a stranger’s package. It says nothing about the code.',
  },
  image: {
    title: 'Image names this server',
    proves:
      'Whoever built the image also claims this entry. A tag can lead to another image tomorrow; a digest cannot.',
  },
  bundle: {
    title: 'Bundle is the published file',
    proves: 'The file is, byte for byte, the one the entry names. It says nothing about what is in it.',
  },
  pinned: {
    title: 'One exact version',
    proves:
      'The next start gets the same version. Packages that it depends on can still change, unless it fixes them too.',
  },
  'domain-key': {
    title: 'Domain still publishes a key',
    proves:
      'The domain takes part in publishing today. Supporting evidence only: it does not say that this entry was signed with that key.',
  },
  connection: {
    title: 'Encrypted, and to this host',
    proves:
      'A certificate authority confirmed the host name, and nobody was sent elsewhere. It does not say who runs the host.',
  },
  card: {
    title: 'Server card against the entry',
    proves:
      'The server’s own card and the registry say the same. Cards are experimental, unsigned and written by the server itself.',
  },
  live: {
    title: 'What the running server says',
    proves: 'Self-reported, for orientation only: a server can call itself anything.',
  },
  resource: {
    title: 'Sign-in is for this address',
    proves:
      'Tokens are asked for this server and no other. It does not say that the authorization server deserves trust.',
  },
  lookalike: {
    title: 'Name that could be taken for another',
    proves:
      'Compared with what is installed and with well-known names, as they look. A name that passes can still mislead.',
  },
  change: {
    title: 'As you approved it',
    proves: 'Compared with what you agreed to on this machine. It says nothing about whether that was right.',
  },
  policy: {
    title: 'Your organisation’s rules',
    proves:
      'Whether the allow and deny lists of this machine let it run. They match names, addresses and commands.',
  },
  text: {
    title: 'Hidden characters',
    proves:
      'No character in the shown texts is invisible or reorders others. Visible words can still mislead.',
  },
};
