// The client under test: our own connector, used without an editor. Run by the official suite as `driver.ts <server url>`.
import type { Connection, Tool } from '../../src/core/connection.ts';
import { emptyValue } from '../../src/core/forms/emptyValue.ts';
import { formModel } from '../../src/core/forms/formModel.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { isAppError } from '../../src/core/util/errors.ts';
import { createConnector, type McpConnector } from '../../src/node/mcp/connector.ts';
import { allFeatures, connectOptions, httpLaunch, never, systemClock } from '../contract/connectionBed.ts';
import { authOf, settingsFor, type Context } from './provider.ts';

const maxSignIns = 5;
// Forty of these start at once on a small machine.
const connectTimeoutMs = 150_000;
const callTimeoutMs = 120_000;

const url = process.argv[2] ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Context;
const settings = settingsFor(scenario, context);
const say = (line: string) => process.stdout.write(`${line}\n`);
const logger = { debug: say, info: say, warn: say, error: say };

const auth = authOf(systemClock, logger, settings, context);
const connector: McpConnector = createConnector({
  clock: systemClock,
  logger,
  version: '0.0.0-test',
  authFor: (serverUrl) => auth.session(serverUrl),
});

for (let signIns = 0; ; signIns++) {
  try {
    await useEverything();
    break;
  } catch (error) {
    if (!isAppError(error, 'needs-sign-in') || settings.grant.kind !== 'person' || signIns >= maxSignIns)
      throw error;
    await auth.signIn(url, 'sign-in', never);
  }
}

async function useEverything(): Promise<void> {
  const connection = await connector.connect(
    connectOptions(httpLaunch(url), { features: { ...allFeatures, tasks: false }, connectTimeoutMs }),
    {
      ask: async (ask) => {
        if (ask.kind !== 'elicit-form') return { kind: 'accept', content: {} };
        const filled = emptyValue(formModel(ask.schema));
        return { kind: 'accept', content: isJsonObject(filled) ? filled : {} };
      },
      log: (level, text) => say(`${level}: ${text}`),
      stderr: () => {},
      frame: (frame) => say(`${frame.direction} ${frame.text}`),
      listChanged: () => {},
      resourceUpdated: () => {},
      taskChanged: () => {},
      closed: (loss) => say(loss.message),
      roots: () => [{ uri: 'file:///workspace', name: 'workspace' }],
    },
    never,
  );
  try {
    await useTools(connection);
    await useResources(connection);
    await usePrompts(connection);
  } finally {
    await connection.close();
  }
}

async function useTools(connection: Connection): Promise<void> {
  const { items, problems } = await connection.tools(never);
  for (const problem of problems) say(problem);
  const given = Array.isArray(context['toolCalls'])
    ? (context['toolCalls'] as { name: string; arguments: JsonObject }[])
    : undefined;
  const calls = given ?? items.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool, items) }));
  for (const { name, arguments: args } of calls) {
    const request = { tool: name, arguments: args, mode: 'plain', timeoutMs: callTimeoutMs } as const;
    const reply = await connection.call(name, request, () => {}, never);
    say(`${name}: ${JSON.stringify(reply)}`);
  }
}

/** The smallest arguments the schema allows; a tool that wants a schema gets one as we received it. */
function argumentsFor(tool: Tool, tools: readonly Tool[]): JsonObject {
  const value = emptyValue(formModel(tool.inputSchema));
  const filled: Record<string, Json> = isJsonObject(value) ? { ...value } : {};
  const { properties, required } = tool.inputSchema;
  const names: readonly Json[] = Array.isArray(required) ? required : [];
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const schema = isJsonObject(properties) ? properties[name] : undefined;
    filled[name] = name === 'schema' ? (tools[0]?.inputSchema ?? {}) : (filled[name] ?? sample(schema));
  }
  return filled;
}

function sample(schema: Json | undefined): Json {
  const type = isJsonObject(schema) ? schema['type'] : undefined;
  if (type === 'number' || type === 'integer') return 2;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  return type === 'object' ? {} : 'text';
}

async function useResources(connection: Connection): Promise<void> {
  for (const { uri } of (await connection.resources(never)).items) await connection.readResource(uri, never);
}

async function usePrompts(connection: Connection): Promise<void> {
  for (const prompt of (await connection.prompts(never)).items) {
    const args = prompt.arguments.filter((one) => one.isRequired).map((one) => [one.name, 'text']);
    await connection.getPrompt(prompt.name, Object.fromEntries(args) as Record<string, string>, never);
  }
}
