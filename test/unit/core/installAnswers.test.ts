import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answered, problemsOf } from '../../../src/core/installAnswers.ts';
import type { InstallFlow } from '../../../src/core/installFlow.ts';
import { openFlow } from '../../../src/core/installSteps.ts';
import { cursorSource, registry, userSource } from '../../fakes/installBed.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';

/** A flow for a package that wants a secret and a region. */
function flow(change: Partial<InstallFlow> = {}): InstallFlow {
  const environmentVariables = [
    { name: 'API_KEY', isRequired: true, isSecret: true },
    { name: 'REGION', isRequired: true },
  ];
  const entry = packageEntry({ environmentVariables });
  const target = (source: typeof userSource) => ({ source, exists: true, names: [], refusal: undefined });
  return {
    ...openFlow({
      id: 'f',
      origin: { kind: 'registry', registryId: registry.id, url: registry.url, label: registry.label },
      purpose: { kind: 'install' },
      thing: { kind: 'entry', entry, versions: [entry] },
      machine: { runtimes: new Set(['npx']), platform: undefined, cargoBin: undefined },
      targets: [target(userSource), target(cursorSource)],
      known: { answers: {}, kept: new Set() },
    }),
    ...change,
  };
}

const given = { API_KEY: 'sesame', REGION: 'eu' };

describe('answers of an installation', () => {
  test('that are missing are problems of their inputs', () => {
    const problems = problemsOf(flow(), {});
    assert.equal(problems.length, 2);
    assert.ok(problems.every(({ inputId }) => inputId !== undefined));
  });

  test('complete the plan, and are remembered with the secret marked as one', () => {
    const { flow: next, completed } = answered(flow(), given);
    assert.equal(completed.kind, 'complete');
    const secret = [...next.known.kept];
    assert.equal(secret.length, 1);
    assert.equal(next.known.answers[secret[0]!], 'sesame');
  });

  test('are not remembered by a mere check', () => {
    const before = flow();
    problemsOf(before, given);
    assert.deepEqual(before.known, { answers: {}, kept: new Set() });
  });

  test('with a secret complete no plan for a file that holds secrets as text', () => {
    const start = flow();
    const elsewhere = { ...start, choices: { ...start.choices, target: cursorSource.id } };
    const { completed } = answered(elsewhere, given);
    assert.equal(completed.kind === 'problems' && completed.problems.length, 1);
    assert.match(JSON.stringify(completed), /is a secret/);
    assert.doesNotMatch(JSON.stringify(completed), /sesame/);
  });

  test('are of no use without a file or under a name that is taken', () => {
    const start = flow();
    const nowhere = answered({ ...start, targets: [] }, given).completed;
    assert.match(JSON.stringify(nowhere), /no file/);
    const names = [start.choices.name];
    const taken = { ...start, targets: start.targets.map((target) => ({ ...target, names })) };
    assert.match(JSON.stringify(answered(taken, given).completed), /is taken/);
  });
});
