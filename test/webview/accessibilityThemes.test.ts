import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type * as Axe from 'axe-core';
import { themes, type OpenDashboard } from './harness/dashboardBed.ts';
import { ringless } from './harness/inPage.ts';
import { Tour } from './harness/tour.ts';

const axeSource = readFileSync(
  path.resolve(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'),
  'utf8',
);

let tour: Tour;
before(async () => {
  tour = await Tour.start();
});
after(() => tour.stop());

type ThemeName = keyof typeof themes;
const themeNames = Object.keys(themes) as readonly ThemeName[];

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
  for (const theme of themeNames) {
    test(`has no serious finding of axe in ${theme}`, async () => {
      const findings = await tour.everywhere({ theme }, async (dashboard, place) => {
        if (place === tour.every.all[0]) await dashboard.page.evaluate(axeSource);
        // Only colours differ from theme to theme.
        return axe(dashboard, theme === 'dark' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] });
      });
      assert.deepEqual(findings, []);
    });

    test(`shows where the keyboard is in ${theme}`, async () => {
      const findings = await tour.everywhere({ theme }, async ({ page }) => {
        // A browser draws no ring where the last thing used was the mouse, as it is to open some of the places.
        await page.keyboard.press('Tab');
        return page.evaluate<string[]>(ringless);
      });
      assert.deepEqual(findings, []);
    });
  }

  test('is found fault with by axe when a name or the contrast is missing', async () => {
    await tour.bed.with(tour.every.host, async (dashboard) => {
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
});
