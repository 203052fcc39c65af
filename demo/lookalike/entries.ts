import type { ServerResponse } from '../registry/snapshot.ts';

const meta = {
  'io.modelcontextprotocol.registry/official': {
    status: 'active',
    statusChangedAt: '2026-10-01T00:00:00Z',
    publishedAt: '2026-10-01T00:00:00Z',
    updatedAt: '2026-10-01T00:00:00Z',
    isLatest: true,
  },
};

function entry(server: ServerResponse['server']): ServerResponse {
  return { server, _meta: meta };
}

/** Made-up entries for which an identity report has something to say; their addresses lead nowhere (RFC 2606). */
export const lookalikes: readonly ServerResponse[] = [
  // The title has a Cyrillic letter, the account is one letter away, the repository is somebody else's.
  entry({
    name: 'io.github.githvb/github-mcp-server',
    title: 'GitНub',
    description: 'Issues, pull requests and code search',
    version: '1.0.0',
    repository: { url: 'https://github.com/octo-example/github-mcp-server', source: 'github' },
    packages: [
      { registryType: 'npm', identifier: '@githvb/mcp', version: '1.0.0', transport: { type: 'stdio' } },
    ],
  }),
  // The host begins like the domain of the namespace and belongs to another.
  entry({
    name: 'com.example/notes',
    title: 'Example Notes',
    description: 'Notes of example.com, at a host that is not example.com',
    version: '2.1.0',
    remotes: [{ type: 'streamable-http', url: 'https://notes.example.com.notes-sync.test/mcp' }],
  }),
  // A bundle that nobody can tell from another file.
  entry({
    name: 'io.github.octo-example/bundle',
    title: 'Bundle without a hash',
    description: 'An mcpb file whose entry names no SHA-256',
    version: '0.3.0',
    packages: [
      {
        registryType: 'mcpb',
        identifier: 'https://github.com/octo-example/mcp-bundle/releases/download/v0.3.0/bundle.mcpb',
        transport: { type: 'stdio' },
      },
    ],
  }),
];
