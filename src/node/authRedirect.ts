import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { timingSafeEqual } from 'node:crypto';
import type { AuthRedirect, AuthRedirects } from '../core/auth.ts';
import { AppError } from '../core/util/errors.ts';
import { abortable } from '../core/util/sharedWork.ts';

/** Path of the redirect on this machine. */
export const redirectPath = '/callback';

const maxAnswer = 8192;

/** Redirects to a listener on 127.0.0.1 that lives as long as one sign-in (RFC 8252 section 7.3). */
export function createLoopbackRedirects(page: RedirectPage = englishPage): AuthRedirects {
  return {
    open: async ({ port, preferred }) => {
      const wished = port > 0 ? [port] : [...preferred.flatMap(loopbackPort), 0];
      for (const [index, candidate] of wished.entries()) {
        const server = await listen(candidate).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
          return undefined;
        });
        if (server) return new LoopbackRedirect(server, page);
        if (index === wished.length - 1) break;
      }
      throw new AppError('conflict', `port ${port} of this machine, configured for sign-ins, is taken`, {
        nextStep: 'Finish the other sign-in, or configure another port.',
      });
    },
  };
}

/** What the browser shows after the redirect; plain text, without scripts. */
export interface RedirectPage {
  readonly title: string;
  readonly done: string;
  readonly refused: string;
}

const englishPage: RedirectPage = {
  title: 'MCP Switchboard',
  done: 'You can close this page and go back to the editor.',
  refused: 'This is not an answer that the editor waits for.',
};

function loopbackPort(uri: string): number[] {
  if (!URL.canParse(uri)) return [];
  const { hostname, port, pathname } = new URL(uri);
  return hostname === '127.0.0.1' && pathname === redirectPath && port !== '' ? [Number(port)] : [];
}

function listen(port: number): Promise<Server> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

class LoopbackRedirect implements AuthRedirect {
  readonly uri: string;
  readonly #server: Server;
  readonly #page: RedirectPage;
  #waiting: { readonly state: string; readonly resolve: (answer: URLSearchParams) => void } | undefined;

  constructor(server: Server, page: RedirectPage) {
    this.#server = server;
    this.#page = page;
    this.uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}${redirectPath}`;
    server.on('request', (request, response) => this.#serve(request, response));
  }

  answer(state: string, signal: AbortSignal): Promise<URLSearchParams> {
    const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
    this.#waiting = { state, resolve };
    return abortable(promise, signal);
  }

  dispose(): void {
    this.#waiting = undefined;
    this.#server.close();
    this.#server.closeIdleConnections();
    setImmediate(() => this.#server.closeAllConnections());
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    const isOurs = headers.host === new URL(this.uri).host && url.length <= maxAnswer;
    const asked = isOurs && URL.canParse(url, this.uri) ? new URL(url, this.uri) : undefined;
    const waiting = this.#waiting;
    const isAnswer =
      method === 'GET' &&
      asked?.pathname === redirectPath &&
      waiting !== undefined &&
      asked.searchParams.getAll('state').length === 1 &&
      isSame(asked.searchParams.get('state') ?? '', waiting.state);
    this.#reply(response, isAnswer ? 200 : 404, isAnswer ? this.#page.done : this.#page.refused);
    if (!isAnswer) return;
    this.#waiting = undefined;
    response.once('close', () => waiting.resolve(asked.searchParams));
  }

  #reply(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    const { title } = this.#page;
    response.end(
      `<!doctype html><meta charset="utf-8"><title>${escapeHtml(title)}</title><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>\n`,
    );
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
