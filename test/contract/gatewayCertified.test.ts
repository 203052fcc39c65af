import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveHttp } from '../../demo/nightly/httpServer.ts';
import { Service } from '../../demo/nightly/service.ts';
import { agentToken, openGatewayBed, withToken, type GatewayBed } from '../fixtures/gatewayBed.ts';
import { certifiedTools } from '../fixtures/servers/certifiedTools.ts';
import { startContractHttp, type ContractEra } from '../fixtures/servers/contract.ts';
import type { Listening } from '../fixtures/servers/httpBridge.ts';
import { SuiteOffer } from '../fixtures/servers/suiteOffer.ts';

// The official suite drives the gateway, each era towards the caller over each era behind. The counts are the suite's own:
// a scenario that silently checks less must fail here.
type Scenarios = Readonly<Record<string, number>>;

const offered: Scenarios = {
  'completion-complete': 2,
  'tools-list': 3,
  'tools-call-simple-text': 2,
  'tools-call-image': 2,
  'tools-call-audio': 2,
  'tools-call-embedded-resource': 2,
  'tools-call-mixed-content': 2,
  'tools-call-error': 2,
  'tools-call-with-progress': 2,
  'json-schema-2020-12': 8,
  'resources-list': 2,
  'resources-read-text': 2,
  'resources-read-binary': 2,
  'resources-templates-read': 2,
  'prompts-list': 2,
  'prompts-get-simple': 2,
  'prompts-get-with-args': 2,
  'prompts-get-embedded-resource': 2,
  'prompts-get-with-image': 2,
};

/** By the era towards the caller and the server behind: `suite` has what is not about tasks, `nightly` has tasks. */
const scenarios: Readonly<Record<ContractEra, { readonly suite: Scenarios; readonly nightly: Scenarios }>> = {
  modern: {
    suite: {
      ...offered,
      'tools-list': 4,
      'input-required-result-basic-elicitation': 3,
      'input-required-result-basic-sampling': 3,
      'input-required-result-request-state': 3,
      'input-required-result-multi-round': 4,
      'input-required-result-missing-input-response': 2,
      'input-required-result-result-type': 2,
      'input-required-result-tampered-state': 2,
      'input-required-result-capability-check': 2,
      'input-required-result-ignore-extra-params': 2,
      'input-required-result-validate-input': 3,
      'http-custom-header-server-validation': 10,
    },
    nightly: {
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
  },
  legacy: {
    suite: {
      ...offered,
      'tools-call-with-logging': 2,
      'tools-call-sampling': 2,
      'tools-call-elicitation': 2,
      'elicitation-sep1034-defaults': 6,
      'elicitation-sep1330-enums': 6,
      'resources-subscribe': 2,
      'resources-unsubscribe': 2,
      'logging-set-level': 2,
      ping: 2,
    },
    nightly: {
      'server-initialize': 3,
      'server-session-lifecycle': 3,
      'dns-rebinding-protection': 2,
      'server-sse-multiple-streams': 1,
    },
  },
};

/** What a server of an era cannot say, so that nothing can be passed on. */
const unsayable: Readonly<Record<ContractEra, readonly string[]>> = {
  // A pushed question has no name; the suite looks for one, and answers one beforehand.
  legacy: ['input-required-result-basic-elicitation', 'input-required-result-ignore-extra-params'],
  modern: [],
};

const versions = { modern: '2026-07-28', legacy: '2025-11-25' };
const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

for (const inner of ['modern', 'legacy'] as const) {
  describe(`the gateway over a ${inner} server, in the official server suite`, { concurrency: 3 }, () => {
    const state = mkdtempSync(join(tmpdir(), 'nightly-'));
    const servers: Listening[] = [];
    const doors = new Map<'suite' | 'nightly', Listening>();
    let bed: GatewayBed;

    before(async () => {
      const options = { era: inner, state, speed: 1, ttlMs: 600_000, pollMs: 50, root: undefined, port: 0 };
      const service = new Service({ ...options, cancel: 'honour' }, certifiedTools);
      const nightly = await serveHttp(service, 0);
      const other = await startContractHttp({ era: inner, Offer: SuiteOffer });
      servers.push(nightly, other);
      bed = await openGatewayBed({
        servers: { nightly: { type: 'http', url: nightly.url }, suite: { type: 'http', url: other.url } },
        settings: { questions: 'caller' },
      });
      for (const name of ['nightly', 'suite'] as const) {
        await bed.host.connections.start(`given/${name}`, new AbortController().signal);
        doors.set(name, await withToken(bed.urlOf(name), agentToken));
      }
    });
    after(async () => {
      for (const door of doors.values()) await door.close();
      await bed.close();
      for (const server of servers) await server.close();
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    });

    for (const outer of ['modern', 'legacy'] as const) {
      for (const server of ['nightly', 'suite'] as const) {
        for (const [scenario, checks] of Object.entries(scenarios[outer][server])) {
          if (unsayable[inner].includes(scenario)) continue;
          test(`passes ${scenario} of ${versions[outer]}`, async () => {
            const output = await certify(doors.get(server)!.url, scenario, versions[outer]);
            const [, passed, total, failed] = /Passed: (\d+)\/(\d+), (\d+) failed/.exec(output) ?? [];
            assert.deepEqual([Number(passed), Number(failed)], [Number(total), 0], output);
            assert.ok(Number(passed) >= checks, `${passed} of at least ${checks} checks\n${output}`);
          });
        }
      }
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
