import { parseArgs } from 'node:util';
import { doctorReport } from '../../src/core/doctor.ts';
import { doctorDocument, doctorMarkdown } from '../../src/core/doctorText.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import type { AuthPorts } from '../../src/node/authHost.ts';
import { defaultAuthSettings } from '../../src/core/auth.ts';
import type { CommandOutput } from '../hostRegistry.ts';
import { openHost } from './headless.ts';

const options = {
  config: { type: 'string' },
  server: { type: 'string' },
  state: { type: 'string' },
  timeout: { type: 'string' },
  era: { type: 'string' },
  markdown: { type: 'boolean' },
} as const;

/** What the usage says about this command. */
export const diagnoseUsage = `  diagnose --config FILE --server NAME        follows the connection to a server step by step, with what mends each step;
       [--markdown]                           exit status 1 when a step fails`;

/** Looks at the connection to one server; naming the file is the consent to start what it lists. */
export async function diagnose(args: readonly string[]): Promise<CommandOutput> {
  const { values } = parseArgs({ args: [...args], options });
  const { config, server: name, timeout } = values;
  if (config === undefined || name === undefined)
    throw new AppError('invalid-input', 'diagnose needs --config FILE and --server NAME');
  const open = await openHost({
    ...values,
    auth: nobody(),
    ...(timeout === undefined ? {} : { connectTimeout: timeout }),
  });
  try {
    const chosen = open.configuration.servers.find((server) => server.name === name);
    if (!chosen) {
      const problem = open.configuration.problems.find(({ entry }) => entry === name);
      throw problem
        ? new AppError('invalid-config', `${name}: ${problem.message} (line ${problem.line})`)
        : new AppError('not-found', `no server ${name} in the configuration`);
    }
    const facts = await open.host.examine(chosen.id, { prompting: 'never' }, open.signal);
    const report = doctorReport(facts, true);
    if (report.result === 'fail') process.exitCode = 1;
    return values.markdown
      ? { kind: 'text', text: doctorMarkdown(report) }
      : { kind: 'json', value: doctorDocument(report) };
  } finally {
    await open.close();
  }
}

/** Nobody signs in from here: the trail is followed, and stops where a person would have to do something. */
function nobody(): AuthPorts {
  const secrets = new Map<string, string>();
  const refusal = new AppError('unsupported', 'diagnose signs in nowhere');
  return {
    secrets: {
      get: (key) => Promise.resolve(secrets.get(key)),
      set: (key, value) => Promise.resolve(void secrets.set(key, value)),
      delete: (key) => Promise.resolve(void secrets.delete(key)),
    },
    browser: { open: () => Promise.reject(refusal) },
    redirects: createLoopbackRedirects(),
    people: { secret: () => Promise.resolve(undefined) },
    settingsOf: () => defaultAuthSettings,
  };
}
