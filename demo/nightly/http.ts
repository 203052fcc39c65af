import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LegacyFace } from './legacyFace.ts';
import { serveLegacy } from './legacyHttp.ts';
import { ModernFace } from './modernFace.ts';
import { serveModern } from './modernHttp.ts';
import { readOptions } from './options.ts';
import { Service } from './service.ts';

const options = readOptions(process.argv.slice(2));
const service = new Service(options);
const face = options.era === 'modern' ? new ModernFace(service) : new LegacyFace(service);

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

server.on('error', (error) => {
  process.stderr.write(`nightly: ${error.message}\n`);
  process.exit(1);
});

server.listen(options.port, '127.0.0.1', () => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service.confirmPages.useBase(base);
  service.engine.wake();
  process.stdout.write(`nightly listening on ${base}/mcp\n`);
});

let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  face.close();
  await service.close();
  server.close(() => process.exit(0));
  // Streams that are being ended get one turn to flush before they are cut.
  setTimeout(() => server.closeAllConnections(), 50);
}

process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
