import { serveHttp } from './httpServer.ts';
import { readOptions } from './options.ts';
import { Service } from './service.ts';

const options = readOptions(process.argv.slice(2));

try {
  const server = await serveHttp(new Service(options), options.port);
  process.stdout.write(`nightly listening on ${server.url}\n`);
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void server.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  process.stderr.write(`nightly: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
