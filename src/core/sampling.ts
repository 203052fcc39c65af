import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** One part of a message to or from a model. */
export type PromptPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mimeType: string; readonly data: string } // base64
  | { readonly kind: 'tool-use'; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly kind: 'tool-result'; readonly toolUseId: string; readonly text: string };

export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly PromptPart[];
}

/** A tool that the server, not we, would run. */
export interface PromptTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** What a model is asked, in terms of no protocol. */
export interface Prompt {
  readonly system: string | undefined;
  readonly messages: readonly PromptMessage[];
  /** The most tokens that the answer may have; at least 1. */
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  readonly stopSequences: readonly string[];
  readonly tools: readonly PromptTool[];
  readonly toolChoice: 'auto' | 'required' | 'none';
}

/** What a model answered. */
export interface ModelAnswer {
  readonly text: string;
  readonly toolUses: readonly { readonly id: string; readonly name: string; readonly input: JsonObject }[];
  readonly stop: 'endTurn' | 'stopSequence' | 'maxTokens' | 'toolUse';
}

const text: JsonObject = {
  description: 'The text; one string, or one string a line.',
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
};
const fixed = (value: string): JsonObject => ({ const: value });
const string: JsonObject = { type: 'string' };
const object: JsonObject = { type: 'object' };
const toolUse: JsonObject = {
  type: 'object',
  properties: { type: fixed('tool_use'), id: string, name: string, input: object },
  required: ['type', 'id', 'name', 'input'],
};
const textPart: JsonObject = {
  type: 'object',
  properties: { type: fixed('text'), text },
  required: ['type', 'text'],
};
const imagePart: JsonObject = {
  type: 'object',
  properties: { type: fixed('image'), mimeType: string, data: string },
  required: ['type', 'mimeType', 'data'],
};
const toolResult: JsonObject = {
  type: 'object',
  properties: {
    type: fixed('tool_result'),
    toolUseId: string,
    content: { type: 'array', items: textPart },
    isError: { type: 'boolean' },
  },
  required: ['type', 'toolUseId', 'content'],
};

/** The shape of the document in which a model request is reviewed. */
export const promptSchema: JsonObject = {
  type: 'object',
  properties: {
    systemPrompt: text,
    messages: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          role: { enum: ['user', 'assistant'] },
          content: { type: 'array', items: { anyOf: [textPart, imagePart, toolUse, toolResult] } },
        },
        required: ['role', 'content'],
        additionalProperties: false,
      },
    },
    maxTokens: { type: 'integer', minimum: 1 },
    temperature: { type: 'number', minimum: 0 },
    stopSequences: { type: 'array', items: string },
    tools: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: string, description: string, inputSchema: object },
        required: ['name', 'inputSchema'],
      },
    },
    toolChoice: { enum: ['auto', 'required', 'none'] },
  },
  required: ['messages', 'maxTokens'],
  additionalProperties: false,
};

/** The shape of the document in which a model's answer is reviewed. */
export const answerSchema: JsonObject = {
  type: 'object',
  properties: {
    content: { type: 'array', minItems: 1, items: { anyOf: [textPart, toolUse] } },
    model: string,
    stopReason: string,
  },
  required: ['content', 'model', 'stopReason'],
  additionalProperties: false,
};

/** The document of a `sampling/createMessage` request (2025-11-25 and 2026-07-28); throws `unsupported` for what no model here can be asked. */
export function promptDocument(params: JsonObject): JsonObject {
  const { systemPrompt, messages, maxTokens, temperature, stopSequences, tools, toolChoice } = params;
  if (!Array.isArray(messages) || messages.length === 0) throw malformed('it has no messages');
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1)
    throw malformed('its maxTokens is no whole number above 0');
  return {
    ...(typeof systemPrompt === 'string' ? { systemPrompt: asLines(systemPrompt) } : {}),
    messages: (messages as readonly Json[]).map(messageDocument),
    maxTokens,
    ...(typeof temperature === 'number' && temperature >= 0 ? { temperature } : {}),
    ...(Array.isArray(stopSequences) && stopSequences.length > 0
      ? { stopSequences: strings(stopSequences) }
      : {}),
    ...(hasTools(params) ? { tools: (tools as readonly Json[]).map(toolDocument) } : {}),
    ...(hasTools(params) ? { toolChoice: choiceOf(toolChoice) } : {}),
  };
}

/** True when a model request brings tools. */
export function hasTools({ tools }: JsonObject): boolean {
  return Array.isArray(tools) && tools.length > 0;
}

/** What to ask of a model, from a document that fits `promptSchema`. */
export function promptOf(document: JsonObject): Prompt {
  const { systemPrompt, messages, maxTokens, temperature, stopSequences, tools, toolChoice } = document;
  return {
    system: systemPrompt === undefined ? undefined : joined(systemPrompt),
    messages: list(messages).map(({ role, content }) => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      parts: list(content).map(partOf),
    })),
    maxTokens: Number(maxTokens),
    temperature: typeof temperature === 'number' ? temperature : undefined,
    stopSequences: Array.isArray(stopSequences) ? strings(stopSequences).filter((one) => one !== '') : [],
    tools: list(tools).map(({ name, description, inputSchema }) => ({
      name: textOf(name),
      description: textOf(description),
      inputSchema: isJsonObject(inputSchema) ? inputSchema : { type: 'object' },
    })),
    toolChoice: choiceOf(toolChoice),
  };
}

/** The document of an answer. */
export function answerDocument({ text: answer, toolUses, stop }: ModelAnswer, model: string): JsonObject {
  return {
    content: [
      ...(answer === '' && toolUses.length > 0 ? [] : [{ type: 'text', text: asLines(answer) }]),
      ...toolUses.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
    ],
    model,
    stopReason: stop,
  };
}

/** The `CreateMessageResult` of a document that fits `answerSchema`; a single part stands alone, as servers of every revision take it. */
export function samplingResult(document: JsonObject): JsonObject {
  const parts = list(document['content']).map((part) =>
    part['type'] === 'text' ? { type: 'text', text: joined(part['text']) } : part,
  );
  const [only] = parts;
  return {
    role: 'assistant',
    content: parts.length === 1 && only ? only : parts,
    model: document['model'] ?? '',
    stopReason: document['stopReason'] ?? 'endTurn',
  };
}

/** A text up to the first of the stop sequences, and whether there was one. */
export function cutAtStop(
  answer: string,
  stopSequences: readonly string[],
): { readonly text: string; readonly isStopped: boolean } {
  const places = stopSequences.map((stop) => answer.indexOf(stop)).filter((at) => at >= 0);
  return places.length === 0
    ? { text: answer, isStopped: false }
    : { text: answer.slice(0, Math.min(...places)), isStopped: true };
}

/** The longest beginning of a text that has at most `max` tokens, as `count` counts them. */
export async function cutToTokens(
  answer: string,
  max: number,
  count: (text: string) => PromiseLike<number>,
): Promise<string> {
  if ((await count(answer)) <= max) return answer;
  let [low, high] = [0, answer.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await count(answer.slice(0, middle))) <= max) low = middle;
    else high = middle - 1;
  }
  const isSplit = /[\uD800-\uDBFF]$/.test(answer.slice(0, low));
  return answer.slice(0, isSplit ? low - 1 : low);
}

function messageDocument(message: Json): JsonObject {
  if (!isJsonObject(message)) throw malformed('a message is no object');
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant') throw malformed('a message has an unknown role');
  const parts = Array.isArray(content) ? (content as readonly Json[]) : [content ?? null];
  return { role, content: parts.map(partDocument) };
}

function partDocument(part: Json): JsonObject {
  if (!isJsonObject(part)) throw malformed('a message has no content');
  switch (part['type']) {
    case 'text':
      if (typeof part['text'] !== 'string') throw malformed('a text has no text');
      return { type: 'text', text: asLines(part['text']) };
    case 'image':
      if (typeof part['data'] !== 'string' || typeof part['mimeType'] !== 'string')
        throw malformed('an image has no data');
      return { type: 'image', mimeType: part['mimeType'], data: part['data'] };
    case 'tool_use': {
      const { id, name, input } = part;
      if (typeof id !== 'string' || typeof name !== 'string') throw malformed('a tool use has no id or name');
      return { type: 'tool_use', id, name, input: isJsonObject(input) ? input : {} };
    }
    case 'tool_result': {
      const { toolUseId, content, isError } = part;
      if (typeof toolUseId !== 'string') throw malformed('a tool result names no tool use');
      const parts = list(content).map((one) => {
        if (one['type'] !== 'text')
          throw new AppError('unsupported', 'only text can be passed on as a tool’s result');
        return partDocument(one);
      });
      return { type: 'tool_result', toolUseId, content: parts, ...(isError === true ? { isError } : {}) };
    }
    default:
      throw new AppError(
        'unsupported',
        `no model here takes content of the type ${JSON.stringify(part['type'] ?? null).slice(0, 60)}`,
      );
  }
}

function toolDocument(tool: Json): JsonObject {
  if (!isJsonObject(tool) || typeof tool['name'] !== 'string') throw malformed('a tool has no name');
  const { name, description, inputSchema } = tool;
  return {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    inputSchema: isJsonObject(inputSchema) ? inputSchema : { type: 'object' },
  };
}

function partOf(part: JsonObject): PromptPart {
  switch (part['type']) {
    case 'image':
      return { kind: 'image', mimeType: textOf(part['mimeType']), data: textOf(part['data']) };
    case 'tool_use': {
      const { id, name, input } = part;
      return {
        kind: 'tool-use',
        id: textOf(id),
        name: textOf(name),
        input: isJsonObject(input) ? input : {},
      };
    }
    case 'tool_result': {
      const result = list(part['content']).map((one) => joined(one['text']));
      return {
        kind: 'tool-result',
        toolUseId: textOf(part['toolUseId']),
        text: [...(part['isError'] === true ? ['The tool failed:'] : []), ...result].join('\n'),
      };
    }
    default:
      return { kind: 'text', text: joined(part['text']) };
  }
}

function choiceOf(choice: Json | undefined): Prompt['toolChoice'] {
  const mode = isJsonObject(choice) ? choice['mode'] : choice;
  return mode === 'required' || mode === 'none' ? mode : 'auto';
}

/** A text of several lines as its lines: JSON would show it as one endless line. */
function asLines(value: string): Json {
  return value.includes('\n') ? value.split('\n') : value;
}

function joined(value: Json | undefined): string {
  return Array.isArray(value) ? strings(value).join('\n') : textOf(value);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function strings(values: readonly Json[]): readonly string[] {
  return values.filter((value) => typeof value === 'string');
}

function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((one) => isJsonObject(one)) : [];
}

function malformed(what: string): AppError {
  return new AppError('server-error', `the server sent a model request that cannot be read: ${what}`);
}
