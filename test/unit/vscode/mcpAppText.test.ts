import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../src/core/json.ts';
import { appCsp, readDeclaration } from '../../../src/core/mcpAppPolicy.ts';
import type { LoadedApp } from '../../../src/core/mcpAppSession.ts';
import { appPage, reviewPolicy } from '../../../src/vscode/mcpAppPage.ts';
import { appReview, appRun } from '../../../src/vscode/mcpAppText.ts';
import { AppBed } from '../../fakes/appBed.ts';

const t = (text: string, ...values: unknown[]) =>
  text.replace(/\{(\d)\}/g, (_all, index) => String(values[Number(index)]));

function appOf(ui: unknown, prefersBorder?: boolean): LoadedApp {
  const app = new AppBed().app();
  const declaration = readDeclaration(ui as { readonly [key: string]: Json });
  return { ...app, document: { ...app.document, declaration, prefersBorder } };
}

test('the question names every address by what it is for, and what was declared in vain', () => {
  const review = appReview(
    appOf({
      csp: {
        connectDomains: ['https://api.example', 'http://localhost:3000'],
        resourceDomains: ['https://cdn.example', "https://x'; script-src *"],
        frameDomains: ['https://frame.example'],
        baseUriDomains: ['https://base.example'],
      },
      permissions: { camera: {}, clipboardWrite: {} },
    }),
    'a'.repeat(64),
    true,
    t,
  );
  assert.deepEqual(
    review.groups.map(({ items }) =>
      items.map(({ text, note }) => (note === undefined ? text : `${text} ${note}`)),
    ),
    [
      ['http://localhost:3000 (this computer)', 'https://api.example'],
      ['https://cdn.example'],
      ['https://frame.example'],
      ['https://base.example'],
      ['Camera (not given: an editor gives it to no page)', 'Writing to the clipboard'],
      ["https://x'; script-src *"],
    ],
  );
  assert.equal(review.groups.at(-1)?.isWarning, true);
  assert.notEqual(review.changed, undefined);
  assert.ok(review.facts.some(([, value]) => value === 'a'.repeat(64)));
});

test('an app without a declaration is said to reach nothing', () => {
  const review = appReview(appOf(undefined), 'a', false, t);
  assert.deepEqual(
    review.groups.map(({ items, none }) => [items.length, none]),
    [[0, 'None: the app can reach no address.']],
  );
  assert.equal(review.changed, undefined);
});

test('the page around an app says what it may reach and carries its very policy', () => {
  const one = appOf(
    { csp: { connectDomains: ['https://a.example'], resourceDomains: ['https://a.example'] } },
    false,
  );
  const run = appRun(one, t);
  assert.equal(run.csp, appCsp(one.document.declaration));
  assert.equal(run.reach, 'Sandbox, 1 address');
  assert.equal(run.reachDetail, 'https://a.example');
  assert.equal(run.hasBorder, false);
  assert.equal(run.allow, '');
  assert.equal(appRun(appOf(undefined), t).reach, 'Sandbox, no network');
});

test('nothing foreign gets out of the page’s JSON block, and our files cannot end their elements', () => {
  const review = {
    ...appReview(appOf(undefined), 'a', false, t),
    title: '</script><script>alert(1)</script><!--',
  };
  const html = appPage({
    policy: reviewPolicy('n0nce'),
    nonce: 'n0nce',
    script: 'const a = "</script><!--";',
    style: 'a::after { content: "</style>" }',
    language: 'de"><b',
    title: '<b>',
    page: review,
  });
  assert.equal(html.match(/<\/script>/g)?.length, 2);
  assert.equal(html.match(/<\/style>/g)?.length, 1);
  assert.equal(html.includes('<!--'), false);
  assert.equal(html.includes('<b>'), false);
  assert.equal(html.includes('"><b'), false);
  const json = /id="page">(.*)<\/script>/.exec(html)?.[1];
  assert.deepEqual(JSON.parse(json ?? ''), JSON.parse(JSON.stringify(review)));
});
