import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Completions } from '../../src/core/completions.ts';
import type { ServerSnapshot, ServerState } from '../../src/core/connections.ts';
import { OpenResources, type OpenResource } from '../../src/core/openResources.ts';
import type { ResolvedLaunch } from '../../src/core/server.ts';
import { ServerReports } from '../../src/core/serverReports.ts';
import { Store } from '../../src/core/util/store.ts';
import { nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import {
  allFeatures,
  connect,
  httpLaunch,
  never,
  Recorder,
  stdioLaunch,
  systemClock,
  type Bed,
} from './connectionBed.ts';

/** Passes what the server says of its resources on. */
class Reporting extends Recorder {
  readonly reports = new ServerReports();

  override resourceUpdated(uri: string): void {
    super.resourceUpdated(uri);
    this.reports.tell({ kind: 'resource-updated', serverId: 's', uri });
  }
}

interface ResourceBed extends Bed {
  readonly resources: OpenResources;
  readonly completions: Completions;
  /** The open resource, once it is as wanted. */
  readonly when: (is: (one: OpenResource) => boolean) => Promise<OpenResource>;
}

async function withResources(
  launch: ResolvedLaunch,
  era: 'legacy' | 'modern',
  work: (bed: ResourceBed) => Promise<void>,
): Promise<void> {
  const hooks = new Reporting();
  const bed = await connect(launch, { hooks, eraSetting: era, features: { ...allFeatures, tasks: false } });
  const state: ServerState = { kind: 'ready', since: 1, info: bed.connection.info };
  const servers = new Store<readonly ServerSnapshot[]>([{ state } as unknown as ServerSnapshot]);
  const need = () => Promise.resolve(bed.connection);
  const connections = { servers, get: () => servers.get()[0], need, needQuietly: need };
  const clock = systemClock;
  const resources = new OpenResources({ connections, reports: hooks.reports, clock, newId: () => 'one' });
  const when: ResourceBed['when'] = (is) =>
    new Promise((resolve) => {
      const look = () => {
        const one = resources.all.get().get('one');
        if (one && is(one)) resolve(one);
      };
      resources.all.subscribe(look);
      look();
    });
  try {
    await work({ ...bed, resources, completions: new Completions({ connections, clock }), when });
  } finally {
    resources.dispose();
    await bed.connection.close();
  }
}

function textOf(one: OpenResource): string {
  const [part] = one.parts;
  return part?.body.kind === 'text' ? part.body.text : '';
}

const everything = stdioLaunch(process.execPath, [
  fileURLToPath(
    new URL('../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
  ),
  'stdio',
]);

for (const era of ['legacy', 'modern'] as const) {
  for (const transport of ['stdio', 'http'] as const) {
    describe(`resources of nightly, ${era} over ${transport}`, () => {
      test('an open resource follows its server until it is closed, and variables are completed', async () => {
        const state = mkdtempSync(path.join(tmpdir(), 'switchboard-resources-'));
        const http = transport === 'http' ? await startNightlyHttp({ era, state, speed: 2_000 }) : undefined;
        const { command, args } = nightlyStdio({ era, state, speed: 2_000 });
        const launch = http ? httpLaunch(http.url) : stdioLaunch(command, args);
        try {
          await withResources(
            launch,
            era,
            async ({ resources, completions, connection, result, when, hooks }) => {
              assert.equal(connection.info.era, era);
              await resources.open({ serverId: 's', uri: 'runs://index', name: 'runs' }, never);
              const live = await when(({ live }) => live.kind !== 'subscribing');
              assert.equal(live.live.kind, 'live');
              assert.equal(textOf(live), '[]\n');
              await result('run_backtest', {
                symbol: 'ORBT',
                strategy: 'buy_and_hold',
                from: '2025-01',
                to: '2025-03',
              });
              const changed = await when((one) => textOf(one).includes('completed'));
              assert.ok(changed.version > 1);

              const ref = { kind: 'template', uriTemplate: 'runs://{runId}' } as const;
              const answer = await completions.ask(
                { serverId: 's', ref, argument: { name: 'runId', value: '' }, context: {} },
                never,
              );
              const [run] = JSON.parse(textOf(changed)) as readonly {
                readonly id?: string;
                readonly runId?: string;
              }[];
              assert.deepEqual(answer.values, [run?.runId ?? run?.id]);

              resources.close('one');
              const told = hooks.updatedUris.length;
              await result('run_backtest', {
                symbol: 'ORBT',
                strategy: 'buy_and_hold',
                from: '2025-01',
                to: '2025-02',
              });
              await connection.readResource('runs://index', never);
              assert.equal(hooks.updatedUris.length, told, 'nothing is told after the subscription ended');
            },
          );
        } finally {
          await http?.stop();
          rmSync(state, { recursive: true, force: true });
        }
      });
    });
  }
}

describe('resources of the official servers', () => {
  test('everything: text, data, completion and a subscription', () =>
    withResources(everything, 'legacy', async ({ resources, completions, connection, when }) => {
      const { items } = await connection.resources(never);
      const uri = items.find(({ name }) => name === 'architecture.md')?.uri ?? '';
      await resources.open({ serverId: 's', uri, name: 'architecture.md' }, never);
      const live = await when((one) => one.live.kind !== 'subscribing');
      assert.equal(live.live.kind, 'live');
      assert.match(textOf(live), /^# /);
      const { items: templates } = await connection.resourceTemplates(never);
      const blob = templates.find(({ uriTemplate }) => uriTemplate.includes('/blob/'));
      const [part] = (
        await resources.open({ serverId: 's', uri: 'demo://resource/dynamic/blob/7', name: 'blob' }, never)
      ).parts;
      assert.equal(part?.body.kind, 'bytes');
      const answer = await completions.ask(
        {
          serverId: 's',
          ref: { kind: 'template', uriTemplate: blob?.uriTemplate ?? '' },
          argument: { name: 'resourceId', value: '7' },
          context: {},
        },
        never,
      );
      assert.deepEqual(answer, { kind: 'values', values: ['7'] });
    }));

  test('filesystem, which has tools only, is said to have no resources', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'switchboard-resources-'));
    writeFileSync(path.join(folder, 'a.txt'), 'a');
    const script = fileURLToPath(
      new URL('../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url),
    );
    try {
      await withResources(
        stdioLaunch(process.execPath, [script, folder]),
        'legacy',
        async ({ connection, completions }) => {
          assert.deepEqual((await connection.resources(never)).items, []);
          const ref = { kind: 'template', uriTemplate: 'file:///{path}' } as const;
          const query = { serverId: 's', ref, argument: { name: 'path', value: 'a' }, context: {} };
          assert.equal((await completions.ask(query, never)).kind, 'not-offered');
        },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
