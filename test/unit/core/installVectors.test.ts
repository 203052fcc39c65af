import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planInstall, type InstallPlan } from '../../../src/core/installPlan.ts';
import { isBadEntry, parseEntry } from '../../../src/core/registryParse.ts';
import { allVersions, installVectors } from '../../fixtures/registry/registryFixtures.ts';

const versions = new Map(allVersions().map((item) => [`${item.server.name}@${item.server.version}`, item]));

/** A plan in the notation of the vectors: `<label>` for an asked value, `<?label>` for a yes/no flag. */
function expectedForm(plan: InstallPlan): object {
  if (plan.kind === 'refused' || plan.launch?.kind !== 'stdio')
    return { download: plan.download?.url, sha256: plan.download?.sha256 };
  const inputs = new Map(plan.inputs?.map((input) => [input.id, input]));
  const shown = (word: string) =>
    word.replaceAll(
      /\$\{input:([^}]+)\}/g,
      (_, id: string) => `<${inputs.get(id)?.isFlag ? '?' : ''}${inputs.get(id)?.label}>`,
    );
  return {
    command: plan.launch.command,
    args: plan.launch.args.map(shown),
    env: Object.keys(plan.launch.env).sort(),
    inputs: plan.inputs?.map((input) => ({
      label: input.label,
      required: input.isRequired,
      secret: input.isSecret,
      default: input.default ?? null,
      repeated: input.isRepeated,
    })),
  };
}

for (const vector of installVectors()) {
  test(`${vector.server} ${vector.version} gives the expected command line and review`, () => {
    const entry = parseEntry(versions.get(`${vector.server}@${vector.version}`)!);
    assert.ok(!isBadEntry(entry));
    const plan = planInstall(entry, { kind: 'package', index: vector.packageIndex });
    assert.deepEqual(expectedForm(plan), vector.expected);
    assert.deepEqual(
      plan.review.map((review) => review.text),
      vector.review,
    );
  });
}
