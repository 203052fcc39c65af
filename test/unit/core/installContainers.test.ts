import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePlan } from '../../../src/core/installComplete.ts';
import type { Json } from '../../../src/core/json.ts';
import { argsOf, packageEntry, planOf, plannedOf } from '../../fakes/registryEntries.ts';

const image = 'ghcr.io/example/tool:1.0.0';
const oci = (runtime: readonly Json[], change: Record<string, Json> = {}) =>
  packageEntry({
    registryType: 'oci',
    identifier: image,
    version: null,
    runtimeArguments: [...runtime],
    ...change,
  });
const word = (value: string) => ({ type: 'positional', value });
const args = (runtime: readonly Json[], change?: Record<string, Json>) =>
  argsOf(planOf(oci(runtime, change))).join(' ');

test('run, the image and our own switches are not said twice', () => {
  assert.equal(
    args(['docker', 'run', '-it', '--rm', '-d', 'example/tool'].map(word)),
    `run -i --rm ${image}`,
  );
  assert.equal(args([word('run'), word('other/image:1')]), `run -i --rm ${image} other/image:1`);
});

test('values of options that are words of their own are paired', () => {
  const bare = (name: string) => ({ type: 'named', name, description: 'Something' });
  assert.equal(args([bare('-v'), word('/srv:/data')]), `run -i --rm -v /srv:/data ${image}`);
  assert.equal(args([word('-p'), word('80:80')]), `run -i --rm -p 80:80 ${image}`);
  assert.equal(args([word('--network=none')]), `run -i --rm --network=none ${image}`);
});

test('words that docker does not know move behind the image', () => {
  assert.equal(
    args([{ type: 'named', name: '--tools-file', value: 'x.yaml' }]),
    `run -i --rm ${image} --tools-file x.yaml`,
  );
});

test('a variable is handed over by name, its value stays out of the arguments', () => {
  const plan = plannedOf(
    oci([], {
      environmentVariables: [
        { name: 'TOKEN', isSecret: true },
        { name: 'MODE', default: 'a' },
      ],
    }),
  );
  const done = completePlan(plan, { 'tool-TOKEN': 's3cret' });
  assert.ok(done.kind === 'complete' && done.launch.kind === 'stdio');
  assert.deepEqual(done.launch.args, ['run', '-i', '--rm', '-e', 'TOKEN', '-e', 'MODE', image]);
  assert.deepEqual(done.launch.env, { TOKEN: '${input:tool-TOKEN}', MODE: 'a' });
  const without = completePlan(plan, {});
  assert.ok(without.kind === 'complete' && without.launch.kind === 'stdio');
  assert.deepEqual(without.launch.args, ['run', '-i', '--rm', '-e', 'MODE', image]);
});

test('a variable that is declared and set by an argument is set once', () => {
  const declared = { environmentVariables: [{ name: 'ROOT', description: 'Where' }] };
  assert.equal(
    args([{ type: 'named', name: '-e', value: 'ROOT=/data' }], declared),
    `run -i --rm -e ROOT=/data ${image}`,
  );
  assert.equal(
    args([{ type: 'named', name: '-e', value: 'ROOT={root}' }], declared),
    `run -i --rm -e ROOT ${image}`,
  );
});

test('old references are joined, capital letters repaired, and nonsense is refused', () => {
  const reference = (change: Record<string, Json>) => {
    const plan = planOf(oci([], change));
    return plan.kind === 'refused' ? plan.reasons.join() : argsOf(plan).at(-1);
  };
  assert.equal(
    reference({ identifier: 'example/tool', version: '1.2', registryBaseUrl: 'https://docker.io' }),
    'docker.io/example/tool:1.2',
  );
  assert.equal(reference({ identifier: 'ghcr.io/Example/Tool:V1' }), 'ghcr.io/example/tool:V1');
  assert.equal(
    reference({ identifier: `ghcr.io/example/tool@sha256:${'a'.repeat(64)}` }),
    `ghcr.io/example/tool@sha256:${'a'.repeat(64)}`,
  );
  for (const identifier of [
    '--privileged',
    'a b',
    'x:y:z',
    '-v/:/host',
    'ghcr.io/../tool',
    'tool:bad tag',
    'tool@sha256:12',
  ]) {
    assert.match(String(reference({ identifier })), /is not the reference of a container image/, identifier);
  }
});

test('a digest is the only pin of an image', () => {
  const pin = (identifier: string) =>
    planOf(oci([], { identifier })).checks.find((check) => check.id === 'pin')?.verdict;
  assert.equal(pin(`ghcr.io/example/tool@sha256:${'a'.repeat(64)}`), 'pass');
  assert.equal(pin(image), 'warn');
});

test('dangers of a container are listed', () => {
  const danger = (...words: readonly string[]) =>
    planOf(oci(words.map(word))).dangers.map(({ kind }) => kind);
  assert.deepEqual(danger('--privileged'), ['container']);
  assert.deepEqual(danger('--network', 'host'), ['container']);
  assert.deepEqual(danger('-v', '/:/host'), ['mount']);
  assert.deepEqual(danger('-v', '/var/run/docker.sock:/var/run/docker.sock'), ['mount']);
  assert.deepEqual(danger('--entrypoint', 'sh'), ['extra-package']);
  assert.deepEqual(danger('-v', 'data:/data'), []);
  // Behind the image an option is the server's own.
  assert.deepEqual(danger('serve', '--with', 'x'), []);
});

test('a dangerous answer is a danger of the completed plan', () => {
  const plan = plannedOf(
    oci([
      {
        type: 'named',
        name: '-v',
        value: '{root}:/data',
        variables: { root: { isRequired: true, format: 'filepath' } },
      },
    ]),
  );
  assert.deepEqual(plan.dangers, []);
  const done = completePlan(plan, { 'tool-root': '/' });
  assert.deepEqual(done.kind === 'complete' && done.dangers.map(({ kind }) => kind), ['mount']);
});

test('a server that answers over HTTP is started and reached on this machine only', () => {
  const http = (url: string, change: Record<string, Json> = {}) =>
    planOf(oci([], { transport: { type: 'streamable-http', url }, ...change }));
  const local = http('http://localhost:8080/mcp');
  assert.ok(local.kind === 'runnable');
  assert.equal(local.connectTo?.url, 'http://localhost:8080/mcp');
  assert.ok(argsOf(local).join(' ').includes('-p 127.0.0.1:8080:8080'));
  const port = {
    packageArguments: [{ type: 'named', name: '--port', default: '8080', description: 'Port' }],
  };
  for (const name of ['--port', 'port']) {
    const templated = http(`http://127.0.0.1:{${name}}/mcp`, port);
    assert.ok(templated.kind === 'runnable');
    assert.equal(templated.connectTo?.url, 'http://127.0.0.1:${input:tool-port}/mcp');
    assert.equal(templated.inputs.length, 1);
  }
  assert.match(http('http://127.0.0.1:{nothing}/').reasons.join(), /names \{nothing\}/);
  const remote = http('https://mcp.example.com/mcp');
  assert.ok(remote.kind === 'needs-input' && remote.launch?.kind === 'http');
  assert.deepEqual(remote.needs, ['confirm']);
  assert.equal(http('http://mcp.example.com/mcp').kind, 'refused');
});

test('an answer that leads a local server elsewhere is refused', () => {
  const plan = plannedOf(
    oci([], {
      transport: { type: 'sse', url: 'http://{host}:8080/sse' },
      packageArguments: [{ type: 'named', name: '--host', valueHint: 'host', default: '127.0.0.1' }],
    }),
  );
  assert.equal(completePlan(plan, {}).kind, 'complete');
  const done = completePlan(plan, { 'tool-host': 'evil.test' });
  assert.match(
    done.kind === 'problems' ? (done.problems[0]?.message ?? '') : '',
    /evil\.test.*not this machine/,
  );
});
