import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { urlView } from '../../../src/core/urlView.ts';

suite('an address', () => {
  const parts = (raw: string) => {
    const view = urlView(raw);
    return [view.before.text, view.host.text, view.after.text, [...view.warnings], view.canOpen];
  };

  test('is shown as it would be opened, the host set apart', () => {
    assert.deepEqual(parts('https://good.example/a?b=c#d'), [
      'https://',
      'good.example',
      '/a?b=c#d',
      [],
      true,
    ]);
    assert.deepEqual(parts('https://good.example@evil.example/'), [
      'https://good.example@',
      'evil.example',
      '/',
      ['credentials'],
      true,
    ]);
    assert.deepEqual(parts('https:\\\\evil.example\\x'), ['https://', 'evil.example', '/x', [], true]);
  });

  test('comes with warnings for look-alikes, plain http, addresses and ports', () => {
    assert.deepEqual(parts('https://\u0430pple.com/'), [
      'https://',
      'xn--pple-43d.com',
      '/',
      ['punycode'],
      true,
    ]);
    assert.deepEqual(parts('http://h.example/')[3], ['not-https']);
    assert.deepEqual(parts('http://203.0.113.5:81/')[3], ['not-https', 'ip-address', 'unusual-port']);
    assert.deepEqual(parts('http://localhost:3000/cb')[3], []);
    assert.deepEqual(parts('http://localhost.evil.example/')[3], ['not-https']);
  });

  test('that is no page can never be opened', () => {
    for (const raw of ['javascript:alert(1)', 'file:///etc/passwd', 'vscode://x', 'nonsense', '']) {
      assert.deepEqual([urlView(raw).warnings, urlView(raw).canOpen], [['not-a-page'], false], raw);
    }
  });
});
