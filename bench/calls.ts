import { Client } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openHost } from '../scripts/host/headless.ts';
import { startContractHttp, contractStdio } from '../test/fixtures/servers/contract.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { scratchConfig } from './support.ts';

const rounds = 600;
const warmUp = 60;

/** One call through the one door (pin, policy, log, job row, result row) against the bare SDK client on the same server, in turn. */
export async function benchCalls(): Promise<readonly Comparison[]> {
  const http = await startContractHttp({ era: 'modern' });
  const stdio = contractStdio('modern');
  const bed = await scratchConfig({
    servers: {
      http: { type: 'http', url: http.url },
      stdio: { type: 'stdio', command: stdio.command, args: stdio.args },
    },
  });
  const open = await openHost({ config: bed.config, state: bed.state, yes: true, remember: true });
  try {
    const transports = {
      http: () => new StreamableHTTPClientTransport(new URL(http.url)),
      stdio: () =>
        new StdioClientTransport({ command: stdio.command, args: [...stdio.args], stderr: 'ignore' }),
    };
    const results: Comparison[] = [];
    for (const name of ['stdio', 'http'] as const) {
      const bare = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode: 'auto' } });
      await bare.connect(transports[name]());
      const serverId = `given/${name}`;
      const viaDoor = () =>
        open.host.calls.call(
          {
            serverId,
            tool: 'echo',
            arguments: { text: 'hello' },
            caller: { kind: 'command-line', name: 'bench' },
            mode: 'plain',
          },
          open.signal,
        );
      const direct = () => bare.callTool({ name: 'echo', arguments: { text: 'hello' } });
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let i = 0; i < rounds + warmUp; i++) {
        const ourFirst = i % 2 === 0 ? await timed(viaDoor) : undefined;
        const their = await timed(direct);
        const our = ourFirst ?? (await timed(viaDoor));
        if (i < warmUp) continue;
        ours.push(our);
        theirs.push(their);
      }
      await bare.close();
      results.push(compare(`one call through the door, ${name}`, 'ms', ours, theirs, 'p50 <= 1.15'));
    }
    return results;
  } finally {
    await open.close();
    await http.close();
    await bed.remove();
  }
}
