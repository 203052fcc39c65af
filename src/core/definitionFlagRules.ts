import { isJsonObject, type JsonObject } from './json.ts';

/** What a flag is about. */
export type FlagRule =
  | 'instruction' // tells the model what to do beside calling the tool
  | 'secrecy' // asks to keep something from the user
  | 'credentials' // asks for secrets, or for the files that hold them
  | 'other-server' // names a tool or server that is not its own
  | 'hidden-characters'
  | 'url'
  | 'encoded' // a long run of base64
  | 'takes-anything' // a free text without bounds whose name invites the conversation
  | 'secret-header' // a secret that becomes an HTTP header
  | 'remote-reference' // a schema elsewhere, which is never fetched
  | 'markup' // HTML, or an image that a careless host would load
  | 'deep-schema'
  | 'too-large';

/** How a rule finds its places: in texts, or by the name and schema of a property. Patterns run in linear time. */
export interface FlagPattern {
  readonly rule: FlagRule;
  readonly pattern?: RegExp;
  readonly property?: (name: string, schema: JsonObject) => boolean;
}

const secretWords = String.raw`pass(?:word|phrase|code)s?|api[ _-]?keys?|secret keys?|access[ _-]?tokens?|auth(?:orization|entication)? tokens?|bearer tokens?|private[ _-]?keys?|seed phrase|credentials?|session cookies?`;
const secretName =
  /pass(?:word|phrase)|secret|api[-_]?key|credential|private[-_]?key|(?:access|auth|bearer|refresh)[-_]?token/i;
const inviting =
  /^(?:context|conversation|history|chat[_-]?history|messages?[_-]?history|notes?|side[_-]?notes?|reasoning|thoughts?|thinking|feedback|summary|system[_-]?prompt|full[_-]?prompt|user[_-]?prompt|environment|debug|metadata|extra|additional[_-]?(?:info|context|data))$/i;

/** The rules in the order in which they are shown. */
export const flagRules: readonly FlagPattern[] = [
  {
    rule: 'instruction',
    pattern:
      /<\/?(?:important|system|instructions?|secret|hidden|critical)>|\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|other|earlier|all|any|these|system)\b.{0,30}\b(?:instructions?|rules?|prompts?|guidelines|messages?)\b|\b(?:before|after|instead of|whenever|every time)\b.{0,20}\b(?:you )?(?:using|calling|running|invok(?:e|ing)|call|use|run)\b.{0,30}\b(?:this|any|other|another|all|the)\b.{0,12}\btools?\b|\byou (?:must|should|have to|need to|shall|are required to)\b.{0,40}\b(?:always|first|call|read|send|include|pass|use|append|add|not|never)\b|\bsystem prompt\b|\bas an? (?:ai|assistant|language model)\b/i,
  },
  {
    rule: 'secrecy',
    pattern:
      /\b(?:do not|don't|never|without|must not|should not|avoid)\b.{0,30}\b(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notify(?:ing)?|show(?:ing)?|reveal(?:ing)?|ask(?:ing)?|alert(?:ing)?|disclos(?:e|ing)|explain(?:ing)?)\b.{0,25}\b(?:users?|humans?|anyone|anybody|them|this)\b|\b(?:keep|kept)\b.{0,15}\b(?:secret|hidden|confidential)\b.{0,25}\b(?:users?|humans?)\b|\bsilently\b/i,
  },
  {
    rule: 'credentials',
    pattern: new RegExp(
      String.raw`(?:~|/home/\w{1,40}|/root|%USERPROFILE%|\$HOME)[\\/]\.(?:ssh|aws|gnupg|kube|netrc|npmrc|docker|cursor|config|claude)|\bid_(?:rsa|ed25519|ecdsa)\b|/etc/(?:passwd|shadow)|\b\.env\b(?! ?file is not)|\b(?:give|send|provide|include|pass|enter|paste|read|share|supply|attach)\b.{0,40}\b(?:${secretWords})\b`,
      'i',
    ),
    property: (name, schema) => secretName.test(name) && schema['type'] !== 'boolean',
  },
  {
    rule: 'url',
    pattern: /\b(?:https?|wss?|ftp|file|data|command|vscode|javascript):(?:\/\/)?[^\s"'<>)\]]{4,}/i,
  },
  { rule: 'encoded', pattern: /[A-Za-z0-9+/_-]{120,}={0,2}/ },
  {
    rule: 'markup',
    pattern: /!\[[^\]]{0,200}\]\([^)]{1,500}\)|<(?:img|script|iframe|svg|a|style|link)\b[^>]{0,500}>/i,
  },
  {
    rule: 'takes-anything',
    property: (name, schema) => inviting.test(name) && isFreeText(schema),
  },
  {
    rule: 'secret-header',
    property: (name, schema) => schema['x-mcp-header'] !== undefined && secretName.test(name),
  },
  { rule: 'remote-reference', property: (_, schema) => isRemote(schema['$ref']) },
];

function isFreeText(schema: JsonObject): boolean {
  const { type } = schema;
  const isText = type === 'string' || (Array.isArray(type) && type.includes('string'));
  const isBounded =
    schema['enum'] !== undefined ||
    schema['const'] !== undefined ||
    schema['format'] !== undefined ||
    schema['pattern'] !== undefined ||
    (typeof schema['maxLength'] === 'number' && schema['maxLength'] <= 500);
  if (isText) return !isBounded;
  return (
    (type === 'object' || type === undefined) &&
    !isJsonObject(schema['properties']) &&
    !isBounded &&
    schema['$ref'] === undefined
  );
}

function isRemote(ref: unknown): boolean {
  return typeof ref === 'string' && /^(?:[a-z][a-z0-9+.-]*:)?\/\//i.test(ref);
}
