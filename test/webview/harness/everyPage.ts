import type { Page as DashboardPage, RequestRow } from '../../../src/core/dashboard.ts';
import { agentsView } from '../../../src/core/dashboardAgents.ts';
import { defaultCallerSettings, type CallerRecord } from '../../../src/core/callerRecord.ts';
import type { ServerReview } from '../../../src/core/definitionReview.ts';
import type { GatewayStatus } from '../../../src/core/gatewayLife.ts';
import type { DoctorReport } from '../../../src/core/doctor.ts';
import { diffReports } from '../../../src/core/identityDiff.ts';
import { nothingGathered, type IdentityEvidence } from '../../../src/core/identityEvidence.ts';
import { identityReport } from '../../../src/core/identityReport.ts';
import type { InstallFlow } from '../../../src/core/installFlow.ts';
import { qualityReport } from '../../../src/core/quality.ts';
import type { PromptRequest } from '../../../src/core/requests.ts';
import { Store } from '../../../src/core/util/store.ts';
import { ActivityPageBed } from './activityPage.ts';
import { busyDay } from './busyDay.ts';
import type { OpenDashboard } from './dashboardBed.ts';
import { emptyPages, emptyTabs } from './emptyPlaces.ts';
import { FakeHost } from './fakeHost.ts';
import { job, minute, now, server, tool } from './fixtures.ts';
import { InstallHost, weather } from './installHost.ts';
import {
  hostileEntry,
  official,
  realEntries,
  startRegistryBed,
  team,
  type RegistryBed,
} from './registryPage.ts';
import { answered, everything, use } from './promptPage.ts';
import { signIns } from './signInPage.ts';
import { trafficPlaces } from './trafficPlaces.ts';

type Kind = DashboardPage['kind'];
type Tab = Extract<DashboardPage, { kind: 'server' }>['tab'];
type State = Partial<FakeHost['state']>;

/** A page as a user can meet it. */
export interface Place {
  readonly name: string;
  readonly page: DashboardPage;
  /** What is otherwise than on a busy day. */
  readonly state?: State;
  /** A selector of what is drawn last; without it the page is drawn at once. */
  readonly ready?: string;
  /** Opens what one click away. */
  readonly act?: (page: OpenDashboard['page']) => Promise<void>;
}

const on = (name: string, tab: Tab, open?: string): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab,
  tool: open,
});
const at = (name: string, page: DashboardPage, more: Partial<Place> = {}): Place => ({ name, page, ...more });

/** What the doctor says of a connection whose handshake is not over, or failed. */
const diagnosed = (result: 'pending' | 'fail'): DoctorReport => ({
  server: {
    ...{ id: 'user/nightly', name: 'nightly', kind: 'stdio', target: 'node nightly.js' },
    ...{ file: '/home/mia/.vscode/mcp.json', line: 3 },
  },
  ...{
    at: now - minute,
    way: 'trial',
    result,
  },
  summary: 'The process ended before it answered: module\u202Enot found.',
  steps: (['entry', 'command', 'process', 'handshake', 'lists'] as const).map((id, i) => ({
    ...{ id, title: `The ${id}`, ms: i === 0 ? undefined : 12 * i, found: `What was found of the ${id}.` },
    result: i < 2 ? 'ok' : i === 2 ? 'warn' : i === 3 ? result : 'skipped',
    details: i === 3 ? ['Error: Cannot find module', `at ${'a/very/long/path/'.repeat(12)}`] : [],
    fix:
      i === 3 ? { text: 'Install the package, then start the server again.', action: 'show-log' } : undefined,
  })),
});

const tabs: Readonly<Record<Tab, readonly Place[]>> = {
  overview: [
    'nightly',
    'everything',
    'filesystem',
    'issues',
    'search',
    'memory',
    'scratch',
    'unknown',
    'gone',
  ].map((name) => at(`overview of ${name}`, on(name, 'overview'))),
  tools: [
    at('tools', on('nightly', 'tools')),
    at('tool', on('nightly', 'tools', 'run_backtest')),
    at('tool with claims', on('nightly', 'tools', 'export_data')),
    at('tool that changed', on('nightly', 'tools', 'delete_every\u202Egnp.thing')),
    at('new tool', on('nightly', 'tools', 'echo')),
    at('no tools', on('search', 'tools')),
  ],
  resources: [
    at('resources', on('nightly', 'resources'), { ready: '[role=grid] [role=row]' }),
    at('template', on('nightly', 'resources'), {
      ready: '[role=grid] [role=row]',
      act: (page) => page.getByRole('grid').getByText('A run by its number').click(),
    }),
    at('no resources', on('search', 'resources')),
  ],
  prompts: [
    at('prompts', on('nightly', 'prompts')),
    at('prompt', on('nightly', 'prompts', 'summarise')),
    at('prompt with an answer', on('nightly', 'prompts', 'summarise'), {
      state: {
        promptUse: () => answered('summarise', [{ name: 'run', value: '42' }], ...everything),
        canSendToChat: () => true,
      },
    }),
    at('prompt that is fetched', on('nightly', 'prompts', 'summarise'), {
      state: {
        promptUse: () => use('summarise', { kind: 'fetching' }),
      },
    }),
    at('prompt that failed', on('nightly', 'prompts', 'summarise'), {
      state: {
        promptUse: () => use('summarise', { kind: 'failed', message: 'no run', nextStep: 'Try another.' }),
      },
    }),
    at('no prompts', on('search', 'prompts')),
  ],
  identity: [
    at('identity', on('nightly', 'identity')),
    at('identity, nothing known', on('search', 'identity')),
  ],
  'sign-in': Object.entries(signIns).map(([name, found]) =>
    at(`sign-in, ${name}`, on('issues', 'sign-in'), { state: { signInOf: () => found } }),
  ),
  doctor: [
    at('nobody looked at the connection', on('nightly', 'doctor')),
    at('connection under a look', on('nightly', 'doctor'), {
      state: { doctorOf: () => ({ isLooking: true, report: diagnosed('pending') }) },
    }),
    at('connection with a fault', on('nightly', 'doctor'), {
      state: { doctorOf: () => ({ isLooking: false, report: diagnosed('fail') }) },
    }),
  ],
  quality: [at('quality', on('nightly', 'quality')), at('quality, nothing known', on('search', 'quality'))],
  traffic: [
    at('traffic', on('nightly', 'traffic')),
    at('an exchange', on('nightly', 'traffic', '1')),
    ...trafficPlaces,
  ],
};

const origin = {
  serverId: 'user/nightly',
  serverName: 'nightly',
  createdAt: now - minute,
  caller: undefined,
};
const [approve, form, url] = busyDay.requests as readonly PromptRequest[];
const requests: Readonly<Record<RequestRow['kind'], PromptRequest>> = {
  approval: approve!,
  'elicitation-form': form!,
  'elicitation-url': url!,
  sampling: { ...origin, kind: 'sampling', id: 'sampling', jobId: undefined, tool: undefined, params: {} },
  'definition-change': {
    ...{ ...origin, kind: 'definition-change', id: 'definition-change', jobId: undefined, tool: undefined },
    ...{ changed: ['export_data'], added: ['delete_all'] },
  },
  'sign-in': {
    ...{ ...origin, kind: 'sign-in', id: 'sign-in', jobId: undefined, tool: undefined },
    ...{ message: 'The server answered 401.', isStepUp: false },
  },
};

const gateways: Readonly<Record<GatewayStatus['kind'], GatewayStatus>> = {
  off: { kind: 'off' },
  starting: { kind: 'starting' },
  serving: {
    kind: 'serving',
    address: { port: 41_234, url: 'http://127.0.0.1:41234/mcp' },
  },
  elsewhere: { kind: 'elsewhere', port: 41_234 },
  'port-taken': { kind: 'port-taken', port: 41_234 },
  failed: { kind: 'failed', message: 'listen EACCES: permission denied' },
};

const callers: readonly CallerRecord[] = [
  {
    ...{ id: 'c1', name: 'claude-code', agent: 'claude-code', tokenHash: '', issuedAt: now - 90 * minute },
    ...{ lastUsedAt: now - 20_000, settings: defaultCallerSettings },
  },
  {
    ...{ id: 'c2', name: 'a-colleague-with-a-rather-long-name-for-an-agent', agent: 'other', tokenHash: '' },
    ...{ issuedAt: now - 9000 * minute, lastUsedAt: undefined },
    settings: {
      ...{ offers: { kind: 'servers', serverIds: ['user/nightly', 'user/issues'] }, callsPerMinute: 30 },
      ...{ approvalTimeoutMs: 5 * minute, questions: 'caller' },
    },
  },
];

const agents = (status: GatewayStatus, all = callers): State => ({
  agents: () =>
    agentsView({ callers: all, calls: new Map([['claude-code', 17]]), status, mode: 'auto', now }),
});

const frames = Array.from({ length: 40 }, (_, i) => ({
  at: now - 60_000 + i * 1000,
  direction: i % 2 === 0 ? ('sent' as const) : ('received' as const),
  bytes: 120 + i * 97,
  kind: i % 5 === 4 ? ('notification' as const) : i % 2 === 0 ? ('request' as const) : ('response' as const),
  method: i % 2 === 0 ? 'tools/call' : undefined,
  id: i,
  text: JSON.stringify({ jsonrpc: '2.0', id: i, method: 'tools/call', params: { name: 'echo\u200B' } }),
}));

const evidence: IdentityEvidence = {
  ...nothingGathered,
  now,
  siteOf: () => undefined,
  registry: { label: 'Official Registry', url: official, isPolicy: false },
  entry: weather('1.0.0'),
  subject: undefined,
  server: { name: 'weather', url: undefined, command: 'npx' },
  live: undefined,
  known: [{ name: 'com.example/weather-reports', title: 'Weather reports' }],
  approved: { launch: 'changed', changes: ['the command has another argument'], definitions: 2 },
  access: undefined,
};
const report = identityReport(evidence);
const earlier = identityReport({
  ...evidence,
  now: now - 3000 * minute,
  approved: { launch: 'given', changes: [], definitions: 0 },
});

const review: ServerReview = {
  scope: { serverId: 'user/nightly', launchHash: 'l'.repeat(64) } as ServerReview['scope'],
  serverName: 'nightly',
  items: (['changed', 'new'] as const).map((state, i) => ({
    ...{ kind: 'tool', name: ['delete_every\u202Egnp.thing', 'echo'][i]!, state, hash: 'd'.repeat(64) },
    ...{ before: undefined, after: {}, changes: [] },
  })),
};

const drawn = `new Promise((resolve) => {
  const frame = () => requestAnimationFrame(() => requestAnimationFrame(resolve));
  const look = ({ data }) => {
    if (data?.kind !== 'drawn') return;
    removeEventListener('message', look);
    frame();
  };
  addEventListener('message', look);
  postMessage({ kind: 'drawn' }, '*');
})`;

/** Every page of the dashboard behind one host, so that a browser opens it once. */
export class EveryPage {
  readonly host: FakeHost;
  readonly places: Readonly<Record<Kind, readonly Place[]>>;
  readonly #registry: RegistryBed;
  readonly #log: ActivityPageBed;
  readonly #usual: FakeHost['state'];

  private constructor(
    registry: RegistryBed,
    log: ActivityPageBed,
    installs: Readonly<Record<InstallFlow['step']['kind'], InstallFlow | undefined>>,
  ) {
    this.#registry = registry;
    this.#log = log;
    const activity = log.host().state.activity!;
    const nightly = busyDay.servers[0]!;
    this.host = new FakeHost(
      { kind: 'servers' },
      {
        ...agents(gateways.serving),
        frames: () => frames,
        jobFrames: () => frames.slice(0, 4),
        registry: (page) => registry.views.view(page),
        activity,
        requests: Object.values(requests),
        identityOf: (id) =>
          id === 'user/nightly'
            ? { report, changes: diffReports(earlier, report), lookedAt: now - minute }
            : undefined,
        quality: (id) =>
          id === 'user/nightly'
            ? qualityReport({ server: nightly, others: busyDay.servers.slice(1), history: [], now })
            : undefined,
        definitions: {
          reviews: new Store<ReadonlyMap<string, ServerReview>>(new Map([['user/nightly', review]])),
          accepted: () => undefined,
        },
      },
    );
    const hosts = [registry.host(), log.host()];
    for (const { answers } of hosts) Object.assign(this.host.answers, answers);
    this.#usual = this.host.state;
    const entry = (name: string, from = official, compare?: string): DashboardPage => ({
      kind: 'registry',
      entry: { registryId: from, name, version: compare && '2.0.0', compare },
    });
    const places: Record<Kind, readonly Place[]> = {
      servers: [
        at('servers', { kind: 'servers' }),
        at('no servers', { kind: 'servers' }, { state: { servers: [] } }),
        at(
          'many servers',
          { kind: 'servers' },
          {
            state: {
              servers: Array.from({ length: 40 }, (_, i) =>
                server(`a-server-with-a-long-name-${i}`, { tools: [tool('a')] }),
              ),
            },
          },
        ),
      ],
      server: [...Object.values(tabs), ...Object.values(emptyTabs)].flat(),
      jobs: [
        ...[
          undefined,
          ...busyDay.openJobs.map(({ id }) => id),
          ...busyDay.finishedJobs.map(({ id }) => id),
          'unknown',
        ].map((jobId) => at(`job ${jobId}`, { kind: 'jobs', jobId })),
        at('no jobs', { kind: 'jobs', jobId: undefined }, { state: { openJobs: [], finishedJobs: [] } }),
        at(
          'long job',
          { kind: 'jobs', jobId: 'long' },
          {
            state: {
              openJobs: [
                job('long', {
                  tool: 'a_tool_with_a_name_that_goes_on_and_on_until_it_no_longer_fits',
                  statusMessage: 'reading https://example.com/a/very/long/address/without/any/place/to/break',
                }),
              ],
            },
          },
        ),
      ],
      requests: [
        at('inbox', { kind: 'requests', requestId: undefined }),
        ...Object.entries(requests).map(([kind, { id }]) =>
          at(`request ${kind}`, { kind: 'requests', requestId: id }),
        ),
        at('answered request', { kind: 'requests', requestId: 'gone' }),
        at('empty inbox', { kind: 'requests', requestId: undefined }, { state: { requests: [] } }),
      ],
      registry: [
        at('registry', { kind: 'registry', entry: undefined }, { ready: '.registry-row' }),
        at('registry entry', entry('io.github.upstash/context7'), { ready: '[data-testid=entry]' }),
        at('hostile entry', entry('com.evil/paypal-com', team), { ready: '[data-testid=entry]' }),
        at('two versions', entry('com.example/weather', team, '1.0.0'), { ready: '[data-testid=entry]' }),
      ],
      activity: [
        at('activity', { kind: 'activity', seq: undefined }, { ready: '.list .row' }),
        ...[1, 4, 5, 8, 12].map((seq) =>
          at(`line ${seq}`, { kind: 'activity', seq }, { ready: '.list .row' }),
        ),
      ],
      install: [
        at('no installation', { kind: 'install' }, { state: { install: undefined } }),
        ...Object.entries(installs).map(([step, install]) =>
          at(`install: ${step}`, { kind: 'install' }, { state: { install } }),
        ),
      ],
      agents: [
        at('no agents', { kind: 'agents' }, { state: agents(gateways.off, []) }),
        ...Object.entries(gateways).map(([kind, status]) =>
          at(`agents, ${kind}`, { kind: 'agents' }, { state: agents(status) }),
        ),
      ],
    };
    // Last: what they filter stays filtered.
    for (const [kind, more] of Object.entries(emptyPages((page) => registry.views.view(page))))
      places[kind as Kind] = [...places[kind as Kind], ...more];
    this.places = places;
  }

  static async start(): Promise<EveryPage> {
    const registry = await startRegistryBed({
      [official]: realEntries()
        .slice(0, 30)
        .concat(realEntries().filter(({ name }) => name.endsWith('/context7'))),
      [team]: [hostileEntry, weather('1.0.0'), weather('2.0.0')],
    });
    const log = new ActivityPageBed();
    log.fillBusyDay();
    const install = new InstallHost([weather('1.0.0')]);
    await install.open();
    const { installer } = install.bed;
    const choose = install.bed.flow;
    installer.choose(choose.id, { option: 'package:0' });
    await installer.review(choose.id, { WEATHER_API_KEY: 'sk-very-secret-value' });
    const review = install.bed.flow;
    if (review.step.kind !== 'review') throw new Error('no review');
    await installer.confirm(review.id, review.step.review.id);
    return new EveryPage(registry, log, { choose, review, done: install.bed.flow });
  }

  /** Every place, in the order of the pages. */
  get all(): readonly Place[] {
    return Object.values(this.places).flat();
  }

  /** The tabs of a server for which there is a place. */
  get tabs(): readonly string[] {
    return Object.keys(tabs);
  }

  /** Brings the dashboard to a place and waits until it is drawn. */
  async go({ page }: OpenDashboard, place: Place): Promise<void> {
    this.host.state = { ...this.#usual, ...place.state };
    this.host.page = place.page;
    await this.host.send();
    await this.drawn(page);
    if (place.ready) await page.locator(place.ready).first().waitFor({ state: 'attached' }); // where there is little room, a list gives way
    await place.act?.(page);
    await this.drawn(page);
  }

  /** Resolves when everything that was sent so far is on screen. */
  async drawn(page: OpenDashboard['page']): Promise<void> {
    // Messages to a window arrive in order; sizes are observed after a frame.
    await page.evaluate(drawn);
  }

  async dispose(): Promise<void> {
    this.#log.dispose();
    await this.#registry.dispose();
  }
}
