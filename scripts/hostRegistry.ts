import { parseArgs } from 'node:util';
import { defaultCandidate, installCandidates, type InstallCandidate } from '../src/core/installChoice.ts';
import { completePlan, type Answers } from '../src/core/installComplete.ts';
import { compareEntries } from '../src/core/installDiff.ts';
import type { PlanOptions } from '../src/core/installDraft.ts';
import { planInstall, type InstallChoice, type InstallPlan } from '../src/core/installPlan.ts';
import type { Clock, Logger } from '../src/core/ports.ts';
import { sourceUrlProblem, type RegistryClient } from '../src/core/registryClient.ts';
import type { RegistryIndex } from '../src/core/registryIndex.ts';
import { schemaAdvice } from '../src/core/registrySchema.ts';
import { RegistrySync } from '../src/core/registrySync.ts';
import type { RegistryEntry, RegistrySource } from '../src/core/registry.ts';
import { shown, shownIfAny } from '../src/core/shown.ts';
import { toDisposable } from '../src/core/util/disposables.ts';
import { AppError } from '../src/core/util/errors.ts';
import { openRegistryDatabase } from '../src/node/registryDatabase.ts';
import { createRegistryClient } from '../src/node/registryHttp.ts';
import { siteOf } from '../src/node/publicSuffixes.ts';
import { createRegistryRows } from '../src/node/registryRows.ts';
import { entrySchemas } from '../src/node/registrySchemas.ts';
import { createSchemaValidator } from '../src/node/schemaValidator.ts';
import { readEntries, readEntry, readPlatform } from './host/registryFiles.ts';
import { planTable } from './host/registryTable.ts';

/** What a command prints: JSON, or a text as it is. */
export type CommandOutput =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'text'; readonly text: string };

/** How both commands are used. */
export const registryUsage = `  plan ENTRY.json [--package N | --remote N]  how an entry becomes a server: command or URL, inputs, review, dangers; or why not
       [--answers JSON] [--compare OTHER.json] [--platform linux-x64] [--version V] [--ask-for-gaps] [--allow-private]
  plan --all FILE                             every package and remote of a list of entries, as a table
  registry sync --registry URL --state DIR    brings the copy of a registry up to date; goes on where it was cut off
       [--mirror] [--key-env NAME] [--key-header NAME]
  registry search [QUERY] --state DIR         looks in the copy  [--registry URL] [--kind npm] [--place remote|local]
       [--transport sse] [--status deprecated] [--sort name|updated|published] [--limit N] [--offset N]
  registry show NAME --state DIR              one server with its versions  [--registry URL] [--version V]`;

/** Runs `plan`; rejects with an `AppError`. */
export async function planCommand(argv: readonly string[]): Promise<CommandOutput> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        all: { type: 'string' },
        package: { type: 'string' },
        remote: { type: 'string' },
        answers: { type: 'string' },
        compare: { type: 'string' },
        platform: { type: 'string' },
        version: { type: 'string' },
        'ask-for-gaps': { type: 'boolean', default: false },
        'allow-private': { type: 'boolean', default: false },
      },
    }),
  );
  const options: PlanOptions = {
    ...(values.platform === undefined ? {} : { platform: readPlatform(values.platform) }),
    ...(values.version === undefined ? {} : { version: values.version }),
    askForGaps: values['ask-for-gaps'],
    allowPrivate: values['allow-private'],
  };
  if (values.all !== undefined) return { kind: 'text', text: planTable(readEntries(values.all), options) };
  const [file] = positionals;
  if (file === undefined) throw new AppError('invalid-input', 'plan: which file?');
  const entry = readEntry(file);
  const choice = choiceOf(entry, values, options);
  if (choice === undefined) {
    const reasons = ['the entry has neither a package nor a remote: there is nothing to install'];
    const { server, checks } = planInstall(entry, { kind: 'package', index: 0 }, options);
    return { kind: 'json', value: { kind: 'refused', server, reasons, checks, ...aboutEntry(entry) } };
  }
  if (values.compare !== undefined) {
    return { kind: 'json', value: compareEntries(entry, readEntry(values.compare), choice, options) };
  }
  const plan = planInstall(entry, choice, options);
  if (values.answers !== undefined) return { kind: 'json', value: completed(plan, values.answers, options) };
  const {
    template: _text,
    connectTemplate: _address,
    ...printed
  } = { template: 0, connectTemplate: 0, ...plan };
  const offered = installCandidates(entry, options).map(offer);
  return { kind: 'json', value: { ...printed, ...aboutEntry(entry), offered } };
}

/** Runs `registry`; rejects with an `AppError`. Progress goes to stderr. */
export async function registryCommand(
  argv: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandOutput> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        registry: { type: 'string' },
        state: { type: 'string' },
        mirror: { type: 'boolean', default: false },
        'key-env': { type: 'string' },
        'key-header': { type: 'string', default: 'authorization' },
        kind: { type: 'string', multiple: true },
        place: { type: 'string' },
        transport: { type: 'string', multiple: true },
        status: { type: 'string', multiple: true },
        sort: { type: 'string', default: 'relevance' },
        limit: { type: 'string', default: '20' },
        offset: { type: 'string', default: '0' },
        version: { type: 'string', default: 'latest' },
      },
    }),
  );
  const [verb, ...rest] = positionals;
  if (values.state === undefined)
    throw new AppError('invalid-input', 'registry: which folder? Give --state DIR.');
  const header = values['key-env'] === undefined ? undefined : values['key-header'];
  const source = values.registry === undefined ? undefined : sourceOf(values.registry, header);
  const client = clientOf(values['key-env']);
  const db = openRegistryDatabase(values.state, (bad) =>
    say('warn')(`the copy was damaged and set aside as ${bad}`),
  );
  try {
    const index = createRegistryRows(db, stderrLogger, siteOf);
    switch (verb) {
      case 'sync':
        if (source === undefined) throw new AppError('invalid-input', 'registry sync: give --registry URL');
        return { kind: 'json', value: await sync(index, client, source, values.mirror, signal) };
      case 'search': {
        const filters = withoutMissing({
          registries: source && [source.id],
          packageKinds: values.kind,
          place: oneOf('place', values.place, ['remote', 'local']),
          transports: listOf('transport', values.transport, ['stdio', 'streamable-http', 'sse']),
          statuses: listOf('status', values.status, ['active', 'deprecated', 'deleted']),
        });
        const started = performance.now();
        const result = index.search({
          text: rest.join(' '),
          filters,
          sort: oneOf('sort', values.sort, ['relevance', 'name', 'updated', 'published']) ?? 'relevance',
          offset: count('offset', values.offset),
          limit: count('limit', values.limit),
        });
        return {
          kind: 'json',
          value: { ...result, ms: Math.round((performance.now() - started) * 100) / 100 },
        };
      }
      case 'show':
        return { kind: 'json', value: await show(index, client, source, rest[0], values.version, signal) };
      default:
        throw new AppError('invalid-input', `registry: unknown command "${verb ?? ''}"`);
    }
  } finally {
    db.close();
  }
}

async function sync(
  index: RegistryIndex,
  client: RegistryClient,
  source: RegistrySource,
  mirror: boolean,
  signal: AbortSignal,
): Promise<unknown> {
  const ports = { client, index, clock: lastingClock, logger: stderrLogger, owner: `pid-${process.pid}` };
  const synchronising = new RegistrySync(ports);
  const resumed = index.record(source.id)?.cursor !== undefined && !mirror;
  const watch = synchronising.state(source.id).subscribe((state) => {
    if (state.kind === 'running') process.stderr.write(`${JSON.stringify({ progress: state })}\n`);
  });
  const started = performance.now();
  const state = await synchronising.sync(source, signal, { mirror });
  watch.dispose();
  if (state.kind === 'failed') throw state.error;
  if (state.kind === 'elsewhere')
    throw new AppError('conflict', `${source.label}: another process is bringing this copy up to date`);
  const record = index.record(source.id);
  return {
    registry: source.url,
    state: state.kind,
    ...(state.kind === 'done' ? { rows: state.rows, bad: state.bad, removed: state.removed } : {}),
    resumed,
    ...index.size(source.id),
    api: record?.api,
    newest: record?.watermark,
    ms: Math.round(performance.now() - started),
  };
}

async function show(
  index: RegistryIndex,
  client: RegistryClient,
  source: RegistrySource | undefined,
  name: string | undefined,
  version: string,
  signal: AbortSignal,
): Promise<unknown> {
  if (name === undefined) throw new AppError('invalid-input', 'registry show: which server?');
  const registryIds = source ? [source.id] : index.records().map((record) => record.registryId);
  for (const registryId of registryIds) {
    const entry = index.entry(registryId, name, version);
    if (entry)
      return { registry: registryId, isStored: true, ...entryPage(entry, index.versions(registryId, name)) };
  }
  if (source === undefined) throw new AppError('not-found', `${name} ${version} is not in the copy`);
  const entry = await client.version(source, name, version, signal);
  return { registry: source.id, isStored: false, ...entryPage(entry, [entry]) };
}

function entryPage(entry: RegistryEntry, versions: readonly RegistryEntry[]): object {
  const { raw, name: _name, title: _title, description: _text, ...rest } = entry; // in `texts`, made visible
  return {
    ...rest,
    ...aboutEntry(entry),
    versions: versions.map((item) => ({
      version: item.version,
      status: item.status,
      publishedAt: item.publishedAt,
      message: item.statusMessage,
    })),
    offered: installCandidates(entry).map(offer),
    raw,
  };
}

function completed(plan: InstallPlan, answers: string, options: PlanOptions): object {
  if (plan.kind === 'refused' || plan.launch === undefined) {
    throw new AppError('invalid-input', `plan: ${plan.reasons.join('; ')}`);
  }
  const given = parsed(() => JSON.parse(answers) as Answers);
  const done = completePlan(plan as Extract<InstallPlan, { kind: 'runnable' }>, given, options);
  if (done.kind === 'problems') return done;
  const { values: _secrets, ...printed } = done;
  return printed;
}

function aboutEntry(entry: RegistryEntry): object {
  const schema = schemaAdvice(entry, entrySchemas, createSchemaValidator());
  const { name, title, description, problems, status, icons } = entry;
  const texts = { name: shown(name), title: shownIfAny(title), description: shown(description) };
  return { texts, schema, problems, status, icons };
}

function offer({ choice, plan }: InstallCandidate): object {
  return { ...choice, plan: plan.kind, subject: plan.subject, reasons: plan.reasons };
}

function oneOf<T extends string>(
  option: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  const found = known.find((one) => one === value);
  if (value !== undefined && found === undefined)
    throw new AppError('invalid-input', `--${option}: "${value}" is none of ${known.join(', ')}`);
  return found;
}

function listOf<T extends string>(
  option: string,
  values: readonly string[] | undefined,
  known: readonly T[],
): readonly T[] | undefined {
  return values?.flatMap((value) => oneOf(option, value, known) ?? []);
}

function count(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new AppError('invalid-input', `--${option}: "${text}" is no number`);
  return Number(text);
}

function choiceOf(
  entry: RegistryEntry,
  values: { readonly package?: string | undefined; readonly remote?: string | undefined },
  options: PlanOptions,
): InstallChoice | undefined {
  if (values.package !== undefined) return { kind: 'package', index: count('package', values.package) };
  if (values.remote !== undefined) return { kind: 'remote', index: count('remote', values.remote) };
  return defaultCandidate(entry, options)?.choice;
}

function sourceOf(url: string, header: string | undefined): RegistrySource {
  const problem = sourceUrlProblem(url);
  if (problem !== undefined) throw new AppError('invalid-input', `--registry ${problem}`);
  const base = new URL(url).href.replace(/\/$/, '');
  const named = header === undefined ? undefined : { name: header, secretKey: 'key' };
  return { id: base, label: new URL(url).host, url: base, isPolicy: false, header: named };
}

function clientOf(keyEnv: string | undefined): RegistryClient {
  const secrets = {
    get: async () => (keyEnv === undefined ? undefined : process.env[keyEnv]),
    set: async () => {},
    delete: async () => {},
  };
  return createRegistryClient({ fetch, clock: lastingClock, random: Math.random, version: 'host', secrets });
}

/** The time of this machine; unlike the host's clock its timers keep the process alive. */
const lastingClock: Clock = {
  now: () => Date.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return toDisposable(() => clearTimeout(timer));
  },
};

function say(level: string): (message: string) => void {
  return (message) => void process.stderr.write(`${JSON.stringify({ [level]: message })}\n`);
}

const stderrLogger: Logger = { debug: () => {}, info: () => {}, warn: say('warn'), error: say('error') };

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new AppError('invalid-input', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutMissing<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
