import { worst, type Finding } from './identityCheck.ts';
import { namespaceOf } from './identityHosts.ts';
import type { Gathered, IdentityEvidence, PackageFacts } from './identityEvidence.ts';
import { isFloatingVersion, parseImage, versionProblem } from './installNames.ts';
import type { EntryPackage, RegistryEntry } from './registry.ts';
import { oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** The official registry, which checks who publishes. */
export function isOfficialRegistry(url: string): boolean {
  return URL.canParse(url) && new URL(url).host === 'registry.modelcontextprotocol.io';
}

/** The public registries that ownership can be checked in, by type of package. */
export const publicBases: Readonly<Record<string, string>> = {
  npm: 'https://registry.npmjs.org',
  pypi: 'https://pypi.org',
  nuget: 'https://api.nuget.org',
  cargo: 'https://crates.io',
};

/** True for a package of the registry that everybody means, whatever the address is written like. */
export function isPublicPackage({ registryType, registryBaseUrl }: EntryPackage): boolean {
  const base = publicBases[registryType];
  if (registryBaseUrl === undefined || base === undefined) return base !== undefined;
  return URL.canParse(registryBaseUrl) && new URL(registryBaseUrl).host === new URL(base).host;
}

/** The packages that are judged, with their places in the entry. */
export function judgedPackages({ entry, subject }: IdentityEvidence): readonly {
  readonly index: number;
  readonly item: EntryPackage;
}[] {
  if (subject?.kind === 'remote') return [];
  const all = (entry?.packages ?? []).map((item, index) => ({ index, item }));
  if (subject?.kind !== 'package') return all;
  const { registryType, identifier, version } = subject;
  // The entry may list its packages in another order than when this one was installed.
  const same = all.filter(({ item }) => item.registryType === registryType && item.identifier === identifier);
  return [same.find(({ item }) => item.version === version) ?? same[0] ?? all[subject.index]].filter(
    (one) => one !== undefined,
  );
}

type Judge = (
  item: EntryPackage,
  entry: RegistryEntry,
  facts: Gathered<PackageFacts>,
  evidence: IdentityEvidence,
) => Finding;

function judge(evidence: IdentityEvidence, types: readonly string[], what: string, one: Judge): Finding {
  const { entry } = evidence;
  const packages = judgedPackages(evidence).filter(({ item }) => types.includes(item.registryType));
  if (!entry || packages.length === 0) return { result: 'n/a', evidence: say`There is no ${what}.` };
  return worst(
    packages.map(({ index, item }) =>
      one(item, entry, evidence.packages[index] ?? { kind: 'not-asked' }, evidence),
    ),
    '',
  );
}

/** What was not found out, as a finding; undefined when something was. */
export function notFound(facts: Gathered<unknown>, what: string): Finding | undefined {
  switch (facts.kind) {
    case 'found':
      return undefined;
    case 'not-asked':
      return { result: 'unknown', evidence: say`${what} was not asked yet.` };
    case 'absent':
      return {
        result: 'unknown',
        evidence: say`${what}: nothing at ${oneLine(facts.where, 300)}.`,
        at: facts.at,
      };
    case 'failed':
      return {
        result: 'unknown',
        evidence: say`${what} could not be asked: ${oneLine(facts.reason, 300)}`,
        at: facts.at,
      };
  }
}

const strangeBase = (item: EntryPackage): Finding => ({
  result: 'warn',
  evidence: say`${oneLine(item.identifier, 200)} comes from ${oneLine(item.registryBaseUrl ?? '', 200)}: its owner cannot be checked there.`,
});

/** A package that does not name this server: proof that the official registry asks for, a claim elsewhere. */
function unnamed(item: EntryPackage, { registry }: IdentityEvidence, at: number): Finding {
  const isOfficial = registry !== undefined && isOfficialRegistry(registry.url);
  return {
    result: isOfficial ? 'fail' : 'warn',
    evidence: say`${oneLine(item.identifier, 200)}${item.version === undefined ? '' : ` ${oneLine(item.version, 60)}`} names no server.`,
    at,
  };
}

/** I7: `mcpName` of exactly this version of the npm package. */
export function checkNpm(evidence: IdentityEvidence): Finding {
  return judge(evidence, ['npm'], say`npm package`, (item, entry, facts) => {
    if (!isPublicPackage(item)) return strangeBase(item);
    const missing = notFound(facts, say`The npm registry`);
    if (missing || facts.kind !== 'found' || facts.value.kind !== 'npm')
      return missing ?? { result: 'unknown', evidence: say`The npm registry was not asked yet.` };
    const { at, value } = facts;
    if (value.mcpName === undefined) return unnamed(item, evidence, at);
    const name = `${oneLine(item.identifier, 200)} ${oneLine(item.version ?? '', 60)}`.trim();
    if (value.mcpName !== entry.name)
      return {
        result: 'fail',
        evidence: say`${name} is the package of another server: ${oneLine(value.mcpName, 200)}.`,
        at,
      };
    const more = value.isAttested ? say` npm has a provenance attestation for it.` : '';
    return { result: 'pass', evidence: say`${name} names this server.${more}`, at };
  });
}

/** True when a text holds `mcp-name: <name>` as the official registry reads it. */
export function mcpNamesIn(text: string): readonly string[] {
  const found = text.matchAll(
    /mcp-name:\s{0,20}([a-zA-Z0-9.-]{1,200}\/[a-zA-Z0-9._-]{1,200})(?=\s|<|-->|$)/g,
  );
  return [
    ...new Set([...found].flatMap((match) => (match[1] === undefined ? [] : [match[1].replace(/--$/, '')]))),
  ].slice(0, 20);
}

/** I8: the read-me of this version of a PyPI, NuGet or cargo package; the owner in the path of a Go module. */
export function checkReadme(evidence: IdentityEvidence): Finding {
  return judge(
    evidence,
    ['pypi', 'nuget', 'cargo', 'go'],
    say`PyPI, NuGet, cargo or Go package`,
    (item, entry, facts) => {
      const name = oneLine(item.identifier, 200);
      if (item.registryType === 'go') {
        const namespace = namespaceOf(entry.name);
        const owner = /^github\.com\/([^/]+)\//i.exec(item.identifier)?.[1]?.toLowerCase();
        if (namespace.kind !== 'github' || owner === undefined)
          return { result: 'unknown', evidence: say`Nothing ties the module ${name} to the namespace.` };
        return owner === namespace.login
          ? { result: 'pass', evidence: say`The module ${name} belongs to ${owner}.` }
          : {
              result: 'fail',
              evidence: say`The module ${name} does not belong to ${namespace.login}, the account of the namespace.`,
            };
      }
      if (!isPublicPackage(item)) return strangeBase(item);
      const missing = notFound(facts, say`The registry of the package`);
      if (missing || facts.kind !== 'found' || facts.value.kind !== 'readme')
        return (
          missing ?? { result: 'unknown', evidence: say`The registry of the package was not asked yet.` }
        );
      const { at, value } = facts;
      if (value.names.includes(entry.name))
        return { result: 'pass', evidence: say`The description of ${name} names this server.`, at };
      const [other] = value.names;
      if (other !== undefined)
        return {
          result: 'fail',
          evidence: say`The description of ${name} names another server: ${oneLine(other, 200)}.`,
          at,
        };
      return unnamed(item, evidence, at);
    },
  );
}

/** I9: the label of the image, and whether the reference can change. */
export function checkImage(evidence: IdentityEvidence): Finding {
  return judge(evidence, ['oci'], say`container image`, (item, entry, facts) => {
    const image = parseImage(item.identifier);
    const name = oneLine(item.identifier, 200);
    if (!image) return { result: 'warn', evidence: say`${name} is no reference to an image.` };
    const mutable: Finding | undefined =
      image.digest === undefined
        ? {
            result: 'warn',
            evidence:
              image.tag === undefined || image.tag === 'latest'
                ? say`${name} names no version: what it leads to changes.`
                : say`${name} is named by a tag, which can be moved to another image.`,
          }
        : undefined;
    const missing = notFound(facts, say`The registry of the image`);
    if (missing || facts.kind !== 'found' || facts.value.kind !== 'image')
      return (
        mutable ??
        missing ?? { result: 'unknown', evidence: say`The registry of the image was not asked yet.` }
      );
    const { at, value } = facts;
    if (value.label === undefined) return { ...unnamed(item, evidence, at), result: 'warn' };
    if (value.label !== entry.name)
      return {
        result: 'fail',
        evidence: say`The label of ${name} names another server: ${oneLine(value.label, 200)}.`,
        at,
      };
    const named = say`The label of ${name} names this server.`;
    return mutable
      ? { result: 'warn', evidence: `${named} ${mutable.evidence}`, at }
      : { result: 'pass', evidence: named, at };
  });
}

/** I10: the SHA-256 of the bundle. */
export function checkBundle(evidence: IdentityEvidence): Finding {
  return judge(evidence, ['mcpb'], 'bundle', (item, _entry, facts) => {
    if (item.fileSha256 === undefined || !/^[a-f0-9]{64}$/.test(item.fileSha256))
      return {
        result: 'fail',
        evidence: say`The entry names no SHA-256, so nobody can tell whether the file is the right one.`,
      };
    const missing = notFound(facts, say`The file`);
    if (missing || facts.kind !== 'found' || facts.value.kind !== 'file')
      return missing ?? { result: 'unknown', evidence: say`The file was not read yet.` };
    const { at, value } = facts;
    return value.sha256 === item.fileSha256
      ? {
          result: 'pass',
          evidence: say`${value.bytes.toLocaleString('en')} bytes with the SHA-256 of the entry.`,
          at,
        }
      : {
          result: 'fail',
          evidence: say`The file has the SHA-256 ${value.sha256}, not ${item.fileSha256}.`,
          at,
        };
  });
}

const pinnable = ['npm', 'pypi', 'nuget', 'cargo', 'go'];

/** I11: an exact version, a digest or a hash. */
export function checkPinned(evidence: IdentityEvidence): Finding {
  const packages = judgedPackages(evidence);
  if (packages.length === 0) return { result: 'n/a', evidence: say`There is no package.` };
  return worst(
    packages.map(({ item }) => pinFinding(item)),
    '',
  );
}

function pinFinding(item: EntryPackage): Finding {
  const { registryType, version, fileSha256 } = item;
  const name = oneLine(item.identifier, 200);
  if (registryType === 'oci') {
    return parseImage(item.identifier)?.digest === undefined
      ? { result: 'warn', evidence: say`${name} is not named by a digest.` }
      : { result: 'pass', evidence: say`${name} is named by its digest.` };
  }
  if (registryType === 'mcpb') {
    return fileSha256 === undefined
      ? { result: 'warn', evidence: say`The file is not named by a hash.` }
      : { result: 'pass', evidence: say`The file is named by its SHA-256.` };
  }
  if (!pinnable.includes(registryType))
    return {
      result: 'unknown',
      evidence: say`${oneLine(registryType, 40)} is a kind of package that this version does not know.`,
    };
  if (version === undefined || isFloatingVersion(version) || versionProblem(version) !== undefined)
    return { result: 'warn', evidence: say`${name} names no exact version.` };
  return { result: 'pass', evidence: `${name} ${oneLine(version, 60)}.` };
}
