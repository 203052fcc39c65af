import type { Tool } from '../../src/core/connection.ts';

/** A tool as a server would list it. */
export function fakeTool(name: string, facts: Partial<Tool> = {}): Tool {
  return {
    name,
    title: undefined,
    description: undefined,
    inputSchema: { type: 'object' },
    outputSchema: undefined,
    annotations: {},
    taskSupport: 'forbidden',
    raw: { name, inputSchema: { type: 'object' } },
    ...facts,
  };
}
