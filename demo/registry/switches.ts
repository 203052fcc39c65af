import type { IncomingMessage, ServerResponse } from 'node:http';

/** How the demo registry misbehaves; a number says for how many of the next requests, `true` for all. */
export interface Switches {
  /** Milliseconds before each answer. */
  readonly slow?: number;
  /** 429, asking to wait: seconds, or an HTTP date. */
  readonly tooMany?: { readonly times: number | true; readonly retryAfter?: string };
  readonly error500?: number | true;
  /** 502 with a web page. */
  readonly html?: number | true;
  /** 200 with something that is not JSON. */
  readonly garbage?: number | true;
  /** The body breaks off half-way. */
  readonly cut?: number | true;
  /** Never answers. */
  readonly hang?: number | true;
  /** Lists never end: with one cursor for ever, or with new cursors to the same rows. */
  readonly endless?: 'same' | 'fresh';
  /** Puts unreadable items among the rows of each page. */
  readonly badItems?: boolean;
  /** Sends to another place. */
  readonly redirect?: string;
  /** Speaks v0 only. */
  readonly onlyV0?: boolean;
  /** Speaks the snake_case shape of 2025-07-09. */
  readonly snakeCase?: boolean;
  /** Errors as `{error}` of the OpenAPI document or as problem details of the official service. */
  readonly errors?: 'openapi' | 'official';
  /** Wants this header value, answers 401 else. */
  readonly authorization?: string;
}

type Counted = 'tooMany' | 'error500' | 'html' | 'garbage' | 'cut' | 'hang';

/** Plays the switched faults; true when the request was answered. */
export class Faults {
  #switches: Switches = {};
  readonly #left = new Map<Counted, number>();

  get switches(): Switches {
    return this.#switches;
  }

  set(switches: Switches): void {
    this.#switches = switches;
    this.#left.clear();
    const count = (name: Counted, times: number | true | undefined) =>
      this.#left.set(name, times === true ? Infinity : (times ?? 0));
    count('tooMany', switches.tooMany?.times);
    for (const name of ['error500', 'html', 'garbage', 'cut', 'hang'] as const) count(name, switches[name]);
  }

  async play(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { slow, tooMany, redirect, authorization } = this.#switches;
    if (slow !== undefined && slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
    if (this.#take('hang')) return true;
    if (this.#take('tooMany')) {
      const header = tooMany?.retryAfter === undefined ? {} : { 'retry-after': tooMany.retryAfter };
      return send(
        response,
        429,
        { ...header, 'content-type': 'application/problem+json' },
        '{"title":"Too Many Requests","status":429,"detail":"rate limit exceeded"}',
      );
    }
    if (this.#take('error500'))
      return send(response, 500, { 'content-type': 'application/json' }, '{"error":"Failed to get servers"}');
    if (this.#take('html')) {
      return send(
        response,
        502,
        { 'content-type': 'text/html' },
        '<!doctype html><html><body><h1>Bad gateway</h1><script>alert(1)</script></body></html>',
      );
    }
    if (this.#take('garbage'))
      return send(response, 200, { 'content-type': 'application/json' }, '{"servers":[{"server":');
    if (this.#take('cut')) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
      response.write('{"servers":[');
      setImmediate(() => response.destroy());
      return true;
    }
    if (redirect !== undefined) return send(response, 302, { location: redirect }, '');
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      return send(
        response,
        401,
        {
          'www-authenticate':
            'Bearer resource_metadata="https://auth.example/.well-known/oauth-protected-resource"',
          'content-type': 'application/json',
        },
        '{"error":"Unauthorized"}',
      );
    }
    return false;
  }

  #take(name: Counted): boolean {
    const left = this.#left.get(name) ?? 0;
    if (left <= 0) return false;
    this.#left.set(name, left - 1);
    return true;
  }
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): true {
  response.writeHead(status, headers).end(body);
  return true;
}
