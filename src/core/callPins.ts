import type { Connection, Tool } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { DefinitionGate } from './definitionGate.ts';
import { definitionHash } from './pins.ts';
import type { CallFacts } from './policy.ts';
import type { Sha256 } from './ports.ts';
import type { CallIntent } from './toolCalls.ts';
import { AppError } from './util/errors.ts';

/** Which server, which tool and over which connection a call would go, both hashed. */
export interface Pinned {
  readonly server: ServerSnapshot;
  readonly tool: Tool;
  readonly facts: CallFacts;
  readonly connection: Connection;
}

export interface CallPinsDeps {
  readonly connections: Connections;
  readonly definitions?: DefinitionGate;
  readonly sha256: Sha256;
}

/** Finds what a call means now. */
export class CallPins {
  readonly #deps: CallPinsDeps;
  readonly #hashes = new WeakMap<Tool, string>();

  constructor(deps: CallPinsDeps) {
    this.#deps = deps;
  }

  /** Rejects `not-found`, `blocked`, `unsupported` or what keeps the server from being connected. */
  async pin(intent: CallIntent, signal: AbortSignal): Promise<Pinned> {
    const { connections } = this.#deps;
    if (!connections.get(intent.serverId))
      throw new AppError('not-found', `no server ${intent.serverId} is configured`);
    const connection = await connections.need(intent.serverId, signal);
    const server = connections.get(intent.serverId);
    if (!server) throw new AppError('not-found', `server ${intent.serverId} was removed`);
    const tool = server.offer?.tools.items.find((item) => item.name === intent.tool);
    if (!tool)
      throw new AppError(
        'not-found',
        `${server.definition.name} has no tool named ${JSON.stringify(intent.tool)}`,
      );
    if (server.disabledTools.has(tool.name)) {
      throw new AppError('blocked', `${tool.name} of ${server.definition.name} is switched off`, {
        nextStep: 'Switch the tool on in the Servers view.',
      });
    }
    const standing = this.#deps.definitions?.standing(intent.serverId, tool);
    if (standing === 'set-aside') {
      throw new AppError(
        'blocked',
        `${tool.name} of ${server.definition.name} changed and is set aside until its change is accepted`,
        { nextStep: 'Review the change in the Inbox.' },
      );
    }
    if (intent.mode === 'plain' && tool.taskSupport === 'required') {
      throw new AppError('unsupported', `${tool.name} of ${server.definition.name} can only run as a task`);
    }
    const facts = {
      serverId: intent.serverId,
      launchHash: server.definition.launchHash,
      tool: tool.name,
      definitionHash: this.#hash(tool),
      isNew: standing === 'new',
      caller: intent.caller,
    };
    return { server, tool, facts, connection };
  }

  #hash(tool: Tool): string {
    let hash = this.#hashes.get(tool);
    if (hash === undefined) {
      hash = definitionHash(tool, this.#deps.sha256);
      this.#hashes.set(tool, hash);
    }
    return hash;
  }
}
