import type { Tool } from './connection.ts';
import { definitionFlags } from './definitionFlags.ts';
import { foreignNames } from './foreignNames.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { pinnedDefinition } from './pins.ts';
import type { Looked, QualityEvidence, QualityFacts, QualityRule } from './quality.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

const maxTools = 2_000;
const maxFlagged = 200;

type Rules = Pick<
  Record<QualityRule, Looked>,
  | 'bad-name'
  | 'no-description'
  | 'open-input-schema'
  | 'undescribed-parameter'
  | 'no-output-schema'
  | 'no-hints'
  | 'contradictory-hints'
  | 'flagged-text'
>;

/** What the definitions of a server's tools say, and leave out. */
export function definitionRules({ server, others }: QualityFacts): Rules {
  const tools = server.offer?.tools.items.slice(0, maxTools);
  const about = (find: (tool: Tool) => readonly string[]): Looked => {
    if (!tools) return { why: say`the server has not been connected` };
    return tools.flatMap((tool): QualityEvidence[] =>
      find(tool).map((detail) => ({ subject: oneLine(tool.name, 120), detail: oneLine(detail, 300) })),
    );
  };
  const when = (isSo: boolean, detail: string) => (isSo ? [detail] : []);
  const foreign = foreignNames([server, ...others], server.definition.id);
  let flagged = 0;
  return {
    'bad-name': about(({ name }) =>
      when(!/^[A-Za-z0-9_.-]{1,128}$/.test(name), say`a name that some clients refuse`),
    ),
    'no-description': about(({ description }) =>
      when((description ?? '').trim() === '', say`no description`),
    ),
    'open-input-schema': about(({ inputSchema }) => when(isOpen(inputSchema), JSON.stringify(inputSchema))),
    'undescribed-parameter': about(({ inputSchema }) => {
      const names = undescribed(inputSchema);
      return when(names.length > 0, names.join(', '));
    }),
    'no-output-schema': about(({ outputSchema }) => when(outputSchema === undefined, say`no outputSchema`)),
    'no-hints': about(({ annotations: { readOnly, destructive } }) =>
      when(
        readOnly === undefined && destructive === undefined,
        say`neither readOnlyHint nor destructiveHint`,
      ),
    ),
    'contradictory-hints': about(contradictions),
    'flagged-text': about((tool) =>
      flagged++ > maxFlagged
        ? []
        : definitionFlags(pinnedDefinition(tool), foreign)
            .filter(({ rule }) => rule !== 'url' && rule !== 'takes-anything')
            .map(({ rule, quote }) => `${rule}: “${quote}”`),
    ),
  };
}

function isOpen(schema: JsonObject): boolean {
  const says = ['properties', '$ref', 'anyOf', 'oneOf', 'allOf', 'patternProperties', 'propertyNames'];
  const isClosed = schema['additionalProperties'] === false || schema['maxProperties'] === 0;
  return !isClosed && !says.some((name) => schema[name] !== undefined);
}

function undescribed(schema: JsonObject): readonly string[] {
  const { properties } = schema;
  if (!isJsonObject(properties)) return [];
  const isBlank = (value: Json | undefined) => typeof value !== 'string' || value.trim() === '';
  return Object.entries(properties)
    .filter(
      ([, one]) =>
        isJsonObject(one) &&
        isBlank(one['description']) &&
        isBlank(one['title']) &&
        one['$ref'] === undefined,
    )
    .map(([name]) => name)
    .slice(0, 20);
}

const changingVerb =
  /^(?:create|add|write|save|update|set|edit|delete|remove|drop|send|post|publish|move|rename|insert|upload|kill|stop|start|run|execute|exec)(?=[_.-]|[A-Z]|$)/;

function contradictions({ name, annotations }: Tool): readonly string[] {
  const { readOnly, destructive } = annotations;
  return [
    ...(readOnly === true && destructive === true
      ? [say`readOnlyHint and destructiveHint are both true`]
      : []),
    ...(readOnly === true && changingVerb.test(name)
      ? [say`the name says that it changes something, readOnlyHint is true`]
      : []),
    ...(destructive === false && /^(?:delete|remove|drop|kill|wipe|purge)(?=[_.-]|[A-Z]|$)/.test(name)
      ? [say`the name says that it removes something, destructiveHint is false`]
      : []),
  ];
}
