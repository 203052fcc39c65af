import { parseArgs } from 'node:util';
import { qualityReport, type CardFacts } from '../../src/core/quality.ts';
import { qualityMarkdown } from '../../src/core/qualityTexts.ts';
import { AppError, toAppError } from '../../src/core/util/errors.ts';
import { GuardedFetch } from '../../src/node/guardedFetch.ts';
import { lookForCard } from '../../src/node/serverCard.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { openHost, type HeadlessHost } from './headless.ts';

type Output =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'text'; readonly text: string };

const options = {
  config: { type: 'string' },
  server: { type: 'string' },
  state: { type: 'string' },
  timeout: { type: 'string' },
  era: { type: 'string' },
  card: { type: 'boolean' },
  markdown: { type: 'boolean' },
  fail: { type: 'boolean' },
} as const;

/** What the usage says about this command. */
export const qualityUsage = `  quality --config FILE --server NAME         what the metadata of a server leaves out, with evidence; the other servers
       [--card] [--markdown] [--fail]         of the file are connected for comparison; --fail: exit status 1 with findings`;

/** Connects to a server and to those beside it, and reports on its metadata; `--state` remembers definitions from run to run. */
export async function quality(args: readonly string[]): Promise<Output> {
  const { values } = parseArgs({ args: [...args], options });
  const { config, server: name } = values;
  if (config === undefined || name === undefined)
    throw new AppError('invalid-input', 'quality needs --config FILE and --server NAME');
  const open = await openHost(values);
  try {
    const chosen = open.configuration.servers.find((server) => server.name === name);
    if (!chosen) throw new AppError('not-found', `no server ${name} in the configuration`);
    const { host, signal } = open;
    await host.connections.start(chosen.id, signal);
    await Promise.all(
      open.configuration.servers.map(({ id, name: other }) =>
        host.connections.start(id, signal).catch((error: unknown) => {
          process.stderr.write(`${other} is left out of the comparison: ${toAppError(error).message}\n`);
        }),
      ),
    );
    host.definitions.refresh();
    const report = await reportOn(open, chosen.id, values.card === true);
    if (values.fail && report.findings.length > 0) process.exitCode = 1;
    return values.markdown
      ? { kind: 'text', text: qualityMarkdown(report) }
      : { kind: 'json', value: { ...report, at: new Date(report.at).toISOString() } };
  } finally {
    await open.close();
  }
}

async function reportOn({ host, signal }: HeadlessHost, serverId: string, withCard: boolean) {
  const server = host.connections.get(serverId);
  if (!server) throw new AppError('not-found', 'the server is gone');
  const { launch } = server.definition;
  let card: CardFacts | undefined;
  if (withCard && launch.kind === 'http') {
    const fetch = new GuardedFetch({ clock: host.clock, version: packageJson.version });
    // Whoever runs this named the address: it may be a server under development on this machine.
    card = await lookForCard(fetch, launch.url, true, signal);
  }
  return qualityReport({
    server,
    others: host.connections.servers.get().filter((other) => other.definition.id !== serverId),
    history: host.definitions.history(serverId),
    card,
    now: host.clock.now(),
  });
}
