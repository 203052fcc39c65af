import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { isAppError } from '../../../src/core/util/errors.ts';
import { unpackZip, type ZipLimits } from '../../../src/node/mcpbZip.ts';
import { zipOf, type ZipEntry } from '../../fakes/zipWriter.ts';

const never = new AbortController().signal;

function bed(t: TestContext) {
  const root = mkdtempSync(path.join(tmpdir(), 'switchboard-zip-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const target = path.join(root, 'in', 'target');
  const file = path.join(root, 'archive.zip');
  return {
    root,
    target,
    unpack: (
      content: Buffer,
      options: { limits?: Partial<ZipLimits>; platform?: NodeJS.Platform } = {},
      signal = never,
    ) => {
      writeFileSync(file, content);
      return unpackZip(file, target, signal, options);
    },
    /** Everything in the root but the archive. */
    written: () =>
      readdirSync(root, { recursive: true })
        .map(String)
        .filter((name) => name !== 'archive.zip')
        .sort(),
  };
}

test('files come out with their content, and only the right to be run is kept of their permissions', async (t) => {
  const { unpack, target } = bed(t);
  const files = await unpack(
    zipOf([
      { name: 'manifest.json', content: '{}', isStored: true },
      { name: 'server/', mode: 0o040755 },
      { name: 'server/run', content: 'x'.repeat(5000), mode: 0o104777 },
      { name: 'a/b/c.txt', content: 'deep', mode: 0o100600 },
    ]),
  );
  assert.deepEqual([...files].sort(), ['a/b/c.txt', 'manifest.json', 'server/run']);
  assert.equal(readFileSync(path.join(target, 'server/run'), 'utf8'), 'x'.repeat(5000));
  assert.equal(readFileSync(path.join(target, 'a/b/c.txt'), 'utf8'), 'deep');
  if (process.platform !== 'win32') {
    assert.equal(statSync(path.join(target, 'server/run')).mode & 0o6111, 0o111);
    assert.equal(statSync(path.join(target, 'a/b/c.txt')).mode & 0o7111, 0);
  }
});

const hostile: readonly (readonly [string, readonly ZipEntry[], RegExp])[] = [
  ['a path that leads out', [{ name: '../evil' }], /relative path|leads elsewhere/],
  ['a path that leads out from within', [{ name: 'a/../../evil' }], /relative path|leads elsewhere/],
  ['a dot segment', [{ name: 'a/./b' }], /leads elsewhere/],
  ['an empty segment', [{ name: 'a//b' }], /leads elsewhere/],
  ['an absolute path', [{ name: '/etc/evil' }], /absolute/],
  ['a drive', [{ name: 'C:evil' }], /absolute/],
  ['a backslash', [{ name: '..\\evil' }], /characters|backslash/],
  ['a NUL', [{ name: 'a\0b' }], /control characters/],
  ['a line break', [{ name: 'a\nb' }], /control characters/],
  ['a name without end', [{ name: `${'x'.repeat(256)}` }], /name is too long/],
  ['a path without end', [{ name: Array.from({ length: 70 }, () => 'd').join('/') }], /path is too long/],
  ['a symbolic link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }], /link: a link/],
  [
    'a link and a file behind it',
    [{ name: 'a', content: '..', mode: 0o120777 }, { name: 'a/evil' }],
    /a link/,
  ],
  ['a device', [{ name: 'dev', mode: 0o060644 }], /neither a file nor a folder/],
  ['a pipe', [{ name: 'pipe', mode: 0o010644 }], /neither a file nor a folder/],
  ['a file called folder', [{ name: 'dir', mode: 0o040755 }], /folder with content/],
  ['the same file twice', [{ name: 'a' }, { name: 'a' }], /two entries/],
  ['names that differ by case', [{ name: 'Manifest.json' }, { name: 'manifest.json' }], /two entries/],
  ['folders that differ by case', [{ name: 'A/x' }, { name: 'a/y' }], /two entries/],
  ['names that differ by composition', [{ name: '\u00e9' }, { name: 'e\u0301' }], /two entries/],
  ['a file that is a folder too', [{ name: 'a' }, { name: 'a/b' }], /two entries/],
  ['a folder that is a file too', [{ name: 'a/b' }, { name: 'a' }], /two entries/],
  ['an encrypted file', [{ name: 'a', isEncrypted: true }], /encrypted/],
  ['an unknown method', [{ name: 'a', method: 14 }], /method 14/],
];

for (const [what, entries, message] of hostile) {
  test(`an archive with ${what} is refused before anything is written`, async (t) => {
    const { unpack, written } = bed(t);
    await assert.rejects(unpack(zipOf([{ name: 'ok.txt', content: 'ok' }, ...entries])), (error) => {
      assert.ok(isAppError(error, 'invalid-input'), String(error));
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(written(), []);
  });
}

test('names that Windows cannot have are refused there only', async (t) => {
  for (const name of ['aux', 'con.txt', 'a/NUL.js', 'a/x:y', 'dot.', 'blank ', 'what?']) {
    const { unpack } = bed(t);
    await assert.rejects(unpack(zipOf([{ name }]), { platform: 'win32' }), /Windows cannot/, name);
  }
  if (process.platform === 'win32') return;
  assert.equal((await bed(t).unpack(zipOf([{ name: 'aux.js' }]), { platform: 'linux' })).size, 1);
});

test('bombs are refused: too many entries, too much content, too large a file, too good a compression', async (t) => {
  const zeros = Buffer.alloc(4 * 1024 * 1024);
  const big = zipOf([{ name: 'zeros', content: zeros }]);
  const cases: readonly (readonly [Buffer, Partial<ZipLimits>, RegExp])[] = [
    [
      zipOf(Array.from({ length: 11 }, (_, at) => ({ name: `f${at}` }))),
      { maxEntries: 10 },
      /holds 11 files/,
    ],
    [big, { maxTotalBytes: 1024 * 1024 }, /holds more than 1 MB/],
    [big, { maxFileBytes: 1024 * 1024 }, /zeros is too large/],
    [zipOf([{ name: 'zeros', content: Buffer.alloc(80 * 1024 * 1024) }]), {}, /times larger inside/],
  ];
  for (const [content, limits, message] of cases) {
    const { unpack, written } = bed(t);
    await assert.rejects(
      unpack(content, { limits }),
      (error) => isAppError(error, 'too-large') && message.test(error.message),
    );
    assert.deepEqual(written(), []);
  }
});

test('entries that share their bytes are refused', async (t) => {
  const first = {
    name: 'a',
    content: Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) % 251)),
  };
  const others = [1, 2, 3].map((at) => ({ ...first, name: `b${at}`, sharesWith: 0 }));
  await assert.rejects(bed(t).unpack(zipOf([first, ...others])), /overlap/);
});

test('content beyond what the header says stops the unpacking', async (t) => {
  const lying = [{ name: 'a', content: Buffer.alloc(100_000), claimedSize: 10 }];
  await assert.rejects(
    bed(t).unpack(zipOf(lying)),
    (error) => isAppError(error, 'invalid-input') && /too many bytes/.test(error.message),
  );
  const short = [{ name: 'a', content: 'x', claimedSize: 1000 }];
  await assert.rejects(bed(t).unpack(zipOf(short)), /not enough bytes/);
});

test('what is no archive, or a broken one, is refused in words', async (t) => {
  const good = zipOf([{ name: 'a', content: 'hello' }]);
  for (const content of [
    Buffer.from('#!/bin/sh\necho hi\n'),
    Buffer.from('MZ'),
    Buffer.concat([Buffer.from('MZ stub'), good]),
    good.subarray(0, good.length - 5),
    Buffer.concat([good, Buffer.from('tail')]),
    Buffer.from('PK\x03\x04'),
    zipOf([{ name: 'a' }], 9),
  ]) {
    const { unpack, written } = bed(t);
    await assert.rejects(unpack(content), (error) => isAppError(error, 'invalid-input'));
    assert.deepEqual(written(), []);
  }
});

test('cancelling ends the unpacking', async (t) => {
  const { unpack } = bed(t);
  await assert.rejects(unpack(zipOf([{ name: 'a' }]), {}, AbortSignal.abort()), (error) =>
    isAppError(error, 'cancelled'),
  );
});

test('an existing file is never overwritten', async (t) => {
  const { unpack, target } = bed(t);
  await unpack(zipOf([{ name: 'a', content: 'first' }]));
  await assert.rejects(unpack(zipOf([{ name: 'a', content: 'second' }])), (error) =>
    isAppError(error, 'storage'),
  );
  assert.equal(readFileSync(path.join(target, 'a'), 'utf8'), 'first');
});
