import type { Json, JsonObject } from './json.ts';

const verdicts = ['blocked', 'conflict', 'unverified', 'consistent', 'verified source', 'unknown'] as const;

/** What an identity check found, as rules name it; `unknown`: nothing was checked. */
export type PolicyVerdictName = (typeof verdicts)[number];

const maxPattern = 300;
const globNote = '`*` stands for any characters, `?` for one; case matters.';

/** One pattern or several, of which one has to fit. */
function patterns(markdown: string, examples: readonly string[] = []): JsonObject {
  const one = { type: 'string', minLength: 1, maxLength: maxPattern };
  return {
    markdownDescription: `${markdown} ${globNote}`,
    anyOf: [one, { type: 'array', items: one, minItems: 1, maxItems: 200 }],
    ...(examples.length > 0 ? { examples } : {}),
  };
}

function choices(markdown: string, names: readonly string[]): JsonObject {
  const one = { enum: names };
  return {
    markdownDescription: markdown,
    anyOf: [one, { type: 'array', items: one, minItems: 1, uniqueItems: true }],
  };
}

const who: JsonObject = {
  server: patterns('The server: its name or its id as the Servers view has it.', ['github', 'demo*']),
  tool: patterns('The tool’s name.', ['get_*', 'delete_*']),
  caller: patterns(
    'Who calls: `user` for you, `app:` and its address for an app, else the name of the agent as the Agents page has it.',
    ['user', 'codex', 'claude-code*'],
  ),
  callerKind: choices(
    'How the caller reaches us: `user` in this editor, `gateway` for agents, `lm-tool` for language models of the editor, `command-line`, `app` for the page of a server (MCP Apps).',
    ['user', 'gateway', 'lm-tool', 'command-line', 'app'],
  ),
};

function flag(description: string): JsonObject {
  return { type: 'boolean', description };
}

const rule: JsonObject = {
  type: 'object',
  description:
    'A call fits when every condition of the rule does; a rule without conditions fits every call. Deny beats ask beats allow; among rules of one effect the first that fits is named.',
  required: ['effect'],
  additionalProperties: false,
  properties: {
    effect: {
      enum: ['allow', 'ask', 'deny'],
      markdownDescription:
        'What happens to a call: `allow` sends it without asking, `ask` always asks you, `deny` refuses it.',
    },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 500,
      description: 'Why; shown with the decision, and passed on to the agent whose call is denied.',
    },
    ...who,
    registry: patterns('The name of the registry entry that the server was installed from.', [
      'io.github.example/*',
    ]),
    verdict: choices(
      'What the identity checks say of the server; `unknown` while nothing was checked.',
      verdicts,
    ),
    hints: {
      type: 'object',
      markdownDescription:
        'What the server claims about the tool. It counts only for servers whose hints you trust (*Trust This Server’s Hints*): of any other server an `allow` rule with hints fits nothing, and other rules assume the worst.',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        readOnly: flag('The tool does not change anything.'),
        destructive: flag('The tool may delete or overwrite.'),
        idempotent: flag('Calling it again with the same arguments changes nothing more.'),
        openWorld: flag('The tool reaches beyond the server, e.g. the web.'),
      },
    },
    arguments: {
      type: 'object',
      markdownDescription:
        'A JSON Schema that the arguments of the call have to fit. Where they cannot be checked, `allow` does not fit, and `ask` and `deny` do.',
      examples: [
        { properties: { path: { type: 'string', pattern: '^src/[^.]*$' } }, required: ['path'] },
        { properties: { branch: { const: 'main' } } },
      ],
    },
    folder: patterns('The name or path of a folder of the workspace that is open.', ['my-project']),
    expires: {
      type: 'string',
      pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d))?$',
      markdownDescription:
        'From then on the rule fits nothing: a date (the end of that day, UTC) or a date with a time, such as `2027-01-31T18:00:00Z`.',
      examples: ['2027-01-31', '2027-01-31T18:00:00Z'],
    },
  },
};

const limit: JsonObject = {
  type: 'object',
  description:
    'How many calls may be made in a time. A call has to keep to every limit that fits it; one that does not is refused, and told when to try again.',
  required: ['calls', 'per'],
  additionalProperties: false,
  properties: {
    calls: { type: 'integer', minimum: 1, maximum: 100000, description: 'How many calls.' },
    per: { enum: ['second', 'minute', 'hour', 'day'], description: 'In which time.' },
    each: {
      type: 'array',
      items: { enum: ['caller', 'server', 'tool'] },
      uniqueItems: true,
      markdownDescription:
        'What has a count of its own: `["caller"]` (the rule unless said otherwise), `["caller", "tool"]`, or `[]` for one count of all together.',
    },
    ...who,
    reason: { type: 'string', minLength: 1, maxLength: 500, description: 'Why; passed on to the agent.' },
  },
};

const preset: JsonObject = {
  type: 'object',
  description: 'By server (its name or id, patterns allowed): the tools, patterns allowed.',
  additionalProperties: {
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: maxPattern },
    maxItems: 1000,
  },
};

/** The JSON Schema of a policy file: what the parser checks by, and what the editor completes and explains by. */
export const policySchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Policy of MCP Switchboard',
  description:
    'Which tool calls are sent without asking, always ask, or are refused. A file of a workspace can only tighten until you accept it as it is.',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Ignored.' },
    version: { const: 1, description: 'The version of this format.' },
    rules: { type: 'array', items: rule, maxItems: 5000, description: 'The rules, in order.' },
    limits: { type: 'array', items: limit, maxItems: 200, description: 'Limits of calls in a time.' },
    presets: {
      type: 'object',
      description: 'Named sets of tools: to switch tools on together, and to offer to an agent.',
      propertyNames: { minLength: 1, maxLength: 60 },
      additionalProperties: preset,
    },
  },
};

/** The schema as the editor gets it: with completion inside of argument schemas. */
export function editorSchema(): JsonObject {
  const withArguments = (value: Json, key: string): Json => {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withArguments(item, ''));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value as JsonObject).map(([name, member]) => [
      name,
      withArguments(member, name),
    ]);
    const copy = Object.fromEntries(members) as JsonObject;
    return key === 'arguments'
      ? { ...copy, allOf: [{ $ref: 'http://json-schema.org/draft-07/schema#' }] }
      : copy;
  };
  return {
    ...(withArguments(policySchema, '') as JsonObject),
    allowComments: true,
    allowTrailingCommas: true,
  };
}
