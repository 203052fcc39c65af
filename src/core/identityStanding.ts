import type { Finding } from './identityCheck.ts';
import { judgedUrls, namespaceOf } from './identityHosts.ts';
import type { IdentityEvidence, KnownServer, RegistryEvidence } from './identityEvidence.ts';
import { isOfficialRegistry } from './identityPackages.ts';
import { isReverseDnsName, shortNameOf } from './registry.ts';
import { imitatedTitle, isOneEditApart, mixedScripts, skeleton } from './registryText.ts';
import { hasHiddenText, oneLine } from './util/text.ts';
import { say } from './util/say.ts';

/** GitHub's curated registry. */
function isGitHubRegistry(url: string): boolean {
  return URL.canParse(url) && new URL(url).host === 'api.mcp.github.com';
}

/** True when the registry checks who publishes, or an organisation vouches for it. */
export function isTrustedSource(registry: Pick<RegistryEvidence, 'url' | 'isPolicy'> | undefined): boolean {
  return registry !== undefined && (registry.isPolicy || isOfficialRegistry(registry.url));
}

/** I1: which registry, over https. */
export function checkSource({ registry, server }: IdentityEvidence): Finding {
  if (!registry) {
    return server
      ? { result: 'n/a', evidence: say`It was configured by hand: no registry says anything about it.` }
      : { result: 'unknown', evidence: say`The entry was read from a file.` };
  }
  const host = oneLine(URL.canParse(registry.url) ? new URL(registry.url).host : registry.url, 200);
  if (!/^https:/i.test(registry.url))
    return { result: 'warn', evidence: say`The claims are those of ${host}, read without encryption.` };
  if (isOfficialRegistry(registry.url))
    return { result: 'pass', evidence: say`The official registry, ${host}.` };
  if (registry.isPolicy) return { result: 'pass', evidence: say`${host}, set by your organisation.` };
  if (isGitHubRegistry(registry.url))
    return { result: 'pass', evidence: say`GitHub’s curated registry, ${host}.` };
  return { result: 'warn', evidence: say`The claims are those of ${host}, which nobody vouches for.` };
}

/** I2: the lifecycle. */
export function checkStatus({ entry }: IdentityEvidence): Finding {
  if (!entry) return { result: 'n/a', evidence: say`There is no registry entry.` };
  const said = entry.statusMessage === undefined ? '' : ` ${oneLine(entry.statusMessage, 300)}`;
  if (entry.status === 'deleted') return { result: 'fail', evidence: say`Deleted from the registry.${said}` };
  if (entry.unknownStatus !== undefined)
    return {
      result: 'warn',
      evidence: say`The registry says “${oneLine(entry.unknownStatus, 60)}”, which this version does not know.${said}`,
    };
  if (entry.status === 'deprecated') return { result: 'warn', evidence: say`Deprecated.${said}` };
  return { result: 'pass', evidence: say`Active.` };
}

/** I3: reverse DNS with one slash. */
export function checkName({ entry, registry }: IdentityEvidence): Finding {
  if (!entry) return { result: 'n/a', evidence: say`There is no registry entry.` };
  const name = oneLine(entry.name, 250);
  if (
    registry &&
    isGitHubRegistry(registry.url) &&
    /^[\w.-]+\/[\w.-]+$/.test(entry.name) &&
    namespaceOf(entry.name).kind === 'none'
  )
    return { result: 'n/a', evidence: say`${name} is named after a repository, as GitHub’s registry does.` };
  if (isReverseDnsName(entry.name) && namespaceOf(entry.name).kind !== 'none')
    return { result: 'pass', evidence: `${name}.` };
  return { result: 'fail', evidence: say`${name} is no name by the grammar of the registry.` };
}

/** I17: names and titles that look like those of others. */
export function checkLookalike({ entry, server, live, known }: IdentityEvidence): Finding {
  const name = entry?.name;
  const titles = [entry?.title, live?.title, entry ? undefined : server?.name].filter(
    (title) => title !== undefined,
  );
  const problems: string[] = [];
  for (const title of titles) {
    const scripts = mixedScripts(title);
    if (scripts) problems.push(say`“${oneLine(title, 100)}” mixes letters of ${scripts.join(say` and `)}.`);
  }
  for (const text of [...titles, ...(name === undefined ? [] : [namespaceWords(name), shortNameOf(name)])]) {
    const imitated = imitatedTitle(text);
    if (imitated !== undefined) problems.push(say`“${oneLine(text, 100)}” looks like ${imitated}.`);
  }
  for (const other of known) {
    const alike = name === undefined ? undefined : alikeName(name, entry?.title, other);
    if (alike !== undefined)
      problems.push(say`${alike} is easily taken for ${oneLine(other.name, 200)}, which you have installed.`);
  }
  if (problems.length > 0) return { result: 'warn', evidence: [...new Set(problems)].slice(0, 4).join(' ') };
  return { result: 'pass', evidence: say`Nothing that is installed or well known looks the same.` };
}

function namespaceWords(name: string): string {
  const namespace = namespaceOf(name);
  if (namespace.kind === 'github') return namespace.login;
  return namespace.kind === 'domain' ? namespace.domain.split('.').slice(0, -1).join(' ') : '';
}

/** How a name, or its title, is near to that of another publisher; undefined when it is not. */
function alikeName(name: string, title: string | undefined, other: KnownServer): string | undefined {
  const [mine, theirs] = [publisherOf(name), publisherOf(other.name)];
  if (mine === theirs) return undefined;
  const isNear = (a: string, b: string) =>
    skeleton(a) === skeleton(b) ||
    (Math.min(a.length, b.length) >= 6 && isOneEditApart(skeleton(a), skeleton(b)));
  if (isNear(mine, theirs)) return oneLine(name, 200);
  const isSameTitle =
    title !== undefined && other.title !== undefined && skeleton(title) === skeleton(other.title);
  return isSameTitle ? say`The title “${oneLine(title, 100)}”` : undefined;
}

function publisherOf(name: string): string {
  const namespace = namespaceOf(name);
  if (namespace.kind === 'github') return namespace.login;
  return namespace.kind === 'domain' ? namespace.domain : name.toLowerCase();
}

/** I18: what the user agreed to, against what is there now. */
export function checkChange({ approved }: IdentityEvidence): Finding {
  if (!approved) return { result: 'n/a', evidence: say`It is not installed.` };
  const { launch, changes, definitions } = approved;
  const problems = [
    ...(launch === 'changed' ? [say`Its command or address is not the one you agreed to.`] : []),
    ...changes,
    ...(definitions > 0 ? [say`${definitions} of its definitions wait for your review.`] : []),
  ];
  if (problems.length > 0) return { result: 'warn', evidence: problems.slice(0, 6).join(' ') };
  if (launch === 'none') return { result: 'unknown', evidence: say`You have not agreed to anything yet.` };
  return {
    result: 'pass',
    evidence: say`Command or address, version and definitions are those that you agreed to.`,
  };
}

/** I19: the organisation's allow and deny lists. */
export function checkPolicy({ access }: IdentityEvidence): Finding {
  if (!access) return { result: 'n/a', evidence: say`No organisation restricts servers on this machine.` };
  return access.kind === 'blocked'
    ? { result: 'fail', evidence: oneLine(access.reason, 400) }
    : { result: 'pass', evidence: say`The lists of your organisation let it run.` };
}

/** I20: hidden characters in anything that is shown. */
export function checkText(evidence: IdentityEvidence): Finding {
  const { entry, live, card, server } = evidence;
  const found = card.kind === 'found' ? card.value : undefined;
  const texts: readonly (readonly [string, string | undefined])[] = [
    [say`name`, entry?.name],
    [say`title`, entry?.title],
    [say`description`, entry?.description],
    [say`version`, entry?.version],
    [say`status message`, entry?.statusMessage],
    [say`website`, entry?.websiteUrl],
    [say`repository`, entry?.repository?.url],
    ...judgedUrls(evidence).map((url) => [say`address`, url] as const),
    ...(entry?.packages ?? []).flatMap(({ identifier, version, environmentVariables }) => [
      [say`package`, identifier] as const,
      [say`package version`, version] as const,
      ...environmentVariables.map(
        ({ name, description }) => [say`variable`, `${name} ${description ?? ''}`] as const,
      ),
    ]),
    [say`server name`, server?.name],
    [say`live name`, live?.name],
    [say`live title`, live?.title],
    [say`live version`, live?.version],
    [say`live description`, live?.description],
    [say`instructions`, live?.instructions],
    [say`card name`, found?.name],
    [say`card title`, found?.title],
  ];
  const hit = texts.filter(([, text]) => text !== undefined && hasHiddenText(text));
  if (hit.length === 0) return { result: 'pass', evidence: say`None in its texts.` };
  const [first] = hit;
  const where = [...new Set(hit.map(([name]) => name))].slice(0, 6).join(', ');
  return { result: 'warn', evidence: say`In ${where}: ${oneLine(first?.[1] ?? '', 200)}` };
}
