import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Store } from '../../../src/core/util/store.ts';
import { toDisposable } from '../../../src/core/util/disposables.ts';
import { createPolicyFiles } from '../../../src/node/policyFiles.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';
import { scratch } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

function bed(t: TestContext) {
  const dir = scratch(t);
  const userFile = join(dir, 'user', 'mcp-policy.json');
  const folder = (name: string) => {
    mkdirSync(join(dir, name, '.vscode'), { recursive: true });
    return { name, path: join(dir, name) };
  };
  const one = folder('one');
  const folders = new Store<readonly { name: string; path: string | undefined }[]>([one]);
  const events: (() => void)[] = [];
  const clock = new FakeClock();
  const policy = createPolicyFiles({
    ...{ userFile, folders, clock },
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    validator: createSchemaValidator(),
    logger: new RecordingLogger(),
    watchDirectory: (_dir, onEvent) => {
      events.push(() => onEvent('mcp-policy.json'));
      return toDisposable(() => undefined);
    },
  });
  t.after(() => policy.dispose());
  const write = (path: string, text: string) => writeFileSync(join(path, '.vscode', 'mcp-policy.json'), text);
  return { dir, userFile, folder, one, folders, events, clock, policy, write };
}

test('nothing is known until the files were read; absent ones are no files', async (t) => {
  const { policy } = bed(t);
  assert.equal(policy.files.get(), undefined);
  await policy.ready();
  assert.deepEqual(policy.files.get(), []);
});

test('the files of the user and of each folder are read, named after the folder only when there are several', async (t) => {
  const { policy, one, folders, folder, write, userFile, dir } = bed(t);
  mkdirSync(join(dir, 'user'));
  writeFileSync(userFile, '{}');
  write(one.path, '{ "rules": [{ "effect": "deny" }] }');
  await policy.reload();
  const labels = () => policy.files.get()?.map(({ source }) => source.label);
  assert.deepEqual(labels(), ['mcp-policy.json (user)', '.vscode/mcp-policy.json']);
  const two = folder('two');
  write(two.path, '{ "rules": [] }');
  folders.set([one, two, { name: 'remote', path: undefined }]);
  await policy.ready();
  assert.deepEqual(labels()?.slice(1), ['one/.vscode/mcp-policy.json', 'two/.vscode/mcp-policy.json']);
});

test('a change on disk is followed, files that did not change stay the same objects, a removed one is gone', async (t) => {
  const { policy, one, write, events, clock, userFile, dir } = bed(t);
  mkdirSync(join(dir, 'user'));
  writeFileSync(userFile, '{}');
  write(one.path, '{}');
  await policy.reload();
  const before = policy.files.get();
  write(one.path, '{ "rules": [{ "effect": "ask" }] }');
  const changed = new Promise<void>((resolve) => {
    const listening = policy.files.subscribe(() => {
      listening.dispose();
      resolve();
    });
  });
  events.forEach((fire) => fire());
  clock.advance(1_000);
  await changed;
  assert.equal(policy.files.get()?.[0], before?.[0]);
  assert.equal(policy.files.get()?.[1]?.rules.length, 1);
  rmSync(userFile);
  await policy.reload();
  assert.deepEqual(policy.files.get()?.length, 1);
});

test('a file that cannot be read is a broken one', async (t) => {
  const { policy, one } = bed(t);
  mkdirSync(join(one.path, '.vscode', 'mcp-policy.json'));
  await policy.reload();
  assert.match(
    policy.files.get()?.[0]?.problems[0]?.message ?? '',
    /cannot be read: it is not a regular file/,
  );
});
