import type { Prompt, Resource, ResourceTemplate, Tool, ToolHints } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { oneLine } from '../../core/util/text.ts';
import { isDeeperThan } from './depth.ts';

/** A list item that could be read, with what is odd about it; or why it could not. */
export type Read<T> =
  | { readonly kind: 'item'; readonly item: T; readonly key: string; readonly oddities: readonly string[] }
  | { readonly kind: 'unusable'; readonly reason: string };

const maxName = 1_024;
const maxUri = 8_192;
const maxDepth = 200;

/** Reads a tool; only a name and a usable input schema are indispensable. */
export function readTool(value: Json, index: number): Read<Tool> {
  return readItem(value, index, 'tool', 'name', maxName, (raw, name, text) => {
    const { inputSchema, outputSchema, execution } = raw;
    if (inputSchema !== undefined && inputSchema !== null && !isJsonObject(inputSchema))
      return 'its inputSchema is not an object';
    if (!isJsonObject(inputSchema)) text.odd('has no inputSchema: any object is taken to be allowed');
    if (outputSchema !== undefined && !isJsonObject(outputSchema))
      text.odd('has an outputSchema that is not an object: ignored');
    const support = isJsonObject(execution) ? execution['taskSupport'] : undefined;
    return {
      name,
      title: text.of('title') ?? titleOf(raw['annotations']),
      description: text.of('description'),
      inputSchema: isJsonObject(inputSchema) ? inputSchema : { type: 'object' },
      outputSchema: isJsonObject(outputSchema) ? outputSchema : undefined,
      annotations: readHints(raw['annotations']),
      taskSupport: support === 'optional' || support === 'required' ? support : 'forbidden',
      raw,
    };
  });
}

/** Reads a resource; only its URI is indispensable. */
export function readResource(value: Json, index: number): Read<Resource> {
  return readItem(value, index, 'resource', 'uri', maxUri, (raw, uri, text) => ({
    uri,
    name: text.of('name') ?? uri,
    title: text.of('title'),
    description: text.of('description'),
    mimeType: text.of('mimeType'),
    size: typeof raw['size'] === 'number' && raw['size'] >= 0 ? raw['size'] : undefined,
    raw,
  }));
}

/** Reads a resource template; only the URI template is indispensable. */
export function readTemplate(value: Json, index: number): Read<ResourceTemplate> {
  return readItem(value, index, 'resource template', 'uriTemplate', maxUri, (raw, uriTemplate, text) => ({
    uriTemplate,
    name: text.of('name') ?? uriTemplate,
    title: text.of('title'),
    description: text.of('description'),
    mimeType: text.of('mimeType'),
    raw,
  }));
}

/** Reads a prompt; only its name is indispensable. */
export function readPrompt(value: Json, index: number): Read<Prompt> {
  return readItem(value, index, 'prompt', 'name', maxName, (raw, name, text) => {
    const { arguments: args } = raw;
    if (args !== undefined && !Array.isArray(args)) text.odd('has arguments that are not a list: ignored');
    const list: readonly Json[] = Array.isArray(args) ? args : [];
    return {
      name,
      title: text.of('title'),
      description: text.of('description'),
      arguments: list.flatMap((arg) => {
        if (!isJsonObject(arg) || typeof arg['name'] !== 'string') return [];
        const { description } = arg;
        return [
          {
            name: arg['name'],
            description: typeof description === 'string' ? description : undefined,
            isRequired: arg['required'] === true,
          },
        ];
      }),
      raw,
    };
  });
}

interface Text {
  /** A member that should be a string, if it is one. */
  of(member: string): string | undefined;
  odd(text: string): void;
}

function readItem<T>(
  value: Json,
  index: number,
  noun: string,
  keyMember: string,
  maxKey: number,
  read: (raw: JsonObject, key: string, text: Text) => T | string,
): Read<T> {
  const unusable = (reason: string): Read<T> => ({
    kind: 'unusable',
    reason: `${noun} ${index + 1}: ${reason}`,
  });
  if (!isJsonObject(value)) return unusable('is not an object');
  const key = value[keyMember];
  if (typeof key !== 'string' || key === '') return unusable(`has no ${keyMember}`);
  if (key.length > maxKey) return unusable(`has a ${keyMember} of ${key.length} characters`);
  const name = `${noun} "${oneLine(key, 60)}"`;
  if (isDeeperThan(value, maxDepth))
    return { kind: 'unusable', reason: `${name}: is nested deeper than ${maxDepth} levels` };
  const oddities: string[] = [];
  const text: Text = {
    of: (member) => {
      const found = value[member];
      if (typeof found === 'string') return found;
      if (found !== undefined) oddities.push(`${name} has a ${member} that is not text: ignored`);
      return undefined;
    },
    odd: (oddity) => oddities.push(`${name} ${oddity}`),
  };
  const item = read(value, key, text);
  if (typeof item === 'string') return { kind: 'unusable', reason: `${name}: ${item}` };
  return { kind: 'item', item, key, oddities };
}

function titleOf(annotations: Json | undefined): string | undefined {
  const title = isJsonObject(annotations) ? annotations['title'] : undefined;
  return typeof title === 'string' ? title : undefined;
}

function readHints(annotations: Json | undefined): ToolHints {
  if (!isJsonObject(annotations)) return {};
  const hint = (name: string) => (typeof annotations[name] === 'boolean' ? annotations[name] : undefined);
  const all = {
    readOnly: hint('readOnlyHint'),
    destructive: hint('destructiveHint'),
    idempotent: hint('idempotentHint'),
    openWorld: hint('openWorldHint'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
