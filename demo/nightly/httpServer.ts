import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LegacyFace } from './legacyFace.ts';
import { serveLegacy } from './legacyHttp.ts';
import { ModernFace } from './modernFace.ts';
import { serveModern } from './modernHttp.ts';
import type { Service } from './service.ts';

/** A nightly server behind HTTP. */
export interface HttpServer {
  /** Address of the MCP endpoint. */
  readonly url: string;
  /** Ends subscriptions properly, leaves unfinished runs to the next process and frees the port. */
  close(): Promise<void>;
}

/** Serves one era on a loopback port (0 = any free one); rejects when the port is taken. */
export async function serveHttp(service: Service, port: number): Promise<HttpServer> {
  const face = service.options.era === 'modern' ? new ModernFace(service) : new LegacyFace(service);
  const server = createServer((request, response) => {
    if (service.confirmPages.handle(request, response)) return;
    if (new URL(request.url ?? '/', 'http://127.0.0.1').pathname !== '/mcp') {
      response.writeHead(404).end();
    } else {
      void (face instanceof ModernFace
        ? serveModern(face, request, response)
        : serveLegacy(face, request, response));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service.confirmPages.useBase(base);
  service.engine.wake();
  return {
    url: `${base}/mcp`,
    close: async () => {
      face.close();
      await service.close();
      const closed = new Promise((resolve) => server.close(resolve));
      // Streams that are being ended get one turn to flush before they are cut.
      setTimeout(() => server.closeAllConnections(), 50);
      await closed;
    },
  };
}
