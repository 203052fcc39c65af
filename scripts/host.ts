import { parseArgs } from 'node:util';
import { toAppError, AppError } from '../src/core/util/errors.ts';
import { authProbe } from './host/auth.ts';
import { call, jobs, render, servers, tools, type Options } from './host/commands.ts';
import { activityCommand, activityUsage } from './hostActivity.ts';
import { gatewayCommand, gatewayUsage } from './hostGateway.ts';
import { identityCommand, identityUsage } from './hostIdentity.ts';
import { diagnose, diagnoseUsage } from './host/diagnose.ts';
import { quality, qualityUsage } from './host/quality.ts';
import { planCommand, registryCommand, registryUsage, type CommandOutput } from './hostRegistry.ts';

const usage = `npm run host -- <command> [options]     JSON on stdout; errors on stderr with a code; exit status 1 on failure

  servers --config FILE                       the configured servers and what is wrong in the file
  tools --config FILE [--server NAME]         connects and lists tools, with the era of each server
  call SERVER TOOL --config FILE --yes        runs one tool; without --yes the call is denied
       [--args JSON] [--task] [--answers JSON]
  jobs --config FILE                          stored jobs; running tasks are followed to their end with --wait
  jobs cancel ID | jobs result ID
  render TOOLS.json                           the visible text of each name and description
  auth-probe URL                              the steps of a sign-in to a server, without credentials
${diagnoseUsage}
${qualityUsage}
${registryUsage}
${identityUsage}
${gatewayUsage}
${activityUsage}
options: --state DIR (default: a temporary folder)  --timeout SECONDS  --era auto|legacy|modern`;

try {
  const output = await command();
  if (output)
    process.stdout.write(
      output.kind === 'text' ? `${output.text}\n` : `${JSON.stringify(output.value, null, 2)}\n`,
    );
} catch (error) {
  const { code, message, nextStep } = toAppError(error);
  process.stderr.write(
    `${JSON.stringify({ error: { code, message, ...(nextStep ? { nextStep } : {}) } })}\n`,
  );
  process.exitCode = 1;
}

/** Some commands have options of their own; nothing for one that has printed what it had to. */
async function command(): Promise<CommandOutput | undefined> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === 'plan') return planCommand(rest);
  if (name === 'diagnose') return diagnose(rest);
  if (name === 'quality') return quality(rest);
  if (name === 'gateway') {
    await gatewayCommand(rest);
    return undefined;
  }
  if (name === 'registry' || name === 'activity' || name === 'identity') {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    if (name === 'identity') return identityCommand(rest, stop.signal);
    return name === 'registry' ? registryCommand(rest, stop.signal) : activityCommand(rest, stop.signal);
  }
  const { values, positionals } = parse();
  return { kind: 'json', value: await run(positionals, values) };
}

function parse(): { values: Options; positionals: readonly string[] } {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        server: { type: 'string' },
        args: { type: 'string' },
        answers: { type: 'string' },
        state: { type: 'string' },
        timeout: { type: 'string' },
        era: { type: 'string' },
        yes: { type: 'boolean' },
        task: { type: 'boolean' },
        wait: { type: 'boolean' },
      },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    process.exit(2);
  }
}

function run([command, ...rest]: readonly string[], options: Options): Promise<unknown> {
  switch (command) {
    case 'servers':
      return servers(options);
    case 'tools':
      return tools(options);
    case 'call':
      return call(rest, options);
    case 'jobs':
      return jobs(rest, options);
    case 'render':
      return render(rest);
    case 'auth-probe':
      return authProbe(rest);
    default:
      throw new AppError('invalid-input', `unknown command ${JSON.stringify(command ?? '')}\n${usage}`);
  }
}
