import type { ServerSnapshot } from './connections.ts';
import type { ForeignName } from './definitionFlags.ts';

/** Names of every other server and its tools, for texts that speak of them. A tool that the server has as well is its own. */
export function foreignNames(servers: readonly ServerSnapshot[], serverId: string): readonly ForeignName[] {
  const own = new Set(
    servers
      .filter(({ definition }) => definition.id === serverId)
      .flatMap(({ definition, offer }) => [
        definition.name,
        ...(offer?.tools.items ?? []).map(({ name }) => name),
      ]),
  );
  return servers
    .filter(({ definition }) => definition.id !== serverId)
    .flatMap(({ definition, offer }) => {
      const server = definition.name;
      return [server, ...(offer?.tools.items ?? []).map(({ name }) => name)].map((name) => ({
        name,
        server,
      }));
    })
    .filter(({ name }) => !own.has(name));
}
