import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine } from './engine.ts';
import { confirmationToken } from './exportData.ts';
import { stringOr } from './jsonRpc.ts';
import type { Run } from './runs.ts';
import { isTerminal } from './runs.ts';

const path = /^\/confirm\/([\w-]{20,})$/;

/** Serves the page behind URL elicitations: GET shows what waits, POST confirms it (`?decline` refuses). */
export class ConfirmPages {
  readonly #engine: () => Engine;
  #server: Server | undefined;
  #base: Promise<string> | undefined;

  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** Uses an HTTP server that already listens and hands its requests to `handle`. */
  useBase(base: string): void {
    this.#base = Promise.resolve(base);
  }

  /** Address of the pages; starts a loopback listener at first use, on `port` if that is free. */
  base(port: number | undefined): Promise<string> {
    this.#base ??= this.#listen(port ?? 0).catch(() => this.#listen(0));
    return this.#base;
  }

  /** Answers the request when it is for a confirmation page; false when it is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const token = path.exec(url.pathname)?.[1];
    if (token === undefined) return false;
    const run = this.#find(token);
    if (run === undefined || isTerminal(run)) {
      reply(response, 404, '<h1>Nothing to confirm</h1><p>This export is finished or was withdrawn.</p>');
    } else if (request.method === 'POST') {
      const isDecline = url.searchParams.has('decline');
      this.#engine().note(run.id, 'browser', { action: isDecline ? 'decline' : 'accept' });
      const done = isDecline ? '<h1>Declined</h1>' : '<h1>Confirmed</h1>';
      reply(response, 200, `${done}<p>You can close this page.</p>`);
    } else if (request.method === 'GET') {
      reply(response, 200, form(run));
    } else {
      reply(response, 405, '<h1>Method not allowed</h1>');
    }
    return true;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  async #listen(port: number): Promise<string> {
    const server = createServer((request, response) => {
      if (!this.handle(request, response)) reply(response, 404, '<h1>Not found</h1>');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    server.unref();
    this.#server = server;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #find(token: string): Run | undefined {
    return this.#engine()
      .list()
      .find((run) => isSame(confirmationToken(run.state), token));
  }
}

function isSame(known: string | undefined, given: string): boolean {
  if (known === undefined || known.length !== given.length) return false;
  return timingSafeEqual(Buffer.from(known), Buffer.from(given));
}

function form(run: Run): string {
  const dataset = escape(stringOr(run.args['dataset']) ?? 'prices');
  return `<h1>Confirm the export</h1>
<p>Run <code>${escape(run.id)}</code> wants to write the data set <b>${dataset}</b> to a file on this machine.</p>
<form method="post"><button>Confirm</button> <button formaction="?decline">Decline</button></form>`;
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  const style =
    'body{font:16px/1.5 system-ui;margin:10vh auto;max-width:34em;padding:0 1em}button{font:inherit}';
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>nightly</title><style>${style}</style>${body}</html>`,
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
