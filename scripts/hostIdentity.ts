import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AuthReport } from '../src/core/authView.ts';
import { checkIds, checkNumber } from '../src/core/identityCheck.ts';
import { identityDocument } from '../src/core/identityDocument.ts';
import { entryEvidence } from '../src/core/identityEntry.ts';
import type { IdentityEvidence, RegistryEvidence, SiteOf } from '../src/core/identityEvidence.ts';
import { fixedHost, judgedUrls } from '../src/core/identityHosts.ts';
import { judgedPackages } from '../src/core/identityPackages.ts';
import { identityReport, verdictKinds } from '../src/core/identityReport.ts';
import { isBadEntry } from '../src/core/registryParse.ts';
import type { BadEntry, RegistryEntry } from '../src/core/registry.ts';
import { AppError } from '../src/core/util/errors.ts';
import { GuardedFetch } from '../src/node/guardedFetch.ts';
import { systemClock } from '../src/node/host.ts';
import { createIdentityGatherer } from '../src/node/identityGather.ts';
import { PublicSuffixes } from '../src/node/identitySites.ts';
import { authProbe } from './host/auth.ts';
import { readEntries, readEntry } from './host/registryFiles.ts';
import type { CommandOutput } from './hostRegistry.ts';

const official = 'https://registry.modelcontextprotocol.io';

/** How the command is used. */
export const identityUsage = `  identity ENTRY.json [--live] [--legacy-cards]  who a server is: twenty checks and a verdict; --live asks package registries, server and DNS
       [--registry URL | --registry official] [--policy-registry]
  identity --table FILE_OR_DIR                verdicts and checks over many entries, offline  [--registry URL]`;

/** Runs `identity`; rejects with an `AppError`. */
export async function identityCommand(argv: readonly string[], signal: AbortSignal): Promise<CommandOutput> {
  const { values, positionals } = parsed(argv);
  const suffixes = new PublicSuffixes();
  await suffixes.load();
  const registry = registryOf(values.registry, values['policy-registry']);
  if (values.table !== undefined) {
    const from = registry ?? registryOf('official', false);
    return {
      kind: 'text',
      text: identityTable(filesOf(values.table).flatMap(readEntries), from, suffixes.siteOf),
    };
  }
  const [file] = positionals;
  if (file === undefined) throw new AppError('invalid-input', 'identity: which file?');
  const offline = entryEvidence(readEntry(file), registry, { now: Date.now(), siteOf: suffixes.siteOf });
  const evidence = values.live ? await withLive(offline, suffixes, values['legacy-cards'], signal) : offline;
  return { kind: 'json', value: identityDocument(identityReport(evidence)) };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        live: { type: 'boolean', default: false },
        'legacy-cards': { type: 'boolean', default: false },
        registry: { type: 'string' },
        'policy-registry': { type: 'boolean', default: false },
        table: { type: 'string' },
      },
    });
  } catch (error) {
    throw new AppError(
      'invalid-input',
      `identity: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function registryOf(text: string | undefined, isPolicy: boolean): RegistryEvidence | undefined {
  if (text === undefined) return undefined;
  const url = text === 'official' ? official : text;
  if (!URL.canParse(url)) throw new AppError('invalid-input', `identity: ${text} is no address`);
  return { label: new URL(url).host, url, isPolicy };
}

async function withLive(
  evidence: IdentityEvidence,
  suffixes: PublicSuffixes,
  legacyCards: boolean,
  signal: AbortSignal,
): Promise<IdentityEvidence> {
  const keepAlive = setInterval(() => {}, 2 ** 30); // the time-outs of requests do not keep the process
  const gatherer = createIdentityGatherer({
    fetch: new GuardedFetch({ clock: systemClock, version: '0' }),
    clock: systemClock,
    suffixes,
    inspect: async (url, stop) => (await authProbe([url], stop)) as unknown as AuthReport,
  });
  try {
    const url = judgedUrls(evidence).find((one) => fixedHost(one) !== undefined);
    const found = await gatherer.gather(
      {
        entry: evidence.entry,
        packages: judgedPackages(evidence).map(({ index }) => index),
        url,
        allowPrivate: false,
      },
      { cards: true, legacyCards },
      signal,
    );
    return { ...evidence, ...found, now: Date.now() };
  } finally {
    clearInterval(keepAlive);
  }
}

function filesOf(place: string): readonly string[] {
  try {
    if (!statSync(place).isDirectory()) return [place];
    const files = readdirSync(place)
      .filter((file) => file.endsWith('.json'))
      .sort();
    return files.map((file) => path.join(place, file));
  } catch (error) {
    throw new AppError('invalid-input', `identity: ${place} cannot be read`, { cause: error });
  }
}

/** Verdicts over entries, offline; then every check by result; then the entries with a problem, by check. */
export function identityTable(
  items: readonly (RegistryEntry | BadEntry)[],
  registry: RegistryEvidence | undefined,
  siteOf: SiteOf,
): string {
  const entries = items.filter((item): item is RegistryEntry => !isBadEntry(item));
  const reports = entries.map((entry) => identityReport(entryEvidence(entry, registry, { now: 0, siteOf })));
  const results = ['pass', 'warn', 'fail', 'unknown', 'n/a'] as const;
  const line = (first: string, rest: readonly (string | number)[]) =>
    first.padEnd(46) + rest.map((cell) => String(cell).padStart(9)).join('');
  const rows = checkIds.map((id) => {
    const found = reports.flatMap(({ checks }) => checks.find((check) => check.id === id)?.result ?? []);
    const title = reports[0]?.checks.find((check) => check.id === id)?.title ?? id;
    return line(
      `${checkNumber(id).padEnd(4)}${title}`,
      results.map((result) => found.filter((one) => one === result).length),
    );
  });
  const problems = checkIds.flatMap((id) =>
    reports.flatMap(({ subject, checks }) => {
      const check = checks.find((one) => one.id === id);
      const isWorthIt =
        check?.result === 'fail' ||
        (check?.result === 'warn' && (id === 'lookalike' || id === 'text' || id === 'host'));
      return check && isWorthIt
        ? [`${check.number.padEnd(4)}${check.result}  ${subject.name}: ${check.evidence}`]
        : [];
    }),
  );
  return [
    `${entries.length} entries, ${items.length - entries.length} unreadable; registry ${registry?.url ?? '(none)'}; nothing was asked`,
    '',
    ...verdictKinds.map((kind) =>
      line(kind, [reports.filter(({ verdict }) => verdict.kind === kind).length]),
    ),
    '',
    line('check', results),
    ...rows,
    '',
    'problems:',
    ...problems,
  ].join('\n');
}
