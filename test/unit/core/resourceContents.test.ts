import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxResourceLength, resourceClaims, resourceParts } from '../../../src/core/resourceContents.ts';
import { isAppError } from '../../../src/core/util/errors.ts';

void test('a bad part costs none of the good ones, and content of another resource is marked', () => {
  const parts = resourceParts('a://x', [
    { uri: 'a://x', mimeType: 'text/plain', text: 'good' },
    { uri: 'a://x', blob: 'AAEC' },
    { uri: 'a://x', blob: '*** not base64 ***' },
    { uri: 'file:///../../etc/passwd', text: 'other' },
    { mimeType: 'x/y' },
  ]);
  assert.deepEqual(
    parts.map(({ body, isOther }) => [body.kind, isOther]),
    [
      ['text', false],
      ['bytes', false],
      ['damaged', false],
      ['text', true],
      ['damaged', false],
    ],
  );
  const bytes = parts[1]?.body;
  assert.deepEqual(bytes?.kind === 'bytes' ? [...bytes.bytes] : [], [0, 1, 2]);
});

void test('a resource that is too large is refused whole, with its size', () => {
  const half = 'x'.repeat(maxResourceLength / 2 + 1);
  assert.throws(
    () => resourceParts('a://x', [{ text: half }, { blob: half }]),
    (error) => isAppError(error, 'too-large') && /33 MB/.test(error.message),
  );
  assert.equal(resourceParts('a://x', [{ text: half }]).length, 1);
});

void test('annotations of another shape than the specification says are left out', () => {
  assert.deepEqual(
    resourceClaims({
      annotations: { audience: ['user', 'root'], priority: 0.5, lastModified: '2026-01-02T03:04:05Z' },
    }),
    { audience: ['user'], priority: 0.5, lastModified: Date.UTC(2026, 0, 2, 3, 4, 5) },
  );
  const nothing = { audience: [], priority: undefined, lastModified: undefined };
  assert.deepEqual(resourceClaims({}), nothing);
  assert.deepEqual(resourceClaims({ annotations: 'user' }), nothing);
  assert.deepEqual(
    resourceClaims({ annotations: { audience: 'user', priority: 7, lastModified: 'soon' } }),
    nothing,
  );
});
