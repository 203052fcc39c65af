import { openHost, type HeadlessHost } from '../scripts/host/headless.ts';
import { contractStdio, startContractHttp } from '../test/fixtures/servers/contract.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { scratchConfig } from './support.ts';

const rounds = 800;
const warmUp = 100;

/** One call through the one door while messages are recorded for the traffic view, against the same with recording off, in turn. */
export async function benchTraffic(): Promise<readonly Comparison[]> {
  const http = await startContractHttp({ era: 'modern' });
  const servers = { http: { type: 'http', url: http.url }, stdio: contractStdio('modern') };
  const beds = await Promise.all([scratchConfig({ servers }), scratchConfig({ servers })]);
  const hosts = await Promise.all(
    beds.map(({ config, state }, i) =>
      openHost({ config, state, yes: true, remember: true, captureTraffic: i === 0 }),
    ),
  );
  const [recording, silent] = hosts;
  if (!recording || !silent) throw new Error('no hosts');
  try {
    const results: Comparison[] = [];
    for (const name of ['stdio', 'http'] as const) {
      const caller = { kind: 'command-line', name: 'bench' } as const;
      const call = { serverId: `given/${name}`, tool: 'echo', arguments: { text: 'hello' }, caller } as const;
      const through =
        ({ host, signal }: HeadlessHost) =>
        () =>
          host.calls.call({ ...call, mode: 'plain' }, signal);
      const times: [number[], number[]] = [[], []];
      for (let i = 0; i < rounds + warmUp; i++) {
        const first = i % 2 === 0 ? await timed(through(recording)) : undefined;
        const without = await timed(through(silent));
        const withIt = first ?? (await timed(through(recording)));
        if (i < warmUp) continue;
        times[0].push(withIt);
        times[1].push(without);
      }
      results.push(
        compare(`traffic: a call with recording on against off, ${name}`, 'ms', ...times, 'p50 <= 1.05'),
      );
    }
    const recorded = hosts.map(({ host }) => host.connections.frames('given/http').length);
    if (recorded[0] === 0 || recorded[1] !== 0) throw new Error(`recorded: ${recorded.join(', ')}`);
    return results;
  } finally {
    for (const host of hosts) await host.close();
    for (const bed of beds) await bed.remove();
    await http.close();
  }
}
