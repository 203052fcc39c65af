import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Configuration, Source } from '../../../src/core/server.ts';
import type { InstallRecord } from '../../../src/core/installRecord.ts';
import { Store } from '../../../src/core/util/store.ts';
import { Database } from '../../../src/node/database.ts';
import { createEntryDocuments } from '../../../src/node/installDocument.ts';
import { createInstallFiles } from '../../../src/node/installFiles.ts';
import { createInstallRows } from '../../../src/node/installRows.ts';
import { findMachine } from '../../../src/node/installRuntimes.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'switchboard-install-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);
const source = (kind: Source['kind'], file: string, workspace?: string): Source => ({
  id: kind,
  kind,
  file: at(file),
  folder: workspace,
});

suite('files', () => {
  test('VS Code’s own are offered whether they are there or not, others only when they are', async () => {
    await writeFile(at('cursor.json'), '{"mcpServers":{"a":{"command":"x"}}}');
    const sources = [
      source('workspace', 'ws.json', folder),
      source('windsurf', 'none.json'),
      source('cursor', 'cursor.json'),
      source('user', 'user.json'),
    ];
    const configuration = new Store<Configuration>({ servers: [], problems: [], sources });
    const files = createInstallFiles({
      files: { configuration, reload: async () => {} },
      sha256,
      isTrusted: () => false,
    });
    const targets = await files.targets();
    assert.deepEqual(
      targets.map((target) => [target.source.kind, target.exists, target.names, target.refusal]),
      [
        ['user', false, [], undefined],
        ['workspace', false, [], 'the workspace is not trusted'],
        ['cursor', true, ['a'], undefined],
      ],
    );
  });

  test('what was previewed is what is written, or nothing; undo restores the bytes', async () => {
    const user = source('user', 'own.json');
    const text = '\uFEFF{\r\n  // note\r\n  "servers": {}\r\n}\r\n';
    await writeFile(user.file, text);
    const configuration = new Store<Configuration>({ servers: [], problems: [], sources: [user] });
    const files = createInstallFiles({
      files: { configuration, reload: async () => {} },
      sha256,
      isTrusted: () => true,
    });
    const change = { kind: 'add', name: 'a', entry: { type: 'stdio', command: 'x' } } as const;
    const preview = await files.preview(user, change);
    assert.equal(preview.definition.name, 'a');
    await assert.rejects(files.write(user, change, 'something else'), { code: 'conflict' });
    assert.equal(await readFile(user.file, 'utf8'), text);
    const edit = await files.write(user, change, preview.before);
    assert.equal(await readFile(user.file, 'utf8'), preview.after);
    await files.undo(user, edit);
    assert.equal(await readFile(user.file, 'utf8'), text);
  });
});

test('runtimes are found on the PATH alone: executable files, no folders', async () => {
  const bin = at('bin');
  await mkdir(path.join(bin, 'docker'), { recursive: true });
  await writeFile(path.join(bin, 'npx'), '#!/bin/sh\n');
  await chmod(path.join(bin, 'npx'), 0o755);
  await writeFile(path.join(bin, 'uvx'), 'not executable');
  await chmod(path.join(bin, 'uvx'), 0o644);
  const crate = path.join(folder, 'cargo/bin/tool');
  await mkdir(path.dirname(crate), { recursive: true });
  await writeFile(crate, '#!/bin/sh\n');
  await chmod(crate, 0o755);
  const query = {
    platform: 'linux' as const,
    arch: 'x64',
    home: folder,
    env: { PATH: `${bin}:relative/bin`, CARGO_HOME: at('cargo') },
  };
  const { runtimes, platform, cargoBin } = await findMachine(query, ['tool', '../../evil']);
  assert.deepEqual([...runtimes], ['npx', crate]);
  assert.deepEqual(platform, { os: 'linux', arch: 'x64' });
  assert.equal(cargoBin, at('cargo/bin'));
});

test('records outlive the database being closed; a damaged one is skipped and logged', () => {
  const record: InstallRecord = {
    serverId: 'user/a',
    registryId: 'r',
    registryUrl: 'https://r.example',
    name: 'x/a',
    version: '1',
    subject: { kind: 'remote', index: 0, transport: 'sse', url: 'https://a.example' },
    launchHash: 'h',
    installedAt: 1,
    folder: undefined,
    answers: { A: 'b' },
    previous: [],
  };
  const file = at('state.db');
  const first = Database.open(file);
  createInstallRows(first, new RecordingLogger()).put(record);
  createInstallRows(first, new RecordingLogger()).put({ ...record, version: '2' });
  first.sql("INSERT INTO installs (server_id, body) VALUES ('user/bad', '{}')").run();
  first.close();
  const second = Database.open(file);
  const logger = new RecordingLogger();
  const rows = createInstallRows(second, logger);
  assert.deepEqual(
    rows.all().map(({ serverId, version }) => [serverId, version]),
    [['user/a', '2']],
  );
  assert.equal(logger.lines.filter(({ level }) => level === 'warn').length, 1);
  rows.remove('user/a');
  assert.equal(rows.get('user/a'), undefined);
  second.close();
});

suite('a server.json', () => {
  const documents = createEntryDocuments(async (url) =>
    url.endsWith('404')
      ? { status: 404 }
      : url.endsWith('html')
        ? { status: 200, problem: 'it is not JSON' }
        : { status: 200, json: { name: 'a' } },
  );
  const signal = new AbortController().signal;

  test('is read from a file with comments', async () => {
    await writeFile(at('server.json'), '{ // mine\n "name": "a/b", }');
    assert.deepEqual(await documents.file(at('server.json')), { name: 'a/b' });
    await writeFile(at('broken.json'), '{ "name": ');
    await assert.rejects(documents.file(at('broken.json')), { code: 'invalid-input' });
    await assert.rejects(documents.file(at('missing.json')), { code: 'not-found' });
    await writeFile(at('large.json'), ' '.repeat(1024 * 1024 + 1));
    await assert.rejects(documents.file(at('large.json')), { code: 'too-large' });
  });

  test('is read from an address, with what is wrong named by its host', async () => {
    assert.deepEqual(await documents.url('https://a.example/x', signal), { name: 'a' });
    await assert.rejects(documents.url('https://a.example/404', signal), {
      code: 'not-found',
      message: /a\.example/,
    });
    await assert.rejects(documents.url('https://a.example/html', signal), {
      code: 'invalid-input',
      message: /not JSON/,
    });
  });
});
