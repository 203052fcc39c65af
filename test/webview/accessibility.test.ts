import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { intents } from '../../src/shared/protocol.ts';
import type { OpenDashboard } from './harness/dashboardBed.ts';
import { animations, cutOff, notReached, tabStop } from './harness/inPage.ts';
import { Tour } from './harness/tour.ts';

const maxTabs = 250;

let tour: Tour;
before(async () => {
  tour = await Tour.start();
});
after(() => tour.stop());

suite('every page', () => {
  test('is one of those that are looked at', () => {
    const pages = Object.keys(intents).filter((name) => name.startsWith('page.'));
    assert.deepEqual(Object.keys(tour.every.places).sort(), pages.map((name) => name.slice(5)).sort());
    assert.deepEqual(tour.every.tabs, intents['page.server'].shape.tab.options);
    for (const [kind, places] of Object.entries(tour.every.places))
      for (const { page } of places) assert.equal(page.kind, kind);
  });

  test('is reached and left with Tab; every control is a stop or in a group with arrow keys', async () => {
    const findings = await tour.everywhere({}, async ({ page }) => {
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
    const findings = await tour.everywhere({}, async ({ page }) => {
      const lost: string[] = [];
      const count = await page.evaluate<number>(
        '(window.all = window.seen.controls().filter((one) => one.tabIndex >= 0 || one.shadowRoot)).length',
      );
      for (const n of new Set([0, Math.floor(count / 3), Math.floor((2 * count) / 3), count - 1])) {
        await page.evaluate(`window.all[${n}].focus(); window.had = window.seen.deepActive()`);
        await tour.every.host.send();
        await tour.every.drawn(page);
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
    assert.deepEqual(await tour.everywhere(options, ({ page }) => page.evaluate<string[]>(cutOff)), []);
  });

  test('fits in German, whose words are longer', async () => {
    const options = { width: 900, language: 'de' } as const;
    assert.deepEqual(await tour.everywhere(options, ({ page }) => page.evaluate<string[]>(cutOff)), []);
  });

  test('moves nothing for who wants reduced motion', async () => {
    let moving = 0;
    const findings = await tour.everywhere({}, async ({ page }) => {
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
