import type { Page as DashboardPage } from '../../../src/core/dashboard.ts';
import type { ActivityView } from '../../../src/core/dashboardActivity.ts';
import type { RegistrySourceView, RegistryView } from '../../../src/core/dashboardRegistry.ts';
import type { Place } from './everyPage.ts';
import { none, server, tool } from './fixtures.ts';

type Kind = DashboardPage['kind'];
type Tab = Extract<DashboardPage, { kind: 'server' }>['tab'];
type Browser = Parameters<NonNullable<Place['act']>>[0];

const nothing = 'nothing like this';
const on = (name: string, tab: Tab): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab,
  tool: undefined,
});

const plain = { title: undefined, description: undefined, raw: {} };

/** A server that is connected and offers nothing. */
export const bare = server('bare');
/** A server whose lists can be filtered; no other place filters them. */
export const sieve = server('sieve', {
  tools: [tool('sift')],
  offer: {
    prompts: { ...none, items: [{ ...plain, name: 'tell', arguments: [] }] },
    resources: {
      ...none,
      items: [{ ...plain, uri: 'file:///sand', name: 'sand', mimeType: undefined, size: undefined }],
    },
  },
});
const servers = [bare, sieve];

/** The log of an installation in which nothing happened yet. */
export const emptyLog: ActivityView = {
  ...{ head: 0, lines: 0, bytes: 0, retention: { maxAgeMs: 0, maxBytes: 0 } },
  ...{ verify: { kind: 'never' }, servers: [], callers: [], open: undefined },
};

const filtered = async (page: Browser) => {
  const field = page.locator('.filter').getByRole('textbox').first();
  await field.fill(nothing);
  await page.locator('.empty-action').first().waitFor();
};

const offering = (tab: Tab): readonly Place[] => [
  { name: `offers no ${tab}`, page: on('bare', tab), state: { servers }, ready: '.empty-action' },
  { name: `no hit in ${tab}`, page: on('sieve', tab), state: { servers }, act: filtered },
];

/** The tabs of servers that have nothing to show. */
export const emptyTabs: Readonly<Partial<Record<Tab, readonly Place[]>>> = {
  tools: [
    ...offering('tools'),
    ...['filesystem', 'issues', 'memory', 'scratch', 'unknown'].map((name) => ({
      name: `tools of ${name}, which is not connected`,
      page: on(name, 'tools'),
    })),
  ],
  resources: offering('resources'),
  prompts: offering('prompts'),
  quality: [{ name: 'quality of what is not connected', page: on('memory', 'quality') }],
  traffic: [{ name: 'traffic of what is not connected', page: on('memory', 'traffic') }],
};

/** A view of registries, each otherwise by `change`. */
export function changed(
  view: RegistryView,
  change: Partial<RegistrySourceView>,
  all = view.registries,
): RegistryView {
  return { ...view, registries: all.map((one) => ({ ...one, ...change })) };
}

/** The pages that have nothing to show; they come last, because what they filter stays filtered. */
export function emptyPages(
  registry: (page: Extract<DashboardPage, { kind: 'registry' }>) => RegistryView,
): Readonly<Partial<Record<Kind, readonly Place[]>>> {
  const page: DashboardPage = { kind: 'registry', entry: undefined };
  const unread = { servers: 0, completedAt: undefined };
  const standing = (name: string, change: Partial<RegistrySourceView>, isNone = false): Place => ({
    name: `registry, ${name}`,
    page,
    state: {
      registry: (at) => {
        const view = registry(at);
        return changed(view, change, isNone ? [] : view.registries);
      },
    },
    ready: '.registry .master .empty',
    act: (browser) => browser.locator('.filter').getByRole('textbox').fill(nothing),
  });
  return {
    servers: [{ name: 'no hit in servers', page: { kind: 'servers' }, act: filtered }],
    jobs: [{ name: 'no hit in jobs', page: { kind: 'jobs', jobId: undefined }, act: filtered }],
    registry: [
      { name: 'no hit in the registry', page, act: filtered },
      standing('none in use', { isEnabled: false }),
      standing('none known', {}, true),
      standing('never read', { ...unread, sync: { kind: 'cancelled' } }),
      standing('read elsewhere', { ...unread, sync: { kind: 'elsewhere' } }),
      standing('failed', {
        ...unread,
        sync: { kind: 'failed', message: 'no answer', nextStep: undefined, needsKey: false },
      }),
    ],
    activity: [
      { name: 'no hit in the log', page: { kind: 'activity', seq: undefined }, act: filtered },
      {
        name: 'an empty log',
        page: { kind: 'activity', seq: undefined },
        state: { activity: () => emptyLog },
      },
    ],
  };
}
