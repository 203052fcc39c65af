import { basename, resolve } from 'node:path';
import { PolicyAcceptance } from '../../src/core/policyAcceptance.ts';
import { PolicyGate } from '../../src/core/policyGate.ts';
import type { Logger, Memory } from '../../src/core/ports.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { Store } from '../../src/core/util/store.ts';
import { sha256, systemClock } from '../../src/node/host.ts';
import { createPolicyFiles } from '../../src/node/policyFiles.ts';
import { createSchemaValidator } from '../../src/node/schemaValidator.ts';

/** Which policy a headless host decides by. */
export interface HeadlessPolicyOptions {
  /** The user's own policy file. */
  readonly policy: string;
  /** A folder whose `.vscode/mcp-policy.json` counts, too: it can only tighten. */
  readonly folder?: string | undefined;
}

/** The policy files of a host without an editor, read once before anything is decided. Rejects `invalid-config` for a file that cannot be used. */
export async function openPolicy(
  { policy, folder }: HeadlessPolicyOptions,
  { memory, logger }: { readonly memory: Memory; readonly logger: Logger },
): Promise<{ readonly gate: PolicyGate; dispose(): void }> {
  const validator = createSchemaValidator(1_000);
  const folders = folder === undefined ? [] : [{ name: basename(folder), path: resolve(folder) }];
  const files = createPolicyFiles({
    ...{ sha256, validator, clock: systemClock, logger },
    userFile: resolve(policy),
    folders: new Store(folders),
  });
  await files.reload();
  const read = files.files.get() ?? [];
  const gate = new PolicyGate({
    ...{ files: files.files, ready: () => files.ready(), validator, clock: systemClock },
    acceptance: new PolicyAcceptance(memory),
    isWorkspaceTrusted: new Store(true),
    // Nobody looks a server up here, and nobody trusts what one claims: such rules fit nothing.
    identityOf: () => undefined,
    areHintsTrusted: () => false,
    folders: () => folders.flatMap(({ name, path }) => [name, path]),
  });
  const dispose = () => {
    gate.dispose();
    files.dispose();
  };
  if (!read.some(({ source }) => source.kind === 'user')) {
    dispose();
    throw new AppError('invalid-config', `${resolve(policy)} is no policy file, or cannot be read`);
  }
  return { gate, dispose };
}
