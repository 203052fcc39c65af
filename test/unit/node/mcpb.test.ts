import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { completePlan } from '../../../src/core/installComplete.ts';
import type { PlanOptions } from '../../../src/core/installDraft.ts';
import { plannedOf } from '../../../src/core/installFlow.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { GuardedFetch } from '../../../src/node/guardedFetch.ts';
import { createBundles, type BundleLimits } from '../../../src/node/mcpb.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';
import { zipOf, type ZipEntry } from '../../fakes/zipWriter.ts';

const never = new AbortController().signal;
const first = { kind: 'package', index: 0 } as const;

const manifest = {
  manifest_version: '0.3',
  name: 'tool',
  version: '1.0.0',
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: { command: 'node', args: ['${__dirname}/server/index.js', '${user_config.greeting}'] },
  },
  user_config: { greeting: { type: 'string', title: 'Greeting', default: 'hello' } },
};
const program = 'process.stdout.write(JSON.stringify(process.argv.slice(2)));';
const goodFiles: readonly ZipEntry[] = [
  { name: 'manifest.json', content: JSON.stringify(manifest) },
  { name: 'server/index.js', content: program },
];

/** A place for bundles and a server that offers one. */
async function bed(t: TestContext, body: Buffer, limits: Partial<BundleLimits> = {}) {
  const root = mkdtempSync(path.join(tmpdir(), 'switchboard-mcpb-'));
  const folder = path.join(root, 'bundles');
  const server = createServer(({ url }, response) => {
    if (url === '/moved.mcpb') response.writeHead(302, { location: '/tool.mcpb' }).end();
    else if (url === '/missing.mcpb') response.writeHead(404).end('<html>');
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true, force: true });
  });
  const clock = new FakeClock(Date.now());
  let ids = 0;
  const bundles = createBundles({
    folder,
    fetch: new GuardedFetch({ clock, version: 'test' }),
    clock,
    logger: new RecordingLogger(),
    newId: () => `id${++ids}`,
    home: '/home/u',
    limits,
  });
  const { port } = server.address() as AddressInfo;
  const prepare = (
    change: { file?: string; fileSha256?: string } = {},
    options: PlanOptions = { allowPrivate: true },
    signal = never,
  ) =>
    bundles.prepare(
      packageEntry({
        registryType: 'mcpb',
        identifier: `http://127.0.0.1:${port}/${change.file ?? 'tool.mcpb'}`,
        fileSha256: change.fileSha256 ?? createHash('sha256').update(body).digest('hex'),
      }),
      first,
      options,
      signal,
    );
  const left = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
  return { folder, bundles, clock, prepare, left };
}

test('a bundle is fetched, unpacked and planned, and what the plan says really runs', async (t) => {
  const { prepare, left, folder: root, bundles } = await bed(t, zipOf(goodFiles));
  const { plan, folder } = await prepare(
    { file: 'moved.mcpb' },
    { allowPrivate: true, runtimes: new Set(['node']) },
  );
  assert.equal(plan.kind, 'runnable');
  assert.equal(plan.runtime?.isFound, true);
  assert.deepEqual(left(), [path.basename(folder)]);
  const planned = plannedOf(plan);
  assert.ok(planned);
  const done = completePlan(planned, { 'tool-greeting': 'a b; $(c)' });
  assert.ok(done.kind === 'complete' && done.launch.kind === 'stdio');
  const { stdout } = await promisify(execFile)(process.execPath, [...done.launch.args]);
  assert.deepEqual(JSON.parse(stdout), ['a b; $(c)']);
  await assert.rejects(bundles.remove(root), (error) => isAppError(error, 'invalid-input'));
  await assert.rejects(bundles.remove(path.join(root, '..', 'other')), (error) =>
    isAppError(error, 'invalid-input'),
  );
  await bundles.remove(folder);
  assert.deepEqual(left(), []);
});

test('two installations of one bundle have folders of their own', async (t) => {
  const { prepare, left, bundles } = await bed(t, zipOf(goodFiles));
  const one = await prepare();
  const two = await prepare();
  assert.notEqual(one.folder, two.folder);
  await bundles.remove(one.folder);
  assert.deepEqual(left(), [path.basename(two.folder)]);
});

test('another file than the entry describes is never unpacked', async (t) => {
  const { prepare, left } = await bed(t, zipOf(goodFiles));
  await assert.rejects(prepare({ fileSha256: 'b'.repeat(64) }), (error) => {
    assert.ok(isAppError(error, 'blocked'));
    assert.match(error.message, /its SHA-256 is [0-9a-f]{64}, the entry says bbbb/);
    return true;
  });
  assert.deepEqual(left(), []);
});

test('hostile archives, files that are none, and manifests that cannot be used leave nothing behind', async (t) => {
  const withManifest = (json: string) => zipOf([{ name: 'manifest.json', content: json }]);
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [zipOf([...goodFiles, { name: '../../evil', content: 'x' }]), /relative path/],
    [zipOf([...goodFiles, { name: 'l', content: '/etc', mode: 0o120777 }]), /a link/],
    [Buffer.from('#!/bin/sh'), /no zip/],
    [zipOf([{ name: 'server/index.js', content: program }]), /no manifest\.json/],
    [withManifest('{'), /no JSON/],
    [withManifest('[]'), /not an object/],
    [withManifest('{"manifest_version":"7"}'), /not known/],
    [withManifest(`{"x":"${'y'.repeat(1024 * 1024)}"}`), /larger than 1 MB/],
  ];
  for (const [body, message] of cases) {
    const { prepare, left } = await bed(t, body);
    await assert.rejects(
      prepare(),
      (error) => isAppError(error, 'invalid-input') && message.test(error.message),
    );
    assert.deepEqual(left(), []);
  }
});

test('a download beyond its cap, a missing file and a cancelled one leave nothing behind', async (t) => {
  const small = await bed(t, zipOf(goodFiles), { maxDownloadBytes: 100 });
  await assert.rejects(small.prepare(), (error) => isAppError(error, 'too-large'));
  assert.deepEqual(small.left(), []);
  const { prepare, left } = await bed(t, zipOf(goodFiles));
  await assert.rejects(prepare({ file: 'missing.mcpb' }), (error) => isAppError(error, 'not-found'));
  await assert.rejects(prepare({}, { allowPrivate: true }, AbortSignal.abort()), (error) =>
    isAppError(error, 'cancelled'),
  );
  assert.deepEqual(left(), []);
});

test('a bundle on this machine is only fetched where the user allows that', async (t) => {
  const { prepare } = await bed(t, zipOf(goodFiles));
  await assert.rejects(prepare({}, {}), (error) => isAppError(error, 'invalid-input'));
});

test('an appended signature is no obstacle, whichever way it was appended', async (t) => {
  const zip = zipOf(goodFiles);
  const signature = Buffer.concat([
    Buffer.from('MCPB_SIG_V1'),
    Buffer.from([4, 0, 0, 0]),
    Buffer.from('sign'),
    Buffer.from('MCPB_SIG_END'),
  ]);
  const counted = Buffer.from(zip);
  counted.writeUInt16LE(signature.length, zip.length - 2);
  for (const body of [zip, counted].map((content) => Buffer.concat([content, signature]))) {
    const { prepare } = await bed(t, body);
    const { plan } = await prepare();
    assert.equal(plan.kind, 'runnable');
    assert.match(plan.checks.find(({ id }) => id === 'hash')?.text ?? '', /signature, which nobody judged/);
  }
});

test(
  'a program of the bundle may be run, also when the archive does not say so',
  { skip: process.platform === 'win32' },
  async (t) => {
    const server = {
      type: 'binary',
      entry_point: 'bin/tool',
      mcp_config: { command: '${__dirname}/bin/tool' },
    };
    const body = zipOf([
      { name: 'manifest.json', content: JSON.stringify({ ...manifest, server }) },
      { name: 'bin/tool', content: '#!/bin/sh\nexit 0\n' },
    ]);
    const { prepare } = await bed(t, body);
    const { plan, folder } = await prepare({}, { allowPrivate: true, runtimes: new Set() });
    assert.equal(statSync(path.join(folder, 'bin/tool')).mode & 0o111, 0o111);
    assert.deepEqual([plan.runtime?.command, plan.runtime?.isFound], [path.join(folder, 'bin/tool'), true]);
  },
);

test('what a closed window left half-way is removed after a day, what is in use stays', async (t) => {
  const { prepare, left, folder, clock } = await bed(t, zipOf(goodFiles));
  mkdirSync(path.join(folder, 'old.partial'), { recursive: true });
  writeFileSync(path.join(folder, 'old.download'), 'x');
  mkdirSync(path.join(folder, 'now.partial'));
  const before = clock.now() / 1000 - 25 * 3600;
  for (const name of ['old.partial', 'old.download']) utimesSync(path.join(folder, name), before, before);
  const prepared = await prepare();
  assert.deepEqual(left(), ['now.partial', path.basename(prepared.folder)].sort());
});
