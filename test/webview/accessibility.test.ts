import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type * as Axe from 'axe-core';
import { intents } from '../../src/shared/protocol.ts';
import { DashboardBed, themes, type OpenDashboard, type OpenOptions } from './harness/dashboardBed.ts';
import { EveryPage, type Place } from './harness/everyPage.ts';
import { animations, cutOff, helpers, notReached, ringless, tabStop } from './harness/inPage.ts';

const axeSource = readFileSync(
  path.resolve(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'),
  'utf8',
);
const maxTabs = 250;

let bed: DashboardBed;
let every: EveryPage;
before(async () => {
  [bed, every] = await Promise.all([DashboardBed.start(), EveryPage.start()]);
});
after(async () => {
  await bed.stop();
  await every.dispose();
});

type ThemeName = keyof typeof themes;
const themeNames = Object.keys(themes) as readonly ThemeName[];

/** Goes to every place with one load of the page; each finding with where it was first seen. */
async function everywhere(
  options: OpenOptions,
  look: (dashboard: OpenDashboard, place: Place) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const findings = new Map<string, string>();
  const dashboard = await bed.open(every.host, options);
  try {
    await dashboard.page.evaluate(helpers);
    for (const place of every.all) {
      await every.go(dashboard, place);
      for (const finding of await look(dashboard, place))
        if (!findings.has(finding)) findings.set(finding, place.name);
    }
    assert.deepEqual(dashboard.failures, []);
  } finally {
    await dashboard.close();
  }
  return [...findings].map(([finding, place]) => `${place}: ${finding}`);
}

/** What axe says is serious or critical. */
async function axe({ page }: OpenDashboard, options: Axe.RunOptions): Promise<readonly string[]> {
  const run = `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], preload: false, ...options })})`;
  const { violations } = await page.evaluate<Axe.AxeResults>(run);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, any, all }) => {
        const why = [...any, ...all].map(({ message }) => message).join('; ');
        return `${id}: ${html.replace(/<!--.*?-->/g, '').slice(0, 160)} – ${why.slice(0, 240)}`;
      }),
    );
}

suite('every page', () => {
  test('is one of those that are looked at', () => {
    const pages = Object.keys(intents).filter((name) => name.startsWith('page.'));
    assert.deepEqual(Object.keys(every.places).sort(), pages.map((name) => name.slice(5)).sort());
    assert.deepEqual(every.tabs, intents['page.server'].shape.tab.options);
    for (const [kind, places] of Object.entries(every.places))
      for (const { page } of places) assert.equal(page.kind, kind);
  });

  for (const theme of themeNames) {
    test(`has no serious finding of axe in ${theme}`, async () => {
      const findings = await everywhere({ theme }, async (dashboard, place) => {
        if (place === every.all[0]) await dashboard.page.evaluate(axeSource);
        // Only colours differ from theme to theme.
        return axe(dashboard, theme === 'dark' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] });
      });
      assert.deepEqual(findings, []);
    });

    test(`shows where the keyboard is in ${theme}`, async () => {
      const findings = await everywhere({ theme }, async ({ page }) => {
        // A browser draws no ring where the last thing used was the mouse, as it is to open some of the places.
        await page.keyboard.press('Tab');
        return page.evaluate<string[]>(ringless);
      });
      assert.deepEqual(findings, []);
    });
  }

  test('is found fault with by axe when a name or the contrast is missing', async () => {
    await bed.with(every.host, async (dashboard) => {
      await dashboard.page.evaluate(axeSource);
      await dashboard.page.evaluate(`{
        const button = document.createElement('button');
        const text = document.createElement('p');
        text.textContent = 'hard to read';
        text.style.color = '#666';
        text.style.backgroundColor = '#777';
        document.querySelector('.page-column').prepend(button, text);
      }`);
      const rules = (await axe(dashboard, {})).map((finding) => finding.split(':')[0]);
      assert.deepEqual(rules.sort(), ['button-name', 'color-contrast']);
    });
  });

  test('is reached and left with Tab; every control is a stop or in a group with arrow keys', async () => {
    const findings = await everywhere({}, async ({ page }) => {
      await page.evaluate(`(() => {
        const first = document.querySelector('.nav-item');
        window.stops = new Set([first]);
        first.focus();
      })()`);
      const hidden: string[] = [];
      for (let n = 0; ; n++) {
        if (n > maxTabs) return ['Tab does not come to an end'];
        await page.keyboard.press('Tab');
        const stop = await page.evaluate<{ kind: string; name: string; isShown: boolean }>(tabStop);
        if (stop.kind === 'out') break;
        if (stop.kind === 'again' && (await isFirst(page))) break;
        if (stop.kind === 'new' && !stop.isShown)
          hidden.push(`the focus is on what is not seen: ${stop.name}`);
      }
      const missed = await page.evaluate<string[]>(notReached);
      return [...hidden, ...missed.map((name) => `not reached: ${name}`)];
    });
    assert.deepEqual(findings, []);
  });

  test('keeps the focus when a new state comes', async () => {
    const findings = await everywhere({}, async ({ page }) => {
      const lost: string[] = [];
      const count = await page.evaluate<number>(
        '(window.all = window.seen.controls().filter((one) => one.tabIndex >= 0 || one.shadowRoot)).length',
      );
      for (const n of new Set([0, Math.floor(count / 3), Math.floor((2 * count) / 3), count - 1])) {
        await page.evaluate(`window.all[${n}].focus(); window.had = window.seen.deepActive()`);
        await every.host.send();
        await every.drawn(page);
        const name = await page.evaluate<string>(
          'window.had === window.seen.deepActive() && window.had.isConnected ? "" : window.seen.nameOf(window.had)',
        );
        if (name !== '') lost.push(`lost the focus: ${name}`);
      }
      return lost;
    });
    assert.deepEqual(findings, []);
  });

  test('fits at 200 %: nothing scrolls sideways, nothing is cut off', async () => {
    const options = { width: 640, height: 480, zoom: 2 };
    assert.deepEqual(await everywhere(options, ({ page }) => page.evaluate<string[]>(cutOff)), []);
  });

  test('fits in German, whose words are longer', async () => {
    const options = { width: 900, language: 'de' } as const;
    assert.deepEqual(await everywhere(options, ({ page }) => page.evaluate<string[]>(cutOff)), []);
  });

  test('moves nothing for who wants reduced motion', async () => {
    let moving = 0;
    const findings = await everywhere({}, async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      moving += (await page.evaluate<string[]>(animations)).length;
      await page.emulateMedia({ reducedMotion: 'reduce' });
      return page.evaluate<string[]>(animations);
    });
    assert.deepEqual(findings, []);
    assert.ok(moving > 0, 'something moves otherwise');
  });
});

/** True when Tab has come round to where it began. */
function isFirst(page: OpenDashboard['page']): Promise<boolean> {
  return page.evaluate('[...window.stops][0] === window.seen.outer(window.seen.deepActive())');
}
