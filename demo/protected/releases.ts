import { createMcpHandler, Server, type CallToolResult } from '@modelcontextprotocol/server';

/** The tool that changes something and takes the scope for it. */
export const publishTool = 'publish_release';

const tools = [
  {
    name: 'list_releases',
    title: 'List releases',
    description: 'The releases of the project lantern, newest first.',
    inputSchema: { type: 'object' as const, properties: {}, additionalProperties: false },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: publishTool,
    title: 'Publish a release',
    description: 'Publishes a release of the project lantern. Takes a permission of its own.',
    inputSchema: {
      type: 'object' as const,
      properties: {
        version: { type: 'string', title: 'Version', pattern: '^\\d+\\.\\d+\\.\\d+$' },
        notes: { type: 'string', title: 'Notes', maxLength: 2000 },
      },
      required: ['version'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  },
];

/** The releases of the demo project as an MCP server of both eras, without any guard of its own. */
export function createReleases(): { fetch(request: Request): Promise<Response>; close(): Promise<void> } {
  const releases = ['1.2.0', '1.1.0', '1.0.0'];
  const handler = createMcpHandler(() => {
    const server = new Server(
      { name: 'releases', title: 'Lantern releases', version: '1.0.0' },
      {
        capabilities: { tools: {} },
        instructions: 'Releases of the demo project. Publishing asks for a further permission.',
      },
    );
    server.setRequestHandler('tools/list', () => ({ tools }));
    server.setRequestHandler('tools/call', ({ params }): CallToolResult => {
      if (params.name === 'list_releases') return text(releases.join('\n'));
      if (params.name !== publishTool) return { ...text(`There is no tool ${params.name}.`), isError: true };
      const given = params.arguments?.['version'];
      const version = typeof given === 'string' ? given : '';
      if (releases.includes(version)) return { ...text(`${version} is published already.`), isError: true };
      releases.unshift(version);
      return text(`${version} is published.`);
    });
    return server;
  });
  return { fetch: (request) => handler.fetch(request), close: () => handler.close() };
}

function text(content: string): CallToolResult {
  return { content: [{ type: 'text', text: content }] };
}
