import { createHash } from 'node:crypto';
import type { PackageFacts } from '../core/identityEvidence.ts';
import { isPublicPackage, mcpNamesIn } from '../core/identityPackages.ts';
import {
  crateNameProblem,
  npmNameProblem,
  nugetNameProblem,
  pypiNameProblem,
  splitExtras,
  versionProblem,
} from '../core/installNames.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { EntryPackage } from '../core/registry.ts';
import { ask, jsonOf, unexpected, type GatherContext } from './identityFetch.ts';
import { imageFacts } from './identityImages.ts';
import type { GuardedAnswer } from './guardedFetch.ts';

const maxBundle = 200 * 1024 * 1024;

/** Asks the registry of a package about exactly the version that an entry names. */
export async function packageFacts(context: GatherContext, item: EntryPackage): Promise<PackageFacts> {
  const { registryType, identifier } = item;
  if (registryType === 'oci') return imageFacts(context, identifier);
  if (registryType === 'mcpb') return fileFacts(context, identifier);
  if (!isPublicPackage(item)) throw unexpected('ownership can be checked in the public registry only');
  const { version } = item;
  if (version === undefined || versionProblem(version) !== undefined)
    throw unexpected('the entry names no exact version');
  switch (registryType) {
    case 'npm':
      refuse(npmNameProblem(identifier));
      return npmFacts(
        await document(
          context,
          `https://registry.npmjs.org/${identifier.replace('/', '%2F')}/${part(version)}`,
        ),
      );
    case 'pypi': {
      const { base } = splitExtras(identifier);
      refuse(pypiNameProblem(identifier));
      const json = await document(context, `https://pypi.org/pypi/${part(base)}/${part(version)}/json`);
      const info = isJsonObject(json['info']) ? json['info'] : {};
      return {
        kind: 'readme',
        names: mcpNamesIn(typeof info['description'] === 'string' ? info['description'] : ''),
      };
    }
    case 'nuget': {
      refuse(nugetNameProblem(identifier));
      const id = part(identifier.toLowerCase());
      return readme(
        context,
        `https://api.nuget.org/v3-flatcontainer/${id}/${part(version.toLowerCase())}/readme`,
      );
    }
    case 'cargo':
      refuse(crateNameProblem(identifier));
      return readme(context, `https://crates.io/api/v1/crates/${part(identifier)}/${part(version)}/readme`);
    default:
      throw unexpected('this kind of package has no registry to ask');
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw unexpected(problem);
}

function part(text: string): string {
  return encodeURIComponent(text);
}

async function document(context: GatherContext, url: string): Promise<JsonObject> {
  const answer = await ask(context, url, { accept: 'application/json', maxBytes: 8 * 1024 * 1024 });
  const json = jsonOf(answer);
  if (!isJsonObject(json)) throw notThere(answer);
  return json;
}

function notThere({ status, url }: GuardedAnswer): Error {
  const { host } = new URL(url);
  return unexpected(
    status === 404
      ? `${host} does not know this version`
      : status === 200
        ? `${host} did not answer with JSON`
        : `${host} answered ${status}`,
  );
}

function npmFacts(json: JsonObject): PackageFacts {
  const dist = isJsonObject(json['dist']) ? json['dist'] : {};
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    kind: 'npm',
    mcpName: text(json['mcpName']),
    integrity: text(dist['integrity']),
    isAttested: isJsonObject(dist['attestations']),
  };
}

async function readme(context: GatherContext, url: string): Promise<PackageFacts> {
  // The text itself lies at a content host.
  const answer = await ask(context, url, {
    accept: 'text/plain, text/markdown, text/html',
    maxBytes: 4 * 1024 * 1024,
    redirects: 'any',
  });
  if (answer.status === 404) return { kind: 'readme', names: [] };
  if (answer.status !== 200) throw notThere(answer);
  return { kind: 'readme', names: mcpNamesIn(new TextDecoder().decode(answer.bytes)) };
}

async function fileFacts(context: GatherContext, url: string): Promise<PackageFacts> {
  const hash = createHash('sha256');
  let bytes = 0;
  const answer = await context.fetch.get(url, {
    maxBytes: maxBundle,
    timeoutMs: 300_000,
    maxRedirects: 5,
    redirects: 'any',
    headers: { accept: 'application/octet-stream' },
    allowPrivate: false,
    signal: context.signal,
    sink: (chunk) => {
      bytes += chunk.byteLength;
      hash.update(chunk);
      return Promise.resolve();
    },
  });
  if (answer.status !== 200) throw notThere(answer);
  return { kind: 'file', sha256: hash.digest('hex'), bytes };
}
