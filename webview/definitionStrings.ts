/** Texts about how definitions stand and what is noteworthy in them. */
export const definitionStrings = {
  'tools.standing.new': 'new',
  'tools.standing.set-aside': 'set aside',
  'tool.setAside':
    'This tool is not as you accepted it. Nobody can call it until you have looked at the difference and accepted it.',
  'tool.new':
    'This tool is new since the server’s first sight. Every call of it asks, whatever your rules say, until you have accepted it.',
  'tool.changes': 'What changed: {0}',
  'tool.review': 'Review changes',
  'tool.accepted.first-sight': 'accepted at first sight, {0}',
  'tool.accepted.user': 'accepted by you, {0}',
  'tool.accepted.order-only': 'accepted by itself (only an order changed), {0}',
  'tool.acceptedHelp': 'A change of the definition sets the tool aside until you have looked.',
  'tool.flags': 'Worth a look',
  'tool.flagsHelp':
    'Found by fixed patterns in the definition’s texts. None of it proves anything, and its absence neither.',

  'change.added': 'added',
  'change.removed': 'removed',
  'change.schema-widened': 'takes more than before',
  'change.schema-narrowed': 'takes less than before',
  'change.schema-changed': 'schema changed',
  'change.text': 'text changed',
  'change.annotation-weakened': 'claims to be more harmless',
  'change.annotation-hardened': 'claims to be less harmless',
  'change.behaviour': 'run differently',
  'change.metadata': 'metadata changed',
  'change.order': 'order changed',

  'flag.instruction': 'Speaks to the model, not about the tool',
  'flag.secrecy': 'Asks to keep something from the user',
  'flag.credentials': 'Asks for credentials or where they are kept',
  'flag.other-server': 'Names another server’s tool',
  'flag.hidden-characters': 'Holds hidden characters',
  'flag.url': 'Holds an address',
  'flag.encoded': 'Holds encoded data',
  'flag.takes-anything': 'A parameter that could carry off the conversation',
  'flag.secret-header': 'A secret becomes an HTTP header',
  'flag.remote-reference': 'Refers to a schema elsewhere, which is not fetched',
  'flag.markup': 'Holds markup',
  'flag.deep-schema': 'Nested very deeply',
  'flag.too-large': 'Very large',
} as const;
