import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HttpServer } from '../../demo/nightly/httpServer.ts';
import { serveHttp } from '../../demo/nightly/httpServer.ts';
import { Service } from '../../demo/nightly/service.ts';
import { certifiedTools } from '../fixtures/servers/certifiedTools.ts';

// Our drivers are tested against nightly, so nightly is certified by the official suite first. The counts are the
// suite's own: a scenario that silently checks less must fail here.
const scenarios = {
  modern: {
    'server-stateless': 28,
    'http-header-validation': 14,
    caching: 8,
    'sep-2164-resource-not-found': 4,
    'dns-rebinding-protection': 2,
    'input-required-result-unsupported-methods': 2,
    'tasks-lifecycle': 9,
    'tasks-capability-negotiation': 5,
    'tasks-wire-fields': 4,
    'tasks-request-state-removal': 3,
    'tasks-mrtr-input': 4,
    'tasks-request-headers': 5,
    'tasks-dispatch-and-envelope': 9,
    'tasks-required-task-error': 3,
  },
  legacy: {
    'server-initialize': 3,
    'server-session-lifecycle': 3,
    'dns-rebinding-protection': 2,
    'server-sse-multiple-streams': 1,
  },
};
const versions = { modern: '2026-07-28', legacy: '2025-11-25' };
const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

for (const era of ['modern', 'legacy'] as const) {
  describe(`nightly, ${era}, in the official server suite`, () => {
    let server: HttpServer;
    let state: string;

    before(async () => {
      state = mkdtempSync(join(tmpdir(), 'nightly-'));
      const options = {
        era,
        state,
        speed: 1,
        ttlMs: 600_000,
        pollMs: 50,
        root: undefined,
        cancel: 'honour',
        port: 0,
      };
      server = await serveHttp(
        new Service(options as ConstructorParameters<typeof Service>[0], certifiedTools),
        0,
      );
    });
    after(async () => {
      await server.close();
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    });

    for (const [scenario, checks] of Object.entries(scenarios[era])) {
      test(`passes ${scenario}`, async () => {
        const output = await certify(server.url, scenario, versions[era]);
        const [, passed, total, failed] = /Passed: (\d+)\/(\d+), (\d+) failed/.exec(output) ?? [];
        assert.deepEqual([Number(passed), Number(failed)], [Number(total), 0], output);
        assert.ok(Number(passed) >= checks, `${passed} of at least ${checks} checks\n${output}`);
      });
    }
  });
}

async function certify(url: string, scenario: string, version: string): Promise<string> {
  const args = [suite, 'server', '--url', url, '--scenario', scenario];
  // Extension scenarios belong to no revision.
  if (!scenario.startsWith('tasks-')) args.push('--spec-version', version);
  return await new Promise((resolve) => {
    execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}
