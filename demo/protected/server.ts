// A protected MCP server with a real authorization server (oidc-provider), both on loopback: server.ts
// Prints {"url": "…/mcp", "issuer": "…"}. Any name and password sign in.
import { startAuthServer } from '../../test/fixtures/authServer.ts';
import { startProtected } from '../../test/fixtures/authResource.ts';
import { listen, bridge } from '../../test/fixtures/servers/httpBridge.ts';
import { createReleases, publishTool } from './releases.ts';

const releases = createReleases();
const inner = await listen((request, response) =>
  bridge((asked) => releases.fetch(asked), request, response),
);
const authServer = await startAuthServer();
const server = await startProtected({
  authServer,
  writeTool: publishTool,
  metadata: { resource_name: 'Lantern releases' },
  inner: {
    url: inner.url,
    close: async () => {
      await releases.close();
      await inner.close();
    },
  },
});
process.stdout.write(`${JSON.stringify({ url: server.url, issuer: authServer.issuer })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([server.close(), authServer.close()]));
