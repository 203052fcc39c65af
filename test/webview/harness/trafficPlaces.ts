import type { Place } from './everyPage.ts';

const page = (name: string) =>
  ({ kind: 'server', serverId: `user/${name}`, tab: 'traffic', tool: undefined }) as const;

/** The traffic tab when there is nothing to see, or no more to come. */
export const trafficPlaces: readonly Place[] = [
  { name: 'no traffic', page: page('nightly'), state: { frames: () => [] } },
  {
    name: 'traffic paused, some dropped',
    page: page('nightly'),
    state: { trafficStanding: () => ({ recording: 'paused', dropped: 12 }) },
  },
  {
    name: 'traffic off',
    page: page('nightly'),
    state: { frames: () => [], trafficStanding: () => ({ recording: 'off', dropped: 0 }) },
  },
  {
    name: 'traffic, all filtered',
    page: page('search'),
    act: (tab) => tab.locator('.list-head').getByRole('textbox').fill('nothing like this'),
  },
];
