import type { Page } from '../src/core/dashboard.ts';
import type { Job } from '../src/core/jobs.ts';
import { DashboardBed, type OpenDashboard } from '../test/webview/harness/dashboardBed.ts';
import { FakeHost } from '../test/webview/harness/fakeHost.ts';
import { job, minute, now, server, tool } from '../test/webview/harness/fixtures.ts';
import { compare, timed, type Comparison } from './stats.ts';

const servers = 200;
const toolsEach = 25;
const shownFinished = 50; // what the host keeps at hand of 10,000; older ones come in pages
const loads = 8;
const updates = 120;

/** Resolves in the page when everything that was sent so far is on screen. */
const drawn = `new Promise((resolve) => {
  const look = ({ data }) => {
    if (data?.kind !== 'drawn') return;
    removeEventListener('message', look);
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  };
  addEventListener('message', look);
  postMessage({ kind: 'drawn' }, '*');
})`;

/** The dashboard in a browser with 200 servers, 5,000 tools and 10,000 jobs against one with a single server: from nothing to its first rows, and a change of one row. */
export async function benchDashboard(): Promise<readonly Comparison[]> {
  const bed = await DashboardBed.start();
  try {
    const first = { full: [] as number[], small: [] as number[] };
    for (let round = 0; round <= loads; round++) {
      for (const size of ['small', 'full'] as const) {
        const host = hostOf(size);
        let open: OpenDashboard | undefined;
        const ms = await timed(async () => {
          open = await bed.open(host);
          await open.page.locator('.row').first().waitFor();
          await open.page.evaluate(drawn);
        });
        await open?.close();
        if (round > 0) first[size].push(ms);
      }
    }
    const results = [
      compare('dashboard: first paint, 200 servers against one', 'ms', first.full, first.small, 'p50 <= 1.3'),
    ];
    for (const page of pages) {
      const times = { full: [] as number[], small: [] as number[] };
      const hosts = { full: hostOf('full', page), small: hostOf('small', page) };
      const opened = { full: await bed.open(hosts.full), small: await bed.open(hosts.small) };
      for (let round = 0; round < updates; round++) {
        for (const size of ['small', 'full'] as const) {
          const host = hosts[size];
          const openJobs = host.state.openJobs.map((one, i) =>
            i === 0 ? { ...one, statusMessage: `step ${round}` } : one,
          );
          const ms = await timed(async () => {
            await host.update({ openJobs });
            await opened[size].page.evaluate(drawn);
          });
          if (round >= 20) times[size].push(ms);
        }
      }
      await opened.full.close();
      await opened.small.close();
      const name = page.kind === 'server' ? 'tools' : page.kind;
      results.push(
        compare(
          `dashboard: a snapshot on screen, ${name} page, full against small`,
          'ms',
          times.full,
          times.small,
          'p50 <= 2: one frame more',
        ),
      );
    }
    return results;
  } finally {
    await bed.stop();
  }
}

const pages: readonly Page[] = [
  { kind: 'servers' },
  { kind: 'server', serverId: 'user/server-0', tab: 'tools', tool: undefined },
  { kind: 'jobs', jobId: undefined },
];

function hostOf(size: 'full' | 'small', page: Page = { kind: 'servers' }): FakeHost {
  const count = size === 'full' ? servers : 1;
  const done = size === 'full' ? shownFinished : 1;
  const ended = (i: number): Job =>
    job(`done-${i}`, {
      status: { kind: 'completed' },
      createdAt: now - i * minute,
      endedAt: now - i * minute + 900,
    });
  return new FakeHost(page, {
    servers: Array.from({ length: count }, (_, i) =>
      server(`server-${i}`, {
        tools: Array.from({ length: toolsEach }, (__, n) => tool(`tool_${n}`)),
      }),
    ),
    openJobs: [job('open', { statusMessage: 'step' })],
    finishedJobs: Array.from({ length: done }, (_, i) => ended(i)),
    requests: [],
  });
}
