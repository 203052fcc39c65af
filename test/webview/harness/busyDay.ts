import type { JobResult } from '../../../src/core/jobs.ts';
import {
  approval,
  everyKind,
  info,
  job,
  minute,
  none,
  now,
  question,
  server,
  tool,
  urlQuestion,
} from './fixtures.ts';

const backtest = tool('run_backtest', {
  title: 'Run a backtest',
  description:
    'Tests a strategy over past months.\n\nReports progress once per month and returns a table of trades.',
  inputSchema: everyKind,
  outputSchema: { type: 'object', properties: { trades: { type: 'number' } } },
  annotations: { readOnly: true, destructive: false, openWorld: false },
  taskSupport: 'optional',
});

const manyTools = [
  backtest,
  tool('index_repository', {
    description: 'Builds a dependency graph of the workspace.',
    annotations: { readOnly: true },
    taskSupport: 'optional',
  }),
  tool('export_data', {
    description: 'Exports data; asks for the format half-way.',
    annotations: { destructive: true },
    taskSupport: 'required',
  }),
  tool('delete_every\u202Egnp.thing', {
    description:
      'Harmless\u200B helper. <img src=x onerror=alert(1)> [click](command:evil) \u{E0069}\u{E0067}\u{E006E}\u{E006F}\u{E0072}\u{E0065}',
  }),
  tool('echo', { description: 'Says the text back.' }),
  tool('get_env', {
    description: 'Shows environment variables.',
    annotations: { readOnly: true, idempotent: true },
  }),
];

const history = [0, 1, 2, 3.2, 4, 4.6, 6, 7.5].map((progress, i) => ({
  at: now - 4 * minute + i * 30_000,
  progress,
  total: 12,
  message: undefined,
}));

const task = {
  taskId: 'task-7f31',
  createdAt: now - 4 * minute,
  ttlMs: 60 * minute,
  pollIntervalMs: 5000,
  resume: {
    era: 'modern' as const,
    protocolVersion: '2026-07-28',
    sessionId: undefined,
    capabilities: {},
    discover: undefined,
  },
  answeredKeys: [],
};

/** What a busy developer would see. */
export const busyDay = {
  servers: [
    server('nightly', {
      tools: manyTools,
      state: { kind: 'ready', since: now - 9 * minute, info: info() },
      launch: {
        kind: 'stdio',
        command: 'node',
        args: ['--enable-source-maps', '${workspaceFolder}/demo/nightly.ts', '--token', 'abcd-1234-secret'],
        env: { NIGHTLY_HOME: '.nightly', API_KEY: '${input:key}' },
        envFile: undefined,
        cwd: '${workspaceFolder}',
      },
      offer: {
        resources: {
          ...none,
          items: [
            {
              uri: 'file:///project/report.md',
              name: 'report.md',
              title: 'Last report',
              description: 'The report of last night',
              mimeType: 'text/markdown',
              size: 18_213,
              raw: {},
            },
            {
              uri: 'nightly://runs/42',
              name: 'run 42',
              title: undefined,
              description: undefined,
              mimeType: 'application/json',
              size: undefined,
              raw: {},
            },
          ],
        },
        resourceTemplates: {
          ...none,
          items: [
            {
              uriTemplate: 'nightly://runs/{id}',
              name: 'A run by its number',
              title: undefined,
              description: undefined,
              mimeType: undefined,
              raw: {},
            },
          ],
        },
        prompts: {
          ...none,
          items: [
            {
              name: 'summarise',
              title: 'Summarise a run',
              description: 'Text about one run',
              arguments: [
                { name: 'run', description: undefined, isRequired: true },
                { name: 'tone', description: undefined, isRequired: false },
              ],
              raw: {},
            },
          ],
        },
      },
      over: { isAutostart: true, disabledTools: new Set(['get_env']) },
    }),
    server('everything', {
      tools: manyTools.slice(3),
      state: {
        kind: 'ready',
        since: now,
        info: info({
          era: 'legacy',
          protocolVersion: '2025-11-25',
          serverInfo: {
            name: 'mcp-servers/everything',
            title: undefined,
            version: '2.0.0',
            description: undefined,
            websiteUrl: undefined,
          },
        }),
      },
    }),
    server('filesystem', {
      state: {
        kind: 'failed',
        cause: 'the process exited with code 1: ENOENT: no such file or directory, stat "/data"',
        nextStep: 'Correct the folder in the arguments of this server.',
      },
      over: { offer: undefined },
    }),
    server('issues', {
      state: { kind: 'needs-sign-in', message: 'the server answered 401' },
      launch: {
        kind: 'http',
        transport: 'auto',
        url: 'https://issues.example/mcp?api_key=zzzz-1111',
        headers: { Authorization: '${input:token}' },
      },
      over: { offer: undefined },
    }),
    server('search', {
      state: { kind: 'retrying', at: now + 12_000, attempt: 3, cause: 'the connection was lost' },
    }),
    server('memory', { state: { kind: 'stopped' }, over: { offer: undefined } }),
    server('scratch', { state: { kind: 'starting', since: now }, over: { offer: undefined } }),
    server('unknown', {
      state: { kind: 'blocked', reason: 'the setting chat.mcp.access allows no servers' },
      over: { offer: undefined },
    }),
  ],
  openJobs: [
    job('backtest', {
      mode: 'task',
      task,
      progress: history.at(-1),
      history,
      statusMessage: 'Month 8 of 12',
      timeline: [
        { at: now - 4 * minute, status: 'running', message: undefined },
        { at: now - 3 * minute, status: 'needs-input', message: 'Which benchmark?' },
        { at: now - 2 * minute, status: 'running', message: 'answered' },
      ],
    }),
    job('export', {
      tool: 'export_data',
      status: { kind: 'needs-input' },
      mode: 'task',
      task,
      caller: { kind: 'gateway', name: 'claude-code' },
      createdAt: now - 7 * minute,
    }),
    job('index', {
      tool: 'index_repository',
      progress: { progress: 1240, total: undefined, message: undefined },
      createdAt: now - 30_000,
    }),
  ],
  finishedJobs: [
    job('echo', {
      tool: 'echo',
      serverName: 'everything',
      status: { kind: 'completed' },
      endedAt: now - 12 * minute,
      createdAt: now - 12 * minute - 300,
      hasResult: true,
    }),
    job('deny', {
      tool: 'export_data',
      status: { kind: 'failed', code: 'tool-error', message: 'disk full: /var/nightly' },
      endedAt: now - 40 * minute,
      createdAt: now - 55 * minute,
      hasResult: true,
    }),
    job('gone', {
      status: { kind: 'lost', message: 'the server no longer knows the task' },
      endedAt: now - 26 * 60 * minute,
      createdAt: now - 27 * 60 * minute,
    }),
    job('cut', {
      tool: 'index_repository',
      status: { kind: 'interrupted', message: 'the window was reloaded while the call ran' },
      endedAt: now - 27 * 60 * minute,
      createdAt: now - 28 * 60 * minute,
    }),
  ],
  requests: [
    approval('approve', tool('index_repository')),
    question('format', {
      type: 'object',
      required: ['format', 'owner'],
      properties: {
        format: {
          type: 'string',
          title: 'Format',
          oneOf: [
            { const: 'csv', title: 'CSV table' },
            { const: 'parquet', title: 'Parquet' },
          ],
        },
        owner: {
          type: 'string',
          format: 'email',
          title: 'Owner',
          description: 'Who is told when it is ready.',
        },
        rows: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1000, title: 'Rows' },
        columns: {
          type: 'array',
          title: 'Columns',
          items: { type: 'string', enum: ['id', 'name', 'price', 'day'] },
          minItems: 1,
        },
        compress: { type: 'boolean', title: 'Compress', default: true },
      },
    }),
    urlQuestion('confirm', 'https://xn--pple-43d.com:8443/confirm?job=export'),
  ],
};

/** Results of the finished jobs of `busyDay`. */
export const results: Readonly<Record<string, JobResult>> = {
  echo: {
    schemaProblems: [],
    result: {
      isError: false,
      meta: undefined,
      structuredContent: undefined,
      content: [
        { type: 'text', text: 'Echo: hello\u202E world' },
        { type: 'image', mimeType: 'image/png', data: 'A'.repeat(4000) },
        { type: 'resource_link', uri: 'file:///project/report.md', name: 'report' },
      ],
    },
  },
  deny: {
    schemaProblems: ['/trades: must be number'],
    result: {
      isError: true,
      meta: undefined,
      structuredContent: { trades: 'many' },
      content: [{ type: 'text', text: 'disk full: /var/nightly' }],
    },
  },
};
