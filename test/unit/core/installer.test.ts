import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { installView } from '../../../src/core/installView.ts';
import { planInstall } from '../../../src/core/installPlan.ts';
import { parseInstallLink } from '../../../src/core/installLink.ts';
import { InstallBed, cursorSource, registry, userSource } from '../../fakes/installBed.ts';
import { entryOf, packageEntry } from '../../fakes/registryEntries.ts';

const signal = new AbortController().signal;
const secret = 'sk-very-secret-value';
const name = 'com.example/tool';
const variables = [
  { name: 'API_KEY', description: 'The key', isRequired: true, isSecret: true },
  { name: 'LEVEL', default: 'low', choices: ['low', 'high'] },
];

function bed(...versions: readonly string[]): InstallBed {
  const made = new InstallBed();
  made.versions = versions.map((version) =>
    packageEntry({ version, environmentVariables: variables }, { version }),
  );
  return made;
}

/** Every text that a page is given. */
const everything = (made: InstallBed) => JSON.stringify(installView(made.flow));

suite('installing', () => {
  test('writes the entry, keeps secrets out of file, page and record, and consents to this very launch', async () => {
    const made = bed('1.0.0');
    made.texts.set(userSource.file, '{\n  // mine\n  "servers": {}\n}\n');
    const id = await made.install(name, { API_KEY: secret, LEVEL: 'high' });
    assert.equal(id, 'user/tool');
    assert.deepEqual(made.userFileWithoutComments().servers['tool'], {
      type: 'stdio',
      command: 'npx',
      args: ['-y', '@example/tool@1.0.0'],
      env: { API_KEY: '${input:tool-API_KEY}', LEVEL: 'high' },
    });
    const text = made.texts.get(userSource.file) ?? '';
    assert.match(text, /\/\/ mine/);
    assert.match(text, /"password": true/);
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
    const [definition] = made.configuration.get().servers;
    assert.ok(definition);
    assert.equal(made.consents.state(definition), 'given');
    assert.deepEqual(made.agreed, [definition.launchHash]);
    const record = made.records.get(id);
    assert.equal(record?.version, '1.0.0');
    assert.deepEqual(record?.answers, { LEVEL: 'high' });
    for (const place of [
      text,
      JSON.stringify([...made.records]),
      everything(made),
      JSON.stringify([...made.memory.values]),
    ])
      assert.ok(!place.includes(secret));
  });

  test('shows a secret to no page, neither on the review nor back on the form', async () => {
    const made = bed('1.0.0');
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    await made.installer.review(made.flow.id, { API_KEY: secret });
    const review = installView(made.flow).review;
    assert.ok(review);
    assert.ok(!everything(made).includes(secret));
    made.installer.back(made.flow.id);
    const view = installView(made.flow);
    assert.equal(view.step, 'choose');
    assert.ok(!everything(made).includes(secret));
    assert.deepEqual(view.schema['required'], []);
    // An empty field keeps it.
    await made.finish({});
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
  });

  test('writes nothing when the user turns away', async () => {
    const made = bed('1.0.0');
    made.answer = false;
    await assert.rejects(made.install(name, { API_KEY: secret }), { code: 'cancelled' });
    assert.equal(made.texts.size, 0);
    assert.equal(made.secrets.values.size, 0);
    assert.equal(made.records.size, 0);
    assert.equal(made.flow.step.kind, 'review');
    assert.equal(made.flow.error, undefined);
  });

  test('writes nothing when the file changed after the review, and says so', async () => {
    const made = bed('1.0.0');
    made.onConfirm = () => made.texts.set(userSource.file, '{"servers":{"other":{"command":"x"}}}');
    await assert.rejects(made.install(name, { API_KEY: secret }), { code: 'conflict' });
    assert.match(made.flow.error ?? '', /changed meanwhile/);
    assert.deepEqual(Object.keys(made.userFile.servers), ['other']);
    assert.equal(made.secrets.values.size, 0);
  });

  test('gives no consent to a launch that is not the reviewed one', async () => {
    const made = bed('1.0.0');
    const reload = made.reload.bind(made);
    // Somebody changes the entry between the write and the next look at the file.
    made.reload = () => {
      const text = made.texts.get(userSource.file);
      if (text !== undefined) made.texts.set(userSource.file, text.replace('@example/tool@1.0.0', 'evil'));
      reload();
    };
    await made.install(name, { API_KEY: secret });
    const [definition] = made.configuration.get().servers;
    assert.ok(definition);
    assert.equal(made.consents.state(definition), 'none');
    assert.deepEqual(made.agreed, []);
  });

  test('is refused with the reason while a policy blocks it', async () => {
    const made = bed('1.0.0');
    made.access = { kind: 'blocked', reason: 'the organization denies this server' };
    await assert.rejects(made.install(name, { API_KEY: secret }), { code: 'blocked' });
    assert.match(installView(made.flow).review?.blocked?.text ?? '', /denies/);
    assert.deepEqual(made.confirmed, []);
  });

  test('only what was reviewed can be confirmed', async () => {
    const made = bed('1.0.0');
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    const { id } = made.flow;
    await assert.rejects(made.installer.confirm(id, 'id-99'), { code: 'conflict' });
    await made.installer.review(id, { API_KEY: secret });
    const { step } = made.flow;
    made.installer.choose(id, { name: 'other' });
    await assert.rejects(made.installer.confirm(id, step.kind === 'review' ? step.review.id : ''), {
      code: 'conflict',
    });
    await assert.rejects(made.installer.review('gone', {}), { code: 'not-found' });
  });

  test('a secret is never written as text: a file without inputs is refused for it', async () => {
    const made = bed('1.0.0');
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    made.installer.choose(made.flow.id, { target: 'cursor' });
    const findings = await made.installer.review(made.flow.id, { API_KEY: secret });
    assert.deepEqual(
      findings.map(({ path }) => path),
      ['/API_KEY'],
    );
    assert.match(findings[0]?.message ?? '', /plain text/);
    assert.equal(made.flow.step.kind, 'choose');
    assert.equal(made.texts.get(cursorSource.file), undefined);
  });

  test('undo restores the file byte by byte, the secret storage and what is remembered', async () => {
    const made = bed('1.0.0');
    const before = '{\r\n\t"servers": { }, // tail\r\n}\r\n';
    made.texts.set(userSource.file, before);
    await made.install(name, { API_KEY: secret });
    await made.installer.undo();
    assert.equal(made.texts.get(userSource.file), before);
    assert.equal(made.secrets.values.size, 0);
    assert.equal(made.records.size, 0);
    assert.equal(made.installer.flow.get(), undefined);
    await assert.rejects(made.installer.undo(), { code: 'not-found' });
  });

  test('undo leaves a file alone that was changed since', async () => {
    const made = bed('1.0.0');
    await made.install(name, { API_KEY: secret });
    made.texts.set(userSource.file, `${made.texts.get(userSource.file)}\n`);
    await assert.rejects(made.installer.undo(), { code: 'conflict' });
    assert.equal(made.records.size, 1);
  });
});

suite('updating', () => {
  test('keeps name, file, answers and stored secrets, asks for nothing anew, and can be rolled back', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret, LEVEL: 'high' });
    made.versions = bed('2.0.0', '1.0.0').versions;
    await made.installer.openUpdate(id, 'update', signal);
    const view = installView(made.flow);
    assert.equal(view.version, '2.0.0');
    assert.equal(view.canMove, false);
    assert.deepEqual(view.start, { LEVEL: 'high' });
    assert.deepEqual(
      view.versionDiff?.lines
        .filter((line) => line.kind !== 'same')
        .map((line) => `${line.kind} ${line.text.text}`),
      ['removed @example/tool@1.0.0', 'added @example/tool@2.0.0'],
    );
    assert.ok(!everything(made).includes(secret));
    made.installer.choose(made.flow.id, { name: 'elsewhere', target: 'cursor' });
    await made.finish({ LEVEL: 'high' });
    assert.match(JSON.stringify(made.userFile.servers['tool']), /@example\/tool@2\.0\.0/);
    assert.match(JSON.stringify(made.userFile.servers['tool']), /"LEVEL":"high"/);
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
    assert.deepEqual(
      made.records.get(id)?.previous.map((old) => old.version),
      ['1.0.0'],
    );

    await made.installer.openUpdate(id, 'roll-back', signal);
    assert.equal(installView(made.flow).version, '1.0.0');
    await made.finish({ LEVEL: 'high' });
    assert.match(JSON.stringify(made.userFile.servers['tool']), /@example\/tool@1\.0\.0/);
    assert.equal(made.records.get(id)?.version, '1.0.0');
  });

  test('undo of an update brings back the entry, the record and the secret that was replaced', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret });
    const text = made.texts.get(userSource.file);
    made.versions = bed('2.0.0', '1.0.0').versions;
    await made.installer.openUpdate(id, 'update', signal);
    await made.finish({ API_KEY: 'another-secret' });
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), 'another-secret');
    await made.installer.undo();
    assert.equal(made.texts.get(userSource.file), text);
    assert.equal(made.records.get(id)?.version, '1.0.0');
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
  });

  test('a secret does not answer what a new version asks for in the open', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret });
    made.versions = [
      packageEntry(
        { version: '2.0.0', environmentVariables: [{ name: 'API_KEY', choices: [secret, 'x'] }] },
        { version: '2.0.0' },
      ),
      ...made.versions,
    ];
    await made.installer.openUpdate(id, 'update', signal);
    assert.deepEqual(installView(made.flow).start, {});
    await made.finish({});
    assert.ok(!(made.texts.get(userSource.file) ?? '').includes(secret));
  });

  test('says that an entry was changed by hand', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret });
    made.texts.set(userSource.file, (made.texts.get(userSource.file) ?? '').replace('"-y"', '"--yes"'));
    made.reload();
    await made.installer.openUpdate(id, 'update', signal);
    assert.equal(installView(made.flow).isEdited, true);
  });
});

suite('uninstalling', () => {
  test('removes entry, its inputs, record and consent; stored inputs only when asked to', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret });
    assert.deepEqual(await made.installed.storedInputs(id), ['tool-API_KEY']);
    await made.installed.uninstall(id, false);
    assert.deepEqual(made.userFile, { servers: {} });
    assert.equal(made.records.size, 0);
    assert.deepEqual(made.consents.list(), []);
    assert.deepEqual(made.stopped, [id]);
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
    await made.installer.undo();
    assert.deepEqual(Object.keys(made.userFile.servers), ['tool']);
    assert.equal(made.records.get(id)?.version, '1.0.0');
    await made.installed.uninstall(id, true);
    assert.equal(made.secrets.values.size, 0);
  });

  test('leaves an input alone that another server uses', async () => {
    const made = bed('1.0.0');
    const id = await made.install(name, { API_KEY: secret });
    const text = made.texts.get(userSource.file) ?? '';
    made.texts.set(
      userSource.file,
      text.replace(
        '"servers": {',
        '"servers": { "mine": { "command": "x", "env": { "K": "${input:tool-API_KEY}" } },',
      ),
    );
    made.reload();
    await made.installed.uninstall(id, true);
    assert.deepEqual(
      made.userFile.inputs?.map((input) => input.id),
      ['tool-API_KEY'],
    );
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), secret);
  });
});

suite('other ways in', () => {
  test('a server.json, and a document that is none', async () => {
    const made = new InstallBed();
    const json = {
      name: 'com.example/doc',
      description: 'x',
      version: '1.0.0',
      remotes: [{ type: 'sse', url: 'https://a.example/sse' }],
    };
    await made.installer.openDocument(json, { kind: 'file', file: '/tmp/server.json' }, signal);
    const id = await made.finish();
    assert.deepEqual(made.userFile.servers['doc'], { type: 'sse', url: 'https://a.example/sse' });
    assert.equal(made.records.get(id)?.registryId, 'file');
    await assert.rejects(made.installer.openDocument(['x'], { kind: 'file', file: 'f' }, signal), {
      code: 'invalid-input',
    });
  });

  test('an install link asks for its inputs and keeps no record', async () => {
    const made = new InstallBed();
    const config = {
      name: 'linked',
      command: 'npx',
      args: ['-y', 'pkg@1.0.0', '--dir', '${workspaceFolder}'],
      env: { TOKEN: '${input:token}' },
      inputs: [{ id: 'token', type: 'promptString', description: 'Token', password: true }],
    };
    const link = parseInstallLink(`vscode:mcp/install?${encodeURIComponent(JSON.stringify(config))}`);
    assert.ok(link.kind === 'config');
    await made.installer.openLink(link, signal);
    assert.equal(installView(made.flow).inputCount, 1);
    await made.finish({ token: secret });
    assert.deepEqual(made.userFile.servers['linked'], {
      type: 'stdio',
      command: 'npx',
      args: ['-y', 'pkg@1.0.0', '--dir', '${workspaceFolder}'],
      env: { TOKEN: '${input:token}' },
    });
    assert.equal(await made.secrets.get('input/user/token'), secret);
    assert.equal(made.records.size, 0);
  });

  test('a link that runs an editor command or reads a file is refused', async () => {
    const made = new InstallBed();
    for (const config of [
      {
        name: 'x',
        command: 'a',
        args: ['${input:c}'],
        inputs: [{ id: 'c', type: 'command', command: 'workbench.action.terminal' }],
      },
      { name: 'x', command: 'a', envFile: '/etc/passwd' },
      { name: 'x', command: 5 },
    ]) {
      const { name: called, inputs = [], ...rest } = config as { name: string; inputs?: [] };
      const link = { kind: 'config', name: called, config: rest, inputs } as const;
      await assert.rejects(async () => made.installer.openLink(link, signal), { code: 'invalid-input' });
    }
  });

  test('a bundle is fetched before its review, and goes away with a flow that is closed', async () => {
    const made = new InstallBed();
    const sha = 'a'.repeat(64);
    const entry = packageEntry({
      registryType: 'mcpb',
      identifier: 'https://github.com/a/b/releases/download/v1/mcp.mcpb',
      version: undefined as never,
      fileSha256: sha,
    });
    made.versions = [entry];
    const plan = planInstall(packageEntry(), { kind: 'package', index: 0 });
    made.bundle = async () => ({ plan: { ...plan, download: undefined }, folder: '/bundles/one' });
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    assert.deepEqual(installView(made.flow).needs, ['download']);
    await assert.rejects(made.installer.review(made.flow.id, {}), { code: 'conflict' });
    await made.installer.fetchBundle(made.flow.id, signal);
    assert.deepEqual(installView(made.flow).needs, []);
    await made.installer.close(made.flow.id);
    assert.deepEqual(made.removedFolders, ['/bundles/one']);

    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    await made.installer.fetchBundle(made.flow.id, signal);
    const id = await made.finish();
    assert.equal(made.records.get(id)?.folder, '/bundles/one');
    await made.installer.close(made.flow.id);
    assert.deepEqual(made.removedFolders, ['/bundles/one']);
  });

  test('a failed download is told on the page and can be tried again', async () => {
    const made = new InstallBed();
    made.versions = [
      packageEntry({
        registryType: 'mcpb',
        identifier: 'https://github.com/a/mcp.mcpb',
        fileSha256: 'b'.repeat(64),
      }),
    ];
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    await assert.rejects(made.installer.fetchBundle(made.flow.id, signal), { code: 'unsupported' });
    assert.match(installView(made.flow).error?.text ?? '', /no bundles here/);
    assert.equal(made.flow.busy, undefined);
  });

  test('an unknown server or version is not found', async () => {
    const made = bed('1.0.0');
    await assert.rejects(
      made.installer.open({ registryId: undefined, name: 'no/such', version: undefined }, signal),
      { code: 'not-found' },
    );
    await assert.rejects(made.installer.open({ registryId: registry.id, name, version: '9.9.9' }, signal), {
      code: 'not-found',
    });
    await assert.rejects(made.installer.open({ registryId: 'other', name, version: undefined }, signal), {
      code: 'not-found',
    });
    await assert.rejects(made.installer.openUpdate('user/none', 'update', signal), { code: 'not-found' });
  });
});

test('a package that answers over HTTP is written as its address, with the command to run', async () => {
  const made = new InstallBed();
  made.versions = [
    entryOf({
      server: {
        name,
        description: 'x',
        version: '1.0.0',
        packages: [
          {
            registryType: 'npm',
            identifier: '@example/tool',
            version: '1.0.0',
            transport: { type: 'streamable-http', url: 'http://127.0.0.1:8080/mcp' },
          },
        ],
      },
    }),
  ];
  await made.install(name);
  assert.deepEqual(made.userFile.servers['tool'], { type: 'http', url: 'http://127.0.0.1:8080/mcp' });
});
