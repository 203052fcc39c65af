import type { Tool } from './connection.ts';

/**
 * How a definition stands against what was accepted. `new`: nobody has looked at it since the server's first sight, so a rule
 * alone may not allow a call. `set-aside`: it changed, or cannot be pinned; nobody may call it.
 */
export type DefinitionStanding = 'accepted' | 'new' | 'set-aside';

/** What the one door asks before each call. */
export interface DefinitionGate {
  /** How this very definition of a tool stands; pins the server's definitions first where they were never seen. */
  standing(serverId: string, tool: Tool): DefinitionStanding;
}
