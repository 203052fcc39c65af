import type { Prompt } from '../../../src/core/connection.ts';
import type { Page } from '../../../src/core/dashboard.ts';
import { readPromptResult } from '../../../src/core/promptResult.ts';
import type { PromptArgument, PromptState, PromptUse } from '../../../src/core/prompts.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { FakeHost } from './fakeHost.ts';
import { minute, none, now, server } from './fixtures.ts';

/** A prompt; arguments that end with `!` are required. */
export function prompt(name: string, args: readonly string[] = [], over: Partial<Prompt> = {}): Prompt {
  return {
    ...{ name, title: undefined, description: undefined, raw: { name } },
    arguments: args.map((arg) => ({
      name: arg.replace(/!$/, ''),
      description: arg.endsWith('!') ? `What ${arg.slice(0, -1)} is about` : undefined,
      isRequired: arg.endsWith('!'),
    })),
    ...over,
  };
}

/** The prompts of a server that does its best to confuse. */
export const offered: readonly Prompt[] = [
  prompt('explain_run', ['runId!', 'audience'], {
    title: 'Explain a run',
    description: 'Explains the result of a stored run to somebody who was not there',
  }),
  prompt('hello', [], { description: 'Says hello' }),
  prompt('odd\u202Etpmorp', ['__proto__!', 'line\nbreak\u0007'], { description: 'Hides \u200Bsomething' }),
  ...Array.from({ length: 40 }, (_, i) => prompt(`prompt_${i}`, ['topic'], { description: `About ${i}` })),
];

/** The page of a prompt of that server. */
export function at(name?: string): Page {
  return { kind: 'server', serverId: 'user/prompts', tab: 'prompts', tool: name };
}

/** A state with that server, for a fake host. */
export const withPrompts = {
  servers: [server('prompts', { offer: { prompts: { ...none, items: offered } } })],
  openJobs: [],
  requests: [],
};

/** How the last use of a prompt stands. */
export function use(name: string, state: PromptState, args: readonly PromptArgument[] = []): PromptUse {
  return { serverId: 'user/prompts', prompt: name, arguments: args, at: now - minute, state };
}

/** A use that was answered with these messages. */
export function answered(
  name: string,
  args: readonly PromptArgument[],
  ...messages: JsonObject[]
): PromptUse {
  return use(name, { kind: 'ready', result: readPromptResult({ messages }) }, args);
}

/** Every kind of content, and some that no protocol knows. */
export const everything: readonly JsonObject[] = [
  { role: 'user', content: { type: 'text', text: 'Explain the run below.\nName one risk\u202E\u200B.' } },
  { role: 'assistant', content: { type: 'image', data: 'A'.repeat(4000), mimeType: 'image/png' } },
  { role: 'assistant', content: { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' } },
  {
    role: 'user',
    content: {
      type: 'resource',
      resource: { uri: 'runs://42', mimeType: 'application/json', text: '{"return": 4.2}' },
    },
  },
  { role: 'user', content: { type: 'resource_link', uri: 'file:///prices.csv', name: 'prices', size: 4200 } },
  { role: 'sys\u202Etem', content: { type: 'hologram', beam: '<img src=x onerror=alert(1)>' } },
  { role: 'user', content: 'no object' },
];

/** Sends the state with the last uses of prompts. */
export async function show(host: FakeHost, ...uses: readonly PromptUse[]): Promise<void> {
  await host.update({
    promptUse: (serverId, name) => uses.find((one) => one.serverId === serverId && one.prompt === name),
  });
}
