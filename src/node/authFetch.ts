import * as http from 'node:http';
import * as https from 'node:https';
import { authUrlProblem, isReachable, type AuthReach } from '../core/authAddress.ts';
import type { Clock } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { judgedLookup, type Lookup } from './judgedLookup.ts';

/** What a guarded request needs from outside. */
export interface AuthFetchDeps {
  readonly clock: Clock;
  /** Name resolution; every address it gives is judged before a connection is made to it. */
  readonly lookup?: Lookup;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

/** One request without cookies, credentials or redirects. */
export interface AuthRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Only status and headers matter: the body is not waited for. */
  readonly headOnly?: boolean;
}

const defaultMaxBytes = 256 * 1024;
const defaultTimeoutMs = 15_000;
const maxDescription = 300;

/**
 * Sends requests to addresses that a server named. The address is judged as text, then every resolved address is judged by the
 * connection that uses it, so that no second look-up can lead elsewhere. Rejects `blocked`, `too-large`, `timeout`,
 * `connect-failed` or `cancelled`. A redirect is an answer like any other.
 */
export class AuthFetch {
  readonly #deps: AuthFetchDeps;
  readonly #reach: AuthReach;

  constructor(deps: AuthFetchDeps, reach: AuthReach) {
    this.#deps = deps;
    this.#reach = reach;
  }

  /** In the shape of `fetch`, for the SDK's token requests; what a failed one says is cut down to its OAuth error. */
  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const method = init.method ?? 'GET';
    const body = init.body === undefined || init.body === null ? undefined : String(init.body as string);
    const response = await this.send(String(input), {
      method,
      headers,
      body,
      signal: init.signal ?? undefined,
    });
    return response.ok || method === 'GET' ? response : await harmless(response, body);
  };

  /** GETs a JSON document; follows up to three redirects within the origin. Undefined for any other answer than 2xx. */
  async json(
    url: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly json?: unknown; readonly problem?: string }> {
    let at = url;
    for (let hops = 0; ; hops++) {
      const headers = { accept: 'application/json' };
      const response = await this.send(at, { method: 'GET', headers, body: undefined, signal });
      const location = response.headers.get('location');
      if (
        response.status < 300 ||
        response.status >= 400 ||
        location === null ||
        !URL.canParse(location, at)
      ) {
        if (!response.ok) return { status: response.status };
        try {
          return { status: response.status, json: await response.json() };
        } catch {
          return { status: response.status, problem: 'it is not JSON' };
        }
      }
      const next = new URL(location, at);
      if (next.origin !== new URL(at).origin)
        return {
          status: response.status,
          problem: `it leads to another place, ${oneLine(next.host, 200)}, which was not followed`,
        };
      if (hops === 3) return { status: response.status, problem: 'it leads from redirect to redirect' };
      at = next.href;
    }
  }

  /** Sends one request. */
  async send(text: string, request: AuthRequest): Promise<Response> {
    const problem = authUrlProblem(text, this.#reach);
    const url = problem === undefined ? new URL(text) : undefined;
    if (!url) throw blocked(text, problem ?? '');
    const { clock, maxBytes = defaultMaxBytes, timeoutMs = defaultTimeoutMs } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => late.abort());
    const signal = AbortSignal.any([late.signal, ...(request.signal ? [request.signal] : [])]);
    try {
      return await this.#exchange(url, request, maxBytes, signal);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (request.signal?.aborted) throw new AppError('cancelled', 'cancelled', { cause: error });
      if (late.signal.aborted)
        throw new AppError('timeout', `${url.host} did not answer within ${timeoutMs / 1000} s`);
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'the request failed';
      throw new AppError('connect-failed', `${url.host} could not be reached (${code})`, { cause: error });
    } finally {
      timer.dispose();
    }
  }

  #exchange(url: URL, request: AuthRequest, maxBytes: number, signal: AbortSignal): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const client = url.protocol === 'https:' ? https : http;
    const outgoing = client.request(url, {
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...request.headers },
      lookup: judgedLookup({
        lookup: this.#deps.lookup,
        isAllowed: (kind, hostname) => isReachable(kind, hostname, this.#reach),
        blocked,
      }),
      agent: false,
      signal,
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers))
        if (value !== undefined && name !== 'set-cookie') headers.set(name, String(value));
      const answer = (body: Uint8Array) =>
        resolve(
          new Response(hasBody(status) ? Buffer.from(body) : null, {
            status: status < 200 ? 502 : status,
            headers,
          }),
        );
      if (request.headOnly) {
        answer(new Uint8Array());
        outgoing.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size <= maxBytes) return;
        reject(
          new AppError('too-large', `${url.host} answered with more than ${Math.round(maxBytes / 1024)} KB`),
        );
        outgoing.destroy();
      });
      incoming.once('end', () => answer(Buffer.concat(chunks)));
      incoming.once('error', reject);
    });
    outgoing.end(request.body);
    return promise;
  }
}

function blocked(what: string, why: string): AppError {
  return new AppError('blocked', `${oneLine(what, 200)} is not asked: ${why}`, {
    nextStep: 'If this host is one of yours, add it to the allowed hosts of this server in the settings.',
  });
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205 && status !== 304;
}

const secretParams = [
  'code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'assertion',
  'client_assertion',
  'token',
  'subject_token',
];

/** What is left of a failed answer: the members of an OAuth error without what was sent, so that no log can repeat it. */
async function harmless(response: Response, sent: string | undefined): Promise<Response> {
  const { status, headers } = response;
  const said: JsonObject = await response.json().then(
    (value: unknown) => (isJsonObject(value) ? value : {}),
    () => ({}),
  );
  const { error, error_description: description } = said;
  const params = new URLSearchParams(sent);
  const secrets = secretParams.flatMap((name) => params.getAll(name)).filter((value) => value.length >= 4);
  const hidden = (text: string) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '(hidden)'), text);
  const kept = {
    error: typeof error === 'string' && /^[\x20-\x7e]{1,80}$/.test(error) ? hidden(error) : 'server_error',
    ...(typeof description === 'string'
      ? { error_description: oneLine(hidden(description.slice(0, 4_000)), maxDescription) }
      : {}),
  };
  const nonce = headers.get('dpop-nonce');
  return Response.json(kept, { status, headers: nonce === null ? {} : { 'dpop-nonce': nonce } });
}
