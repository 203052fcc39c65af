import { createHash } from 'node:crypto';
import { PolicyAcceptance } from '../../src/core/policyAcceptance.ts';
import { parsePolicy, type PolicyFile, type PolicySource } from '../../src/core/policyFile.ts';
import { PolicyGate, type GatedCall, type PolicyGateDeps } from '../../src/core/policyGate.ts';
import { Store } from '../../src/core/util/store.ts';
import { createSchemaValidator } from '../../src/node/schemaValidator.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeMemory } from './fakeMemory.ts';

export const userSource: PolicySource = {
  kind: 'user',
  file: '/home/user/mcp-policy.json',
  label: 'mcp-policy.json (user)',
};
export const workspaceSource: PolicySource = {
  kind: 'workspace',
  file: '/work/.vscode/mcp-policy.json',
  label: '.vscode/mcp-policy.json',
};

const validator = createSchemaValidator();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A policy file from its text, or from what is to be written as its JSON. */
export function policyFile(content: unknown, source: PolicySource = userSource): PolicyFile {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  return parsePolicy(source, text, { sha256, validator });
}

/** A call as rules see it. */
export function gatedCall(
  extra: Partial<GatedCall['facts']> & Partial<Omit<GatedCall, 'facts'>> = {},
): GatedCall {
  const { serverName = 'demo', hints = {}, arguments: args = {}, ...facts } = extra;
  return {
    facts: {
      serverId: 'user/demo',
      launchHash: 'launch-1',
      tool: 'echo',
      definitionHash: 'definition-1',
      caller: { kind: 'gateway', name: 'codex' },
      ...facts,
    },
    serverName,
    hints,
    arguments: args,
  };
}

/** The gate over some files that are in memory. */
export function openGate(files: readonly PolicyFile[], extra: Partial<PolicyGateDeps> = {}) {
  const clock = new FakeClock();
  const store = new Store<readonly PolicyFile[] | undefined>(files);
  const acceptance = new PolicyAcceptance(new FakeMemory());
  const isTrusted = new Store(true);
  const gate = new PolicyGate({
    files: store,
    ready: () => Promise.resolve(),
    acceptance,
    isWorkspaceTrusted: isTrusted,
    validator,
    clock,
    identityOf: () => undefined,
    areHintsTrusted: () => false,
    folders: () => ['work', '/work'],
    ...extra,
  });
  return { gate, clock, files: store, acceptance, isTrusted };
}
