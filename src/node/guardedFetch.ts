import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket } from 'node:tls';
import { remoteUrlProblem, type HostKind } from '../core/installAddress.ts';
import type { Clock } from '../core/ports.ts';
import { AppError, throwIfAborted } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import { judgedLookup, type Lookup } from './judgedLookup.ts';

/** What guarded requests need from outside. */
export interface GuardedDeps {
  readonly clock: Clock;
  /** Default: the system's. Every address it gives is judged by the connection that uses it. */
  readonly lookup?: Lookup;
  /** Said in `User-Agent`. */
  readonly version: string;
}

/** One GET of an address that somebody else named. */
export interface GuardedRequest {
  /** Bytes of the body at most; beyond, `too-large`. */
  readonly maxBytes: number;
  /** For everything, redirects included. */
  readonly timeoutMs: number;
  /** Redirects to follow at most; 0 makes a redirect an answer like any other. */
  readonly maxRedirects: number;
  /** `any`: also to other origins, which have to be on the internet and get none of `headers` but `accept`. */
  readonly redirects: 'same-origin' | 'any';
  readonly headers?: Readonly<Record<string, string>>;
  /** The user accepts addresses on this machine (also http) and in private networks; metadata services never. */
  readonly allowPrivate?: boolean;
  readonly signal: AbortSignal;
  /** The answer's head is enough: no body is read. */
  readonly headOnly?: boolean;
  /** Takes the body of a 2xx piece by piece; `bytes` then stays empty. */
  readonly sink?: (chunk: Uint8Array, total: number | undefined) => Promise<void>;
}

/** An answer of any status; the body is only there for a 2xx. */
export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from after all redirects. */
  readonly url: string;
  readonly bytes: Uint8Array;
  /** Of an encrypted connection, whose chain was valid for the host. */
  readonly certificate: PeerCertificate | undefined;
}

/** What the certificate of a host says. */
export interface PeerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
  /** SHA-256, as colon-separated hexadecimal pairs. */
  readonly fingerprint: string;
}

interface Hop {
  readonly url: URL;
  readonly allowPrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * GETs addresses that a registry, a bundle or a server named: https only (http for this machine, when allowed), no cookies, no
 * credentials, no private or metadata address — judged as text, after name resolution by the very connection that is made,
 * and again at each redirect. Rejects `blocked`, `too-large`, `timeout`, `connect-failed` or `cancelled`.
 */
export class GuardedFetch {
  readonly #deps: GuardedDeps;

  constructor(deps: GuardedDeps) {
    this.#deps = deps;
  }

  async get(text: string, request: GuardedRequest): Promise<GuardedAnswer> {
    throwIfAborted(request.signal);
    const late = new AbortController();
    const timer = this.#deps.clock.setTimer(request.timeoutMs, () => late.abort());
    const host = () => (URL.canParse(text) ? new URL(text).host : 'it');
    try {
      return await this.#follow(text, request, AbortSignal.any([request.signal, late.signal]));
    } catch (error) {
      if (request.signal.aborted) throw new AppError('cancelled', 'cancelled', { cause: error });
      if (late.signal.aborted)
        throw new AppError(
          'timeout',
          `${host()} did not answer in full within ${request.timeoutMs / 1000} s`,
        );
      if (error instanceof AppError) throw error;
      const code =
        error instanceof Error && 'code' in error ? String(error.code) : 'the connection broke off';
      throw new AppError('connect-failed', `${host()} could not be read (${oneLine(code, 80)})`, {
        cause: error,
      });
    } finally {
      timer.dispose();
    }
  }

  async #follow(text: string, request: GuardedRequest, signal: AbortSignal): Promise<GuardedAnswer> {
    const accept = request.headers?.['accept'];
    let at = text;
    for (let hops = 0; ; hops++) {
      const isHome = hops === 0 || new URL(at).origin === new URL(text).origin;
      const allowPrivate = request.allowPrivate === true && isHome;
      const problem = at.length > 8192 ? 'the address is too long' : remoteUrlProblem(at, allowPrivate);
      if (problem !== undefined) throw blocked(at, problem);
      const headers = isHome ? (request.headers ?? {}) : accept === undefined ? {} : { accept };
      const incoming = await this.#ask({ url: new URL(at), allowPrivate, headers }, signal);
      const next = locationOf(incoming, at);
      if (next === undefined || request.maxRedirects === 0) return await answerOf(incoming, at, request);
      incoming.destroy();
      if (hops >= request.maxRedirects)
        throw new AppError('blocked', `${new URL(text).host} leads from redirect to redirect`);
      if (request.redirects === 'same-origin' && next.origin !== new URL(at).origin)
        throw blocked(next.href, 'a redirect to another place is not followed');
      at = next.href;
    }
  }

  #ask({ url, allowPrivate, headers }: Hop, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
      headers: {
        'accept-encoding': 'identity',
        'user-agent': `mcp-switchboard/${this.#deps.version}`,
        ...headers,
      },
      lookup: judgedLookup({
        lookup: this.#deps.lookup,
        isAllowed: (kind) => isAllowed(kind, allowPrivate),
        blocked,
      }),
      agent: false,
      signal,
    });
    outgoing.once('error', reject);
    outgoing.once('response', resolve);
    outgoing.end();
    return promise;
  }
}

function isAllowed(kind: HostKind, allowPrivate: boolean): boolean {
  return kind === 'public' || (allowPrivate && (kind === 'loopback' || kind === 'private'));
}

function locationOf({ statusCode, headers }: http.IncomingMessage, base: string): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode ?? 0) || location === undefined) return undefined;
  return URL.canParse(location, base) ? new URL(location, base) : undefined;
}

async function answerOf(
  incoming: http.IncomingMessage,
  url: string,
  { maxBytes, sink, headOnly }: GuardedRequest,
): Promise<GuardedAnswer> {
  const certificate = certificateOf(incoming);
  const status = incoming.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && name !== 'set-cookie') headers.set(name, String(value));
  const chunks: Uint8Array[] = [];
  try {
    if (status < 200 || status > 299 || headOnly === true)
      return { status, headers, url, bytes: new Uint8Array(), certificate };
    const announced = Number(headers.get('content-length') ?? Number.NaN);
    const total = Number.isSafeInteger(announced) ? announced : undefined;
    let size = 0;
    const tooLarge = () =>
      new AppError('too-large', `${new URL(url).host} sends more than ${sizeText(maxBytes)}`);
    if (total !== undefined && total > maxBytes) throw tooLarge();
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      if (sink) await sink(chunk, total);
      else chunks.push(chunk);
    }
    return { status, headers, url, bytes: Buffer.concat(chunks), certificate };
  } finally {
    incoming.destroy();
  }
}

function certificateOf({ socket }: http.IncomingMessage): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { subject, issuer, valid_to: end, fingerprint256 } = socket.getPeerCertificate();
  // An empty object when there is none.
  if (fingerprint256 === undefined) return undefined;
  const { O: organisation, CN: commonName } = issuer;
  const name = (of: string | readonly string[] | undefined) =>
    typeof of === 'string' ? of : (of?.[0] ?? '');
  return {
    subject: name(subject.CN),
    issuer: name(organisation ?? commonName),
    validTo: Date.parse(end),
    fingerprint: fingerprint256,
  };
}

function sizeText(bytes: number): string {
  return bytes >= 1048576 ? `${Math.round(bytes / 1048576)} MB` : `${Math.round(bytes / 1024)} KB`;
}

function blocked(what: string, why: string): AppError {
  return new AppError('blocked', `${oneLine(what, 200)} is not asked: ${why}`);
}
