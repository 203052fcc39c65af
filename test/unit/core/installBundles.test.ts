import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planInstall } from '../../../src/core/installPlan.ts';
import { InstallBed, registry } from '../../fakes/installBed.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';
import { settle } from '../../fakes/fakeClock.ts';

const signal = new AbortController().signal;
const name = 'com.example/tool';

const bundleEntry = (version: string, sha = 'a') =>
  packageEntry(
    {
      registryType: 'mcpb',
      identifier: 'https://github.com/a/b/releases/download/v1/mcp.mcpb',
      version: undefined as never,
      fileSha256: sha.repeat(64),
    },
    { version },
  );

/** A bed with an open flow for a bundle; each fetch unpacks into a folder of its own. */
async function open() {
  const bed = new InstallBed();
  bed.versions = [bundleEntry('2.0.0', 'b'), bundleEntry('1.0.0')];
  const plan = { ...planInstall(packageEntry(), { kind: 'package', index: 0 }), download: undefined };
  let count = 0;
  bed.bundle = async () => ({ plan, folder: `/bundles/${++count}` });
  await bed.installer.open({ registryId: registry.id, name, version: '1.0.0' }, signal);
  return { bed, plan };
}

describe('the folder of a fetched bundle', () => {
  test('goes when the page was closed before it came', async () => {
    const { bed, plan } = await open();
    const fetched = Promise.withResolvers<{ plan: typeof plan; folder: string }>();
    bed.bundle = () => fetched.promise;
    const { id } = bed.flow;
    const fetching = bed.installer.fetchBundle(id, signal);
    await bed.installer.close(id);
    fetched.resolve({ plan, folder: '/bundles/late' });
    await fetching;
    assert.deepEqual(bed.removedFolders, ['/bundles/late']);
  });

  test('goes when the download was cancelled as it came', async () => {
    const { bed, plan } = await open();
    const abort = new AbortController();
    bed.bundle = async () => {
      abort.abort();
      return { plan, folder: '/bundles/late' };
    };
    await assert.rejects(bed.installer.fetchBundle(bed.flow.id, abort.signal), { code: 'cancelled' });
    assert.deepEqual(bed.removedFolders, ['/bundles/late']);
    assert.equal(bed.flow.bundle, undefined);
  });

  test('goes when another version is chosen', async () => {
    const { bed } = await open();
    await bed.installer.fetchBundle(bed.flow.id, signal);
    bed.installer.chooseVersion(bed.flow.id, '2.0.0');
    await settle();
    assert.deepEqual(bed.removedFolders, ['/bundles/1']);
    await bed.installer.fetchBundle(bed.flow.id, signal);
    await bed.finish();
    assert.deepEqual(bed.removedFolders, ['/bundles/1']);
  });

  test('goes when it is fetched once more', async () => {
    const { bed } = await open();
    await bed.installer.fetchBundle(bed.flow.id, signal);
    await bed.installer.fetchBundle(bed.flow.id, signal);
    await settle();
    assert.deepEqual(bed.removedFolders, ['/bundles/1']);
    assert.equal(bed.flow.bundle?.folder, '/bundles/2');
  });

  test('stays when another flow is opened while it is being installed', async () => {
    const { bed } = await open();
    await bed.installer.fetchBundle(bed.flow.id, signal);
    const { id } = bed.flow;
    await bed.installer.review(id, {});
    const { step } = bed.flow;
    const agreed = Promise.withResolvers<void>();
    bed.onConfirm = () => agreed.promise;
    let writing: Promise<void> | undefined;
    // The user agrees while the other page is on its way.
    bed.onLook = () => {
      writing = bed.installer.confirm(id, step.kind === 'review' ? step.review.id : '');
    };
    const other = bed.installer.open({ registryId: registry.id, name, version: '2.0.0' }, signal);
    await assert.rejects(other, { code: 'conflict' });
    agreed.resolve();
    await writing;
    assert.equal(bed.flow.step.kind, 'done');
    assert.deepEqual(bed.removedFolders, []);
    assert.equal([...bed.records.values()][0]?.folder, '/bundles/1');
  });
});
