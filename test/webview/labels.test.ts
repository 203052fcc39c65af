import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';
import { DashboardBed } from './harness/dashboardBed.ts';
import { FakeHost } from './harness/fakeHost.ts';
import { question } from './harness/fixtures.ts';

let bed: DashboardBed;
before(async () => {
  bed = await DashboardBed.start();
});
after(() => bed.stop());

const titled = [
  { const: 'a', title: 'First' },
  { const: 'b', title: 'Second' },
];

/** Every kind of field that an elicitation may have, in both revisions. */
const properties: Readonly<Record<string, JsonObject>> = {
  'Plain text': { type: 'string' },
  'Long text': { type: 'string', maxLength: 5000 },
  'E-mail address': { type: 'string', format: 'email' },
  'Web address': { type: 'string', format: 'uri' },
  'Start day': { type: 'string', format: 'date' },
  'Start time': { type: 'string', format: 'date-time' },
  'Any number': { type: 'number', minimum: 0, maximum: 1 },
  'Whole number': { type: 'integer' },
  'Free choice': { type: 'boolean' },
  'Preset choice': { type: 'boolean', default: true },
  'Bare options': { type: 'string', enum: ['a', 'b'] },
  'Named options': { type: 'string', enum: ['a', 'b'], enumNames: ['First', 'Second'] },
  'Titled options': { type: 'string', oneOf: titled },
  'Many bare options': { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
  'Many titled options': { type: 'array', items: { anyOf: titled } },
};
const schema: JsonObject = {
  type: 'object',
  required: ['f0', 'f9'],
  properties: Object.fromEntries(
    Object.entries(properties).map(([title, field], i) => [`f${i}`, { ...field, title }]),
  ),
};

/** The names of every control of the form, as the browser gives them to assistive technology. */
async function namesOf(page: Page, at: number): Promise<readonly string[]> {
  const field = page.locator(`.field[data-path="/f${at}"] .field-control`);
  const snapshot = await field.ariaSnapshot();
  return [...snapshot.matchAll(/- (?:textbox|combobox|checkbox|group|spinbutton)(?: "([^"]*)")?/g)].map(
    ([, name]) => name ?? '',
  );
}

async function assertNamed(page: Page): Promise<void> {
  for (const [at, title] of Object.keys(properties).entries()) {
    const names = await namesOf(page, at);
    if (title.startsWith('Start')) {
      const native = page.locator(`.field[data-path="/f${at}"] input`);
      assert.match((await native.getAttribute('aria-label')) ?? '', new RegExp(`^${title}`));
      continue;
    }
    assert.ok(names.length > 0, `${title} has a control`);
    assert.ok(names[0]?.startsWith(title), `${title} is called ${JSON.stringify(names)}`);
    for (const name of names) assert.doesNotMatch(name, /^(Text field|Text area|Checkbox|Dropdown|)$/, title);
  }
}

suite('every field of a form', () => {
  test('has its label as its accessible name, also after the page was left and is shown again', async () => {
    const requests = [question('q', schema), question('other', { type: 'object' }, 'Another one?')];
    await bed.with(new FakeHost({ kind: 'requests', requestId: 'q' }, { requests }), async ({ page }) => {
      await page.locator('.field[data-path="/f0"]').waitFor();
      await assertNamed(page);
      await page.getByRole('row', { name: /Another one/ }).click();
      await page.locator('.message').getByText('Another one?').waitFor();
      await page.getByRole('row', { name: /In which format/ }).click();
      await page.locator('.field[data-path="/f0"]').waitFor();
      await assertNamed(page);
      // Moved in the document, an element is connected anew and names itself again.
      await page.evaluate(`(() => {
        for (const field of document.querySelectorAll('.field')) field.parentElement.append(field);
      })()`);
      await assertNamed(page);
    });
  });
});
