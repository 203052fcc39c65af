import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRegistry, type DemoRegistryOptions } from '../../demo/registry/server.ts';
import { planCommand, registryCommand } from '../../scripts/hostRegistry.ts';
import type { InstallPlan } from '../../src/core/installPlan.ts';
import { openRegistryDatabase } from '../../src/node/registryDatabase.ts';
import {
  allVersions,
  edgeCases,
  installVectors,
  latestServers,
  originals,
} from '../fixtures/registry/registryFixtures.ts';

const host = fileURLToPath(new URL('../../scripts/host.ts', import.meta.url));

function folder(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'switchboard-host-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A file with this content. */
function fileOf(t: TestContext, content: unknown): string {
  const file = path.join(folder(t), 'entry.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

async function jsonOf<T = InstallPlan>(output: ReturnType<typeof planCommand>): Promise<T> {
  const result = await output;
  assert.ok(result.kind === 'json');
  return JSON.parse(JSON.stringify(result.value)) as T;
}

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command in a process of its own; `kill` ends it without a chance to tidy up. */
function start(args: readonly string[]): { readonly done: Promise<Run>; kill(): void } {
  const child = spawn(process.execPath, [host, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<Pick<Run, 'code' | 'signal'>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const done = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([end, stdout, stderr]) => ({
    ...end,
    stdout,
    stderr,
  }));
  return { done, kill: () => void child.kill('SIGKILL') };
}

async function demo(t: TestContext, options?: DemoRegistryOptions) {
  const registry = await startRegistry(options);
  t.after(() => registry.close());
  return registry;
}

const versions = new Map(allVersions().map((item) => [`${item.server.name}@${item.server.version}`, item]));

for (const { server, version, packageIndex, expected, review } of installVectors()) {
  test(`plan prints the expected command of ${server} ${version}`, async (t) => {
    const file = fileOf(t, versions.get(`${server}@${version}`));
    const plan = await jsonOf(planCommand([file, '--package', String(packageIndex)]));
    assert.deepEqual(
      plan.review.map((one) => one.text),
      review,
    );
    if (plan.kind === 'refused' || plan.launch?.kind !== 'stdio') {
      assert.deepEqual({ download: plan.download?.url, sha256: plan.download?.sha256 }, expected);
      return;
    }
    const labels = new Map(
      plan.inputs?.map((input) => [input.id, `<${input.isFlag ? '?' : ''}${input.label}>`]),
    );
    const words = plan.launch.args.map((word) =>
      word.replaceAll(/\$\{input:([^}]+)\}/g, (_, id: string) => labels.get(id) ?? ''),
    );
    assert.deepEqual([plan.launch.command, words], [expected['command'], expected['args']]);
    assert.deepEqual(Object.keys(plan.launch.env).sort(), expected['env']);
  });
}

/** What the command has to say about each made-up entry: the kind of plan, and words that its answer holds. */
const verdicts: Readonly<Record<string, readonly [InstallPlan['kind'], RegExp]>> = {
  'status-deprecated': ['runnable', /deprecated: Use com\.example\/new instead/],
  'status-unknown': ['runnable', /"status":"deprecated"/],
  'foreign-meta': ['runnable', /"kind":"runnable"/],
  'remote-variables-host': ['needs-input', /\[A-Za-z0-9-\]\{1,63\}/],
  'remote-header-template': ['needs-input', /Bearer \$\{input:apikey-token\}/],
  'remote-two': ['runnable', /"index":1,"transport":"streamable-http"/],
  'remote-private-ip': ['refused', /169\.254\.169\.254 is a link-local or metadata address/],
  'header-crlf': ['refused', /line break/],
  'oci-run-repeated': [
    'needs-input',
    /"args":\["run","-i","--rm","-e","TOKEN=\$\{input:ocirun-token\}","ghcr\.io\/example\/mcp:1\.0\.0"\]/,
  ],
  'oci-untagged': ['runnable', /mutable reference/],
  'npm-unpinned': ['needs-input', /"needs":\["version"\]/],
  'npm-custom-registry': ['runnable', /--registry=https:\/\/npm\.corp\.example/],
  'shell-metacharacters': ['runnable', /; rm -rf ~ #/],
  'repeated-and-choices': ['needs-input', /"options":\["ro","rw"\]/],
  go: ['runnable', /"run","github\.com\/example\/audit-mcp@v1\.0\.0"/],
  'unknown-registry-type': ['refused', /brew\\" are not known/],
  'mcpb-no-sha': ['refused', /SHA-256/],
  'post-install': ['runnable', /"notes":\[\{"description":"Install as a service"/],
  'text-ansi': ['refused', /Safe<U\+001B>\[2J<U\+001B>\]8;;https:\/\/evil\.test<U\+0007>Tool/],
  'homoglyph-title': ['refused', /looks like \\"GitHub\\"/],
  'icon-http': ['refused', /only https icons are fetched/],
};

for (const { id, response } of edgeCases()) {
  test(`plan answers as expected for ${id}`, async (t) => {
    const verdict = verdicts[id];
    assert.ok(verdict, `no verdict for ${id}`);
    const plan = await jsonOf(planCommand([fileOf(t, response)]));
    const printed = JSON.stringify(plan);
    assert.equal(plan.kind, verdict[0], printed);
    assert.match(printed, verdict[1]);
    if (plan.kind === 'refused') assert.ok(plan.reasons.every((reason) => reason.length > 10));
  });
}

test('plan reads every original, also those that their own schema refuses, and says what the schema says', async (t) => {
  for (const { file, document, validAgainstDeclaredSchema } of originals()) {
    const plan = await jsonOf<{ kind: string; schema: unknown }>(planCommand([fileOf(t, document)]));
    assert.ok(['runnable', 'needs-input', 'refused'].includes(plan.kind), file);
    if (!validAgainstDeclaredSchema) assert.ok(JSON.stringify(plan.schema).length > 20, file);
  }
});

test('plan --all counts every package and remote of the 1,103 real servers', async (t) => {
  const output = await planCommand(['--all', fileOf(t, latestServers())]);
  assert.ok(output.kind === 'text');
  const rows = output.text.split('\n').map((line) => line.trim().split(/\s{2,}/));
  assert.equal(rows[0]?.[0], '1103 entries, 40 without package or remote, 0 unreadable');
  assert.deepEqual(rows.slice(2, 11), [
    ['kind', 'planned', 'needs input', 'refused'],
    ['mcpb', '0', '40', '11'],
    ['npm', '236', '134', '0'],
    ['nuget', '10', '1', '0'],
    ['oci', '51', '36', '1'],
    ['pypi', '124', '46', '0'],
    ['remote sse', '114', '15', '0'],
    ['remote streamable-http', '446', '46', '0'],
    ['total', '981', '318', '12'],
  ]);
  const reasons = rows.slice(13).filter((row) => row.length === 2);
  const refusals = reasons.filter(([, reason]) => !reason?.startsWith('needs '));
  assert.equal(
    refusals.reduce((sum, [count]) => sum + Number(count), 0),
    12,
  );
});

test('what the command line cannot mean is refused with a code', async (t) => {
  const entry = fileOf(t, edgeCases()[0]?.response);
  const state = folder(t);
  for (const argv of [
    [],
    ['nowhere.json'],
    [entry, '--package', 'x'],
    [entry, '--unknown'],
    [entry, '--platform', 'beos-ppc'],
    [fileOf(t, 'text')],
    [fileOf(t, null)],
  ])
    await assert.rejects(planCommand(argv), { code: 'invalid-input' }, argv.join(' '));
  for (const argv of [
    ['sync', '--state', state],
    ['sync', '--registry', 'http://registry.example', '--state', state],
    ['search', 'x'],
    ['search', 'x', '--state', state, '--sort', 'colour'],
    ['search', 'x', '--state', state, '--limit', '-1'],
    ['show', '--state', state],
    ['dance', '--state', state],
  ])
    await assert.rejects(registryCommand(argv), { code: 'invalid-input' }, argv.join(' '));
  const { code, stdout, stderr } = await start(['registry', 'show', 'no.such/server', '--state', state]).done;
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'not-found');
});

/**
 * Everything in a copy, whatever the order in which it came. Of the words that typing errors are corrected to those in use: which version
 * was the latest one for a moment, and left its own, depends on what was written together.
 */
function contentOf(state: string): readonly (readonly string[])[] {
  const db = openRegistryDatabase(state);
  try {
    db.sql("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'servers_text', 'row')").run();
    return [
      'SELECT name, version, is_latest, status, published_at, digest FROM versions',
      'SELECT name, digest, title, description, publisher, version, status, updated_at, traits, flags FROM servers',
      'SELECT key, kind, name FROM keys JOIN servers ON servers.id = keys.server',
      'SELECT word FROM words WHERE word IN (SELECT term FROM temp.terms)',
      "SELECT name FROM servers WHERE id IN (SELECT rowid FROM servers_text WHERE servers_text MATCH 'mcp')",
      'SELECT count(*) AS n FROM servers_text',
    ].map((sql) =>
      db
        .sql(sql)
        .all()
        .map((row) => JSON.stringify(row))
        .sort(),
    );
  } finally {
    db.close();
  }
}

test('a copy of 2,788 versions whose process is killed again and again ends as if nothing had happened', async (t) => {
  let atPage: (() => Promise<void>) | undefined;
  const registry = await demo(t, { onRequest: () => atPage?.() });
  const state = folder(t);
  const args = ['registry', 'sync', '--registry', registry.url, '--state', state];
  let firstCursor: string | undefined;
  for (const requests of [2, 8, 12]) {
    // The process dies while it waits for this answer.
    let left = requests;
    const child = start(args);
    atPage = async () => {
      if (--left > 0) return;
      atPage = undefined;
      child.kill();
      await child.done;
    };
    const run = await child.done;
    assert.deepEqual([run.signal, run.stdout], ['SIGKILL', ''], run.stderr);
    const cursor = /cursor=([^&]+)/.exec(registry.requests.at(-1)?.path ?? '')?.[1];
    assert.ok(cursor !== firstCursor || cursor === undefined, 'it went on, not back');
    firstCursor = cursor;
  }
  const partial = contentOf(state)[0]?.length ?? 0;
  assert.ok(partial > 500 && partial < 2788, `${partial}`);

  const before = registry.requests.length;
  const last = await start(args).done;
  const summary = JSON.parse(last.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [summary['state'], summary['rows'], summary['servers'], summary['versions'], summary['resumed']],
    ['done', 2788, 1104, 2788, true],
  );
  assert.ok(registry.requests.length - before < 25, 'it went on where it was');

  const other = folder(t);
  const clean = await start(['registry', 'sync', '--registry', registry.url, '--state', other]).done;
  assert.equal(clean.code, 0, clean.stderr);
  const expected = contentOf(other);
  assert.ok(expected.every((list) => list.length > 0));
  assert.ok((expected[3]?.length ?? 0) > 1_000, 'most words are in use');
  assert.deepEqual(contentOf(state), expected);
});

test('search and show answer from the copy when the registry is gone', async (t) => {
  const registry = await demo(t);
  const state = folder(t);
  await registryCommand(['sync', '--registry', registry.url, '--state', state]);
  await registry.close();
  interface Found {
    readonly total: number;
    readonly rows: readonly { readonly name: string; readonly packageKinds: readonly string[] }[];
    readonly corrections: readonly { readonly from: string }[];
  }
  const search = (...argv: string[]) => jsonOf<Found>(registryCommand(['search', ...argv, '--state', state]));
  assert.equal((await search('context7')).rows[0]?.name, 'io.github.upstash/context7');
  const typo = await search('contxet7');
  assert.equal(typo.rows[0]?.name, 'io.github.upstash/context7');
  const containers = await search('--kind', 'oci', '--limit', '200');
  assert.ok(
    containers.total > 50 && containers.rows.every(({ packageKinds }) => packageKinds.includes('oci')),
  );
  const page = await jsonOf<{ isStored: boolean; versions: readonly unknown[]; offered: readonly unknown[] }>(
    registryCommand(['show', 'io.github.upstash/context7', '--state', state]),
  );
  assert.deepEqual([page.isStored, page.versions.length > 1, page.offered.length > 0], [true, true, true]);
  await assert.rejects(registryCommand(['sync', '--registry', registry.url, '--state', state]), {
    code: 'connect-failed',
  });
});

test('a key comes from the environment and is printed nowhere', async (t) => {
  const key = 'Bearer s3cret-of-the-test';
  const registry = await demo(t, { switches: { authorization: key } });
  process.env['SWITCHBOARD_TEST_KEY'] = key;
  t.after(() => delete process.env['SWITCHBOARD_TEST_KEY']);
  const args = ['registry', 'sync', '--registry', registry.url, '--state', folder(t)];
  const refused = await start(args).done;
  assert.match(refused.stderr, /"code":"needs-sign-in"/);
  const run = await start([...args, '--key-env', 'SWITCHBOARD_TEST_KEY']).done;
  assert.equal(run.code, 0, run.stderr);
  assert.ok(!`${run.stdout}${run.stderr}`.includes('s3cret'));
});
