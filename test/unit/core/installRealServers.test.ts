import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installCandidates } from '../../../src/core/installChoice.ts';
import { completePlan, type Answers } from '../../../src/core/installComplete.ts';
import { compareEntries } from '../../../src/core/installDiff.ts';
import type { InstallInput } from '../../../src/core/installInputs.ts';
import type { InstallPlan } from '../../../src/core/installPlan.ts';
import { parsePage } from '../../../src/core/registryParse.ts';
import { allVersions, latestServers } from '../../fixtures/registry/registryFixtures.ts';

const latest = parsePage({ servers: latestServers() }).entries;
const candidates = latest.flatMap((entry) => installCandidates(entry).map(({ plan }) => ({ entry, plan })));

function answerFor(input: InstallInput): string {
  if (input.options.length > 0) return input.options[0] ?? '';
  if (input.format === 'number') return '1';
  if (input.pattern?.source.startsWith('https?')) return 'https://host.example';
  return input.pattern ? '1' : 'answer';
}

function answersFor(plan: InstallPlan): Answers {
  const inputs = plan.kind === 'refused' ? [] : (plan.inputs ?? []);
  return Object.fromEntries(
    inputs.map((input) => [
      input.id,
      input.isRepeated ? [answerFor(input), answerFor(input)] : answerFor(input),
    ]),
  );
}

test('every package and remote of every real server is planned, asks, or says why not', () => {
  assert.equal(latest.length, 1103);
  const table: Record<string, Record<string, number>> = {};
  for (const { plan } of candidates) {
    const kind = plan.subject.kind === 'remote' ? plan.subject.transport : plan.subject.registryType;
    (table[kind] ??= {})[plan.kind] = (table[kind]?.[plan.kind] ?? 0) + 1;
    if (plan.kind !== 'runnable') {
      assert.ok(
        plan.reasons.length > 0 && plan.reasons.every((reason) => reason.length > 10),
        JSON.stringify(plan.subject),
      );
    }
  }
  assert.deepEqual(table, {
    'streamable-http': { runnable: 446, 'needs-input': 46 },
    sse: { runnable: 114, 'needs-input': 15 },
    npm: { runnable: 236, 'needs-input': 134 },
    pypi: { runnable: 124, 'needs-input': 46 },
    oci: { runnable: 51, 'needs-input': 36, refused: 1 },
    mcpb: { 'needs-input': 40, refused: 11 },
    nuget: { runnable: 10, 'needs-input': 1 },
  });
});

test('input ids are unique over all servers of one name and start with it', () => {
  for (const { plan } of candidates) {
    const ids = plan.kind === 'refused' ? [] : (plan.inputs ?? []).map((input) => input.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.ok(id.startsWith(`${plan.serverName}-`) && /^[A-Za-z0-9_-]+$/.test(id), id);
  }
});

test('no launch of a real server leaves text that a client would take for a variable', () => {
  for (const { entry, plan } of candidates) {
    if (plan.kind === 'refused' || plan.launch === undefined) continue;
    const ids = new Set(plan.inputs?.map((input) => input.id));
    for (const match of JSON.stringify(plan.launch).matchAll(/\$\{([^}]*)\}?/g)) {
      assert.ok(ids.has(match[1]?.replace('input:', '') ?? ''), `${entry.name}: ${match[0]}`);
    }
  }
});

test('every plan of a real server can be completed once its inputs are answered', () => {
  for (const { entry, plan } of candidates) {
    if (plan.kind === 'refused' || plan.launch === undefined) continue;
    const completed = completePlan(plan as Extract<InstallPlan, { kind: 'runnable' }>, answersFor(plan));
    const isLoopbackQuestion = plan.connectTo !== undefined && completed.kind === 'problems';
    if (isLoopbackQuestion) {
      assert.match(
        completed.problems.map((problem) => problem.message).join(),
        /is not this machine/,
        entry.name,
      );
      continue;
    }
    assert.equal(completed.kind, 'complete', `${entry.name}: ${JSON.stringify(completed)}`);
    if (completed.kind !== 'complete') continue;
    assert.ok(!/\$\{(?!input:)/.test(JSON.stringify(completed.launch)));
    for (const id of JSON.stringify(completed.launch).matchAll(/\$\{input:([^}]+)\}/g)) {
      assert.ok(Object.hasOwn(completed.values, id[1] ?? ''), `${entry.name}: ${id[0]}`);
    }
  }
});

test('without answers, optional parts leave nothing behind', () => {
  for (const { entry, plan } of candidates) {
    if (plan.kind !== 'runnable') continue;
    const completed = completePlan(plan, {});
    assert.equal(completed.kind, 'complete', `${entry.name}: ${JSON.stringify(completed)}`);
    if (completed.kind !== 'complete' || completed.launch.kind !== 'stdio') continue;
    assert.ok(!Object.values(completed.launch.env).includes(''), entry.name);
  }
});

test('any two neighbouring versions of a real server can be compared', () => {
  const byName = Map.groupBy(parsePage({ servers: allVersions() }).entries, (entry) => entry.name);
  let changed = 0;
  for (const versions of byName.values()) {
    for (let index = 1; index < versions.length; index++) {
      const [before, after] = [versions[index - 1]!, versions[index]!];
      for (const kind of ['package', 'remote'] as const) {
        const count = kind === 'package' ? before.packages.length : before.remotes.length;
        for (let place = 0; place < count; place++) {
          if (compareEntries(before, after, { kind, index: place }).isChanged) changed++;
        }
      }
    }
  }
  assert.ok(changed > 500, `${changed}`);
});
