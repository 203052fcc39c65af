import type { Era } from '../../core/connection.ts';
import type { GatewayCatalog } from '../../core/gatewayCatalog.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { oneLine } from '../../core/util/text.ts';
import { tasksExtension } from './client.ts';

const maxNamed = 100;

/** Who we say that we are. */
export function serverInfo(version: string): JsonObject {
  return { name: 'mcp-switchboard', title: 'MCP Switchboard', version };
}

/** What we say that we can; a server that is exposed alone and connected can what it says itself, where we pass that on. */
export function serverCapabilities(catalog: GatewayCatalog, era: Era, version: string): JsonObject {
  const [only] = catalog.servers;
  const alone =
    !catalog.isPrefixed && only?.state.kind === 'ready' ? only.state.info.capabilities : undefined;
  const has = (name: string) => alone === undefined || alone[name] !== undefined;
  const subscribe =
    alone === undefined || (isJsonObject(alone['resources']) && alone['resources']['subscribe'] === true);
  return {
    tools: { listChanged: true },
    ...(has('resources') ? { resources: { subscribe, listChanged: true } } : {}),
    ...(has('prompts') ? { prompts: { listChanged: true } } : {}),
    ...(has('completions') ? { completions: {} } : {}),
    logging: {},
    ...(era === 'modern' ? { extensions: { [tasksExtension]: {} } } : {}),
    ...(version === '2025-11-25'
      ? { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }
      : {}),
  };
}

/** Words for the model: how names are made, or what the one server says of itself. */
export function instructionsOf(catalog: GatewayCatalog): string {
  if (!catalog.isPrefixed) {
    const [only] = catalog.servers;
    return (only && catalog.instructions(only)) ?? '';
  }
  const named = catalog.servers
    .slice(0, maxNamed)
    .map((server) => `${catalog.keyOf(server)} (${oneLine(server.definition.name, 60)})`);
  const servers = named.length === 0 ? 'No server is offered yet.' : `Servers: ${named.join(', ')}.`;
  return `Tools of several MCP servers behind one door; each name begins with its server. ${servers} A call may wait for a human's approval, and a refusal says why.`;
}
