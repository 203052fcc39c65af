import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fileDiff } from '../../../src/core/installFileDiff.ts';
import { installRequest } from '../../../src/core/installRequest.ts';
import { installView } from '../../../src/core/installView.ts';
import { InstallBed, registry } from '../../fakes/installBed.ts';
import { entryOf, packageEntry } from '../../fakes/registryEntries.ts';

const signal = new AbortController().signal;

async function opened(made: InstallBed, name = 'com.example/tool') {
  await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
  return made.flow.id;
}

suite('choices', () => {
  test('begin with a remote before packages, the user file, and a name that is free', async () => {
    const made = new InstallBed();
    made.texts.set('/home/dev/mcp.json', '{"servers":{"tool":{"command":"x"},"tool-2":{"command":"x"}}}');
    made.versions = [
      packageEntry(
        {},
        {
          remotes: [
            { type: 'sse', url: 'https://a.example/sse' },
            { type: 'http', url: 'https://a.example/mcp' },
          ],
        },
      ),
    ];
    await opened(made);
    const view = installView(made.flow);
    assert.deepEqual(
      view.options.map(({ key, isRecommended }) => [key, isRecommended]),
      [
        ['remote:1', true],
        ['remote:0', false],
        ['package:0', false],
      ],
    );
    assert.deepEqual([view.option, view.target, view.serverName], ['remote:1', 'user', 'tool-3']);
  });

  test('a missing runtime is said before anything is installed, and puts the option last', async () => {
    const made = new InstallBed();
    made.runtimes = new Set(['docker']);
    made.versions = [
      packageEntry(
        {},
        {
          packages: [
            { registryType: 'npm', identifier: 'a', version: '1.0.0', transport: { type: 'stdio' } },
            { registryType: 'oci', identifier: 'docker.io/a/b:1.0.0', transport: { type: 'stdio' } },
          ],
        },
      ),
    ];
    const id = await opened(made);
    assert.equal(installView(made.flow).option, 'package:1');
    made.installer.choose(id, { option: 'package:0' });
    assert.equal(installView(made.flow).missing?.command.text, 'npx');
  });

  test('an option, file or version that is not offered changes nothing', async () => {
    const made = new InstallBed();
    made.versions = [packageEntry()];
    const id = await opened(made);
    const before = made.flow;
    made.installer.choose(id, { option: 'package:9' });
    made.installer.choose(id, { target: 'elsewhere' });
    made.installer.chooseVersion(id, '9.9.9');
    made.installer.choose('another flow', { name: 'x' });
    assert.equal(made.flow, before);
  });

  test('a package without a version waits for one to be pinned', async () => {
    const made = new InstallBed();
    made.versions = [packageEntry({ version: 'latest' })];
    const id = await opened(made);
    assert.deepEqual(installView(made.flow).needs, ['version']);
    await assert.rejects(made.installer.review(id, {}), { code: 'conflict' });
    made.installer.choose(id, { pin: '1.2.3' });
    await made.installer.review(id, {});
    assert.match(JSON.stringify(installView(made.flow).review?.launch), /@example\/tool@1\.2\.3/);
  });

  test('text that looks like a variable is written so that nobody resolves it', async () => {
    const made = new InstallBed();
    made.versions = [packageEntry({ packageArguments: [{ type: 'positional', value: '${HOME}/data' }] })];
    await opened(made);
    await made.finish();
    const text = made.texts.get('/home/dev/mcp.json') ?? '';
    assert.ok(!text.includes('${HOME}'));
    assert.match(JSON.stringify([...made.secrets.values]), /\$\{HOME\}\/data/);
  });

  test('a deleted version, a forbidden variable and an unknown kind are refused with their reasons', async () => {
    const made = new InstallBed();
    for (const [change, reason] of [
      [{ environmentVariables: [{ name: 'A', value: '${env:SECRET}' }] }, /\$\{env:SECRET\}/],
      [{ registryType: 'conda' }, /conda/],
    ] as const) {
      made.versions = [packageEntry(change)];
      const id = await opened(made);
      assert.match(
        installView(made.flow)
          .refusals.map(({ text }) => text)
          .join(),
        reason,
      );
      await assert.rejects(made.installer.review(id, {}), { code: 'invalid-input' });
    }
    assert.equal(made.texts.size, 0);
  });

  test('a crate shows its command and runs nothing', async () => {
    const made = new InstallBed();
    made.versions = [packageEntry({ registryType: 'cargo', identifier: 'tool-mcp' })];
    await opened(made);
    const view = installView(made.flow);
    assert.equal(view.prepare?.text, 'cargo install --locked --version 1.0.0 tool-mcp');
    assert.equal(view.missing?.command.text, '/home/dev/.cargo/bin/tool-mcp');
    await made.finish();
    assert.match(made.texts.get('/home/dev/mcp.json') ?? '', /"\/home\/dev\/\.cargo\/bin\/tool-mcp"/);
  });

  test('headers and variables of a remote are asked for; the secret one is stored', async () => {
    const made = new InstallBed();
    made.versions = [
      entryOf({
        server: {
          name: 'com.example/tool',
          description: 'x',
          version: '1.0.0',
          remotes: [
            {
              type: 'streamable-http',
              url: 'https://{region}.example.com/mcp',
              variables: { region: { isRequired: true } },
              headers: [{ name: 'Authorization', isSecret: true, isRequired: true }],
            },
          ],
        },
      }),
    ];
    const id = await opened(made);
    assert.ok((await made.installer.review(id, { region: 'eu' })).length > 0);
    await made.finish({ region: 'eu', Authorization: 'Bearer top-secret' });
    assert.deepEqual(made.userFile.servers['tool'], {
      type: 'http',
      url: 'https://eu.example.com/mcp',
      headers: { Authorization: '${input:tool-Authorization}' },
    });
    assert.equal(await made.secrets.get('input/user/tool-Authorization'), 'Bearer top-secret');
  });
});

suite('what a change makes of a file', () => {
  test('shows the change, and of what stands around it only the structure', () => {
    const before = '{\n  "servers": {\n    "mine": { "env": { "TOKEN": "hunter2" } } // hunter3\n  }\n}\n';
    const after = before.replace('hunter3\n', 'hunter3\n    // new\n');
    const diff = fileDiff(before, after);
    const text = JSON.stringify(diff);
    assert.match(text, /"kind":"added","text":" {4}\/\/ new","number":4/);
    assert.ok(!text.includes('hunter2') && !text.includes('hunter3'), text);
  });

  test('hides values under the names of secrets in lines that go', () => {
    const text = JSON.stringify(fileDiff('{\n"API_KEY": "abc",\n"x": "y"\n}\n', '{\n}\n'));
    assert.ok(!text.includes('abc'));
    assert.match(text, /"x\\": \\"y\\"/);
  });

  test('counts what it leaves out', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `"${i}": 1,`);
    const { above, below } = fileDiff(
      lines.join('\n'),
      [...lines.slice(0, 15), '"new": 1,', ...lines.slice(15)].join('\n'),
    );
    assert.deepEqual([above, below], [13, 13]);
  });
});

suite('links of other programs', () => {
  test('name a server, an address or a configuration', () => {
    assert.deepEqual(installRequest('/install', 'name=com.example/tool&version=1.0.0'), {
      command: 'installServer',
      argument: { name: 'com.example/tool', version: '1.0.0' },
    });
    assert.deepEqual(installRequest('/mcp/by-name/com.example/tool', ''), {
      command: 'installServer',
      argument: { name: 'com.example/tool' },
    });
    assert.deepEqual(installRequest('/install', 'url=https://a.example/server.json'), {
      command: 'installFromLink',
      argument: { link: 'https://a.example/server.json' },
    });
    const link = installRequest('/install', '{"name":"a%b","command":"x"}');
    assert.deepEqual(link, {
      command: 'installFromLink',
      argument: { link: `vscode:mcp/install?${encodeURIComponent('{"name":"a%b","command":"x"}')}` },
    });
  });

  test('anything else is refused', () => {
    for (const [path, query] of [
      ['/install', ''],
      ['/install', 'url=http://a.example'],
      ['/install', 'url=file:///etc/passwd'],
      ['/install', 'name=a%20b%0A'],
      ['/run', 'name=a'],
      ['', ''],
    ] as const)
      assert.throws(() => installRequest(path, query), { code: 'invalid-input' }, `${path}?${query}`);
  });
});
