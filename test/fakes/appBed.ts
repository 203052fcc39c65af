import type { CallResult, Tool } from '../../src/core/connection.ts';
import type { ServerSnapshot } from '../../src/core/connections.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { AppSession, type AppPeople, type LoadedApp } from '../../src/core/mcpAppSession.ts';
import { readDeclaration } from '../../src/core/mcpAppPolicy.ts';
import type { CallIntent, CallOutcome } from '../../src/core/toolCalls.ts';
import { fakeTool } from './doorBed.ts';
import { FakeClock } from './fakeClock.ts';

/** A result of one text. */
export function textOf(text: string): CallResult {
  return { content: [{ type: 'text', text }], structuredContent: undefined, isError: false, meta: undefined };
}

/** One open app over a scripted server; everything it asks for is written down. */
export class AppBed {
  readonly clock = new FakeClock();
  readonly uri = 'ui://clock/app.html';
  readonly calls: { readonly intent: CallIntent; readonly signal: AbortSignal }[] = [];
  readonly asked: string[] = [];
  readonly logged: string[] = [];
  answer = true;
  launchHash = 'launch';
  tools: readonly Tool[] = [
    this.#tool('get-time'),
    this.#tool('refresh', ['app']),
    this.#tool('report', ['model']),
  ];
  resources: readonly JsonObject[] = [{ uri: 'file:///a', name: 'a' }];
  templates: readonly JsonObject[] = [{ uriTemplate: 'file:///{name}', name: 'any' }];
  contents: readonly JsonObject[] = [{ uri: 'file:///a', text: 'a' }];
  onCall: (intent: CallIntent, signal: AbortSignal) => Promise<CallOutcome> = async () => this.done('12:00');
  onAsk: () => Promise<boolean> = async () => this.answer;

  readonly connections = {
    get: (id: string) => (id === 'user/clock' ? this.server() : undefined),
    need: async () => ({ readResource: async () => this.contents }) as never,
  };
  readonly people: AppPeople = {
    openLink: async (url) => {
      this.asked.push(`link ${url}`);
      return this.onAsk();
    },
    sendToChat: async (text) => {
      this.asked.push(`chat ${text}`);
      return this.onAsk();
    },
    log: (level, text) => void this.logged.push(`${level} ${text}`),
  };
  readonly session = new AppSession(
    {
      ...{ connections: this.connections, people: this.people, clock: this.clock },
      calls: {
        call: (intent, signal) => {
          this.calls.push({ intent, signal });
          return this.onCall(intent, signal);
        },
      },
    },
    this.app(),
  );

  server(): ServerSnapshot {
    const nothing = { items: [], problems: [], ttlMs: undefined };
    return {
      definition: { id: 'user/clock', name: 'clock', launchHash: this.launchHash },
      offer: {
        tools: { ...nothing, items: this.tools },
        resources: { ...nothing, items: this.resources.map((raw) => ({ ...raw, raw })) },
        resourceTemplates: { ...nothing, items: this.templates.map((raw) => ({ ...raw, raw })) },
      },
    } as unknown as ServerSnapshot;
  }

  app(): LoadedApp {
    const declaration = readDeclaration(undefined);
    return {
      server: this.server(),
      tool: this.#tool('get-time'),
      document: { uri: this.uri, html: '<p>', declaration, prefersBorder: undefined },
    };
  }

  done(text: string): CallOutcome {
    return { kind: 'done', job: {} as never, result: textOf(text), schemaProblems: [] };
  }

  #tool(name: string, visibility?: readonly string[]): Tool {
    const ui = { resourceUri: 'ui://clock/app.html', ...(visibility ? { visibility } : {}) };
    return fakeTool(name, { _meta: { ui } as Json });
  }
}
