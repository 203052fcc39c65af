import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openHost } from '../scripts/host/headless.ts';
import { contractStdio } from '../test/fixtures/servers/contract.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { scratchConfig } from './support.ts';

const servers = 50;
const rounds = 3;
const parallel = 6;

/** Connect and list 50 local servers, against a bare SDK loop with the same parallelism and negotiation (whose probe is a process of its own); cold and with the era remembered. */
export async function benchConnect(): Promise<readonly Comparison[]> {
  const command = contractStdio('modern');
  const names = Array.from({ length: servers }, (_, i) => `server-${i}`);
  const bed = await scratchConfig({
    servers: Object.fromEntries(
      names.map((name) => [name, { type: 'stdio', command: command.command, args: command.args }]),
    ),
  });
  const ours = { cold: [] as number[], known: [] as number[] };
  const bare = { cold: [] as number[], known: [] as number[] };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const kind of ['cold', 'known'] as const) {
        // the cold round gets a state folder of its own, so no era is remembered; the known one finds what the cold one stored
        const open = await openHost({ config: bed.config, state: `${bed.state}-${round}`, yes: true });
        ours[kind].push(
          await timed(() =>
            Promise.all(
              open.configuration.servers.map((server) => open.host.connections.start(server.id, open.signal)),
            ),
          ),
        );
        await open.close();
        bare[kind].push(await timed(() => bareLoop(command, kind)));
      }
    }
  } finally {
    await bed.remove();
  }
  return [
    compare(
      `connect and list ${servers} local servers, first time`,
      'ms',
      ours.cold,
      bare.cold,
      'p50 <= 1.2',
    ),
    compare(
      `connect and list ${servers} local servers, era known`,
      'ms',
      ours.known,
      bare.known,
      'p50 <= 1.2',
    ),
  ];
}

async function bareLoop(
  command: { readonly command: string; readonly args: readonly string[] },
  kind: 'cold' | 'known',
): Promise<void> {
  const waiting = Array.from({ length: servers }, (_, i) => i);
  const clients: Client[] = [];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (waiting.pop() !== undefined) {
        const client = new Client(
          { name: 'bench', version: '1' },
          { versionNegotiation: { mode: kind === 'cold' ? 'auto' : { pin: '2026-07-28' } } },
        );
        await client.connect(
          new StdioClientTransport({ command: command.command, args: [...command.args], stderr: 'ignore' }),
        );
        await Promise.all([
          client.listTools(),
          client.listResources(),
          client.listResourceTemplates(),
          client.listPrompts(),
        ]);
        clients.push(client);
      }
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
}
