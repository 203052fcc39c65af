import { PolicyAcceptance } from '../src/core/policyAcceptance.ts';
import { parsePolicy, type PolicyFile } from '../src/core/policyFile.ts';
import { PolicyGate, type GatedCall } from '../src/core/policyGate.ts';
import { Store } from '../src/core/util/store.ts';
import { sha256, systemClock } from '../src/node/host.ts';
import { createSchemaValidator } from '../src/node/schemaValidator.ts';
import { compare, type Comparison } from './stats.ts';

const rounds = 4_000;
const warmUp = 1_000;
const ruleCount = 1_000;

/** A decision by 1,000 rules of which none fits, so that all are looked at, against one without a file. A tenth has patterns for all three names, ten have a schema that is compared. */
export function benchPolicy(): Promise<readonly Comparison[]> {
  const rules = Array.from({ length: ruleCount }, (_, i) => ({
    effect: (['deny', 'ask', 'allow'] as const)[i % 3],
    ...(i % 10 === 0
      ? { server: 'd*o', tool: `*_${i}_*`, caller: 'cod*' }
      : { server: 'demo', tool: `tool_${i}`, caller: ['codex', 'claude-code'] }),
    ...(i % 100 === 7
      ? { tool: 'echo', arguments: { properties: { path: { pattern: `^/work/${i}/` } }, required: ['path'] } }
      : {}),
  }));
  const validator = createSchemaValidator(ruleCount);
  const gateOf = (files: readonly PolicyFile[]) =>
    new PolicyGate({
      files: new Store<readonly PolicyFile[] | undefined>(files),
      ready: () => Promise.resolve(),
      acceptance: new PolicyAcceptance({ get: () => undefined, set: () => undefined }),
      isWorkspaceTrusted: new Store(true),
      validator,
      clock: systemClock,
      identityOf: () => undefined,
      areHintsTrusted: () => false,
      folders: () => ['work', '/work'],
    });
  const source = { kind: 'user', file: '/mcp-policy.json', label: 'mcp-policy.json' } as const;
  const file = parsePolicy(source, JSON.stringify({ rules }), { sha256, validator });
  if (file.problems[0]) throw new Error(file.problems[0].message);
  const call: GatedCall = {
    facts: {
      ...{ serverId: 'user/demo', launchHash: 'l', tool: 'echo', definitionHash: 'd' },
      caller: { kind: 'gateway', name: 'codex' },
    },
    serverName: 'demo',
    hints: {},
    arguments: { path: '/elsewhere/a.ts', text: 'hello' },
  };
  const [many, none] = [gateOf([file]), gateOf([])];
  const time = (gate: PolicyGate): number => {
    const start = performance.now();
    const { effect } = gate.decide(call, []);
    const took = performance.now() - start;
    if (effect !== 'ask') throw new Error('a rule fitted');
    return took;
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < rounds + warmUp; i++) {
    const [a, b] = [time(many), time(none)];
    if (i >= warmUp) {
      ours.push(a);
      theirs.push(b);
    }
  }
  return Promise.resolve([
    compare(
      `a decision by ${ruleCount} rules (without a file)`,
      'ms',
      ours,
      theirs,
      `p95 <= 0.2 ms; it is ${quantile(ours).toFixed(3)} ms`,
    ),
  ]);
}

function quantile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
}
