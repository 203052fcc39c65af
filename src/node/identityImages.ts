import type { PackageFacts } from '../core/identityEvidence.ts';
import { parseImage } from '../core/installNames.ts';
import { isJsonObject, jsonItems, type JsonObject } from '../core/json.ts';
import { ask, jsonOf, unexpected, type GatherContext } from './identityFetch.ts';
import type { GuardedAnswer } from './guardedFetch.ts';

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The label of an image in its registry, read without an account (OCI distribution specification 1.1). */
export async function imageFacts(context: GatherContext, reference: string): Promise<PackageFacts> {
  const image = parseImage(reference);
  if (!image) throw unexpected('this is no reference to an image');
  const isHub = image.host === undefined || /^(?:index\.|registry-1\.)?docker\.io$/i.test(image.host);
  const host = isHub ? 'registry-1.docker.io' : (image.host ?? '');
  const path = isHub && !image.path.includes('/') ? `library/${image.path}` : image.path;
  const registry = new ImageRegistry(context, `https://${host}/v2/${path}`);
  const top = await registry.manifest(image.digest ?? image.tag ?? 'latest');
  const digest = image.digest ?? top.digest;
  const one = Array.isArray(top.json['manifests']) ? await registry.manifest(platformDigest(top.json)) : top;
  const config = isJsonObject(one.json['config']) ? one.json['config']['digest'] : undefined;
  if (typeof config !== 'string' || !isDigest(config)) throw unexpected('the image has no configuration');
  const body = await registry.json(`blobs/${config}`, 'application/json, */*');
  const settings = isJsonObject(body.json['config']) ? body.json['config'] : {};
  const labels = isJsonObject(settings['Labels']) ? settings['Labels'] : {};
  const label = labels['io.modelcontextprotocol.server.name'];
  return { kind: 'image', label: typeof label === 'string' ? label : undefined, digest };
}

function isDigest(text: string): boolean {
  return /^sha256:[a-f0-9]{64}$/.test(text);
}

/** The image of the platform that most people run; any other says the same in its label. */
function platformDigest(index: JsonObject): string {
  const items = jsonItems(index['manifests']).filter((item) => isJsonObject(item));
  const isUsual = (item: JsonObject) =>
    isJsonObject(item['platform']) &&
    item['platform']['os'] === 'linux' &&
    item['platform']['architecture'] === 'amd64';
  const digest = (items.find(isUsual) ?? items[0])?.['digest'];
  if (typeof digest !== 'string' || !isDigest(digest)) throw unexpected('the image index names no image');
  return digest;
}

interface Answered {
  readonly json: JsonObject;
  readonly digest: string | undefined;
}

/** One repository of an image registry, with the token that it gives to everybody. */
class ImageRegistry {
  readonly #context: GatherContext;
  readonly #base: string;
  #token: string | undefined;

  constructor(context: GatherContext, base: string) {
    this.#context = context;
    this.#base = base;
  }

  manifest(reference: string): Promise<Answered> {
    return this.json(`manifests/${reference}`, manifestTypes);
  }

  async json(path: string, accept: string): Promise<Answered> {
    let answer = await this.#get(path, accept);
    if (answer.status === 401 && this.#token === undefined) {
      this.#token = await this.#anonymousToken(answer);
      answer = await this.#get(path, accept);
    }
    const json = jsonOf(answer);
    if (!isJsonObject(json)) {
      const { host } = new URL(answer.url);
      throw unexpected(
        answer.status === 404 ? `${host} does not know this image` : `${host} answered ${answer.status}`,
      );
    }
    return { json, digest: answer.headers.get('docker-content-digest') ?? undefined };
  }

  #get(path: string, accept: string): Promise<GuardedAnswer> {
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    // Blobs lie at content hosts; the token does not go there.
    return ask(this.#context, `${this.#base}/${path}`, {
      accept,
      headers,
      redirects: 'any',
      maxBytes: 4 * 1024 * 1024,
    });
  }

  async #anonymousToken(answer: GuardedAnswer): Promise<string> {
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const of = (name: string) => new RegExp(`\\b${name}="([^"]{0,500})"`).exec(challenge)?.[1];
    const realm = of('realm');
    if (!/^bearer\s/i.test(challenge) || realm === undefined || !URL.canParse(realm))
      throw unexpected('the image registry wants an account');
    const url = new URL(realm);
    for (const name of ['service', 'scope']) {
      const value = of(name);
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const json = jsonOf(
      await ask(this.#context, url.href, { accept: 'application/json', maxBytes: 64 * 1024 }),
    );
    const token = isJsonObject(json) ? (json['token'] ?? json['access_token']) : undefined;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
      throw unexpected('the image registry wants an account');
    return token;
  }
}
