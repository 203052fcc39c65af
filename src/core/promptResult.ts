import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** One message of a prompt: the role as the server wrote it, and its parts as received. */
export interface PromptMessage {
  /** `user` or `assistant` by the protocol; anything else is kept for the eye. */
  readonly role: string;
  readonly blocks: readonly JsonObject[];
}

/** What a server answered to `prompts/get`. */
export interface PromptResult {
  readonly description: string | undefined;
  readonly messages: readonly PromptMessage[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

const maxMessages = 1_000;
const maxProblems = 20;

/** Reads an answer to `prompts/get` (2025-11-25 and 2026-07-28); never throws, and loses nothing without a word. */
export function readPromptResult(raw: JsonObject): PromptResult {
  const { description, messages } = raw;
  const problems: string[] = [];
  if (!Array.isArray(messages)) problems.push('the answer has no list of messages');
  const list: readonly Json[] = Array.isArray(messages) ? messages : [];
  if (list.length > maxMessages) problems.push(`only the first ${maxMessages} messages are shown`);
  return {
    description: typeof description === 'string' ? description : undefined,
    messages: list.slice(0, maxMessages).map((message, at) => readMessage(message, at + 1, problems)),
    problems: problems.slice(0, maxProblems),
  };
}

function readMessage(message: Json, number: number, problems: string[]): PromptMessage {
  if (!isJsonObject(message)) {
    problems.push(`message ${number} is not an object`);
    return { role: '', blocks: [{ message }] };
  }
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant')
    problems.push(`message ${number} has a role that the protocol does not know`);
  return {
    role: typeof role === 'string' ? role : '',
    // One part by the protocol; servers that send several are read all the same.
    blocks: (Array.isArray(content) ? content : [content]).map((block: Json | undefined) => {
      if (isJsonObject(block)) return block;
      problems.push(`message ${number} has content that is not an object`);
      return { content: block ?? null };
    }),
  };
}

const maxWords = 10;

/** Words that a chat would take as its own: a command or an agent at the start, a reference (`#file:…`, `#tool`) anywhere; each once. */
export function chatWords({ messages }: PromptResult): readonly string[] {
  const texts = messages.flatMap(({ blocks }) =>
    blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])),
  );
  const first = /^\s*([/@][a-z][\w.-]{0,60})(?=\s|$)/i.exec(texts[0] ?? '')?.[1];
  const words = new Set(first === undefined ? [] : [first]);
  for (const text of texts) {
    for (const [, word] of text.matchAll(/(?:^|[\s([{"'])(#[a-z][\w:./-]{0,60})/gi)) {
      if (words.size >= maxWords) return [...words];
      if (word !== undefined) words.add(word);
    }
  }
  return [...words];
}
