import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { GatewayLife, type GatewayAddress, type GatewayPlace } from '../../../src/core/gatewayLife.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { Database } from '../../../src/node/database.ts';
import { createGatewayPlace } from '../../../src/node/gatewayPlace.ts';
import { scratch } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

/** The ports of a machine, and windows over one database. */
function machine(t: TestContext) {
  const dir = scratch(t);
  const taken = new Set<number>();
  const dead = new Set<string>();
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  let free = 50_000;
  let random = 0;
  const window = (owner: string) => {
    const db = Database.open(join(dir, 'state.db'));
    t.after(() => db.close());
    const place = createGatewayPlace(db, {
      owner,
      beat: () => {},
      isAlive: (other) => !dead.has(other),
    });
    const life = new GatewayLife({
      place,
      clock,
      logger,
      random: () => (random += 0.1) % 1,
      newListener: () => {
        let port: number | undefined;
        return {
          start: async (wanted): Promise<GatewayAddress> => {
            if (taken.has(wanted)) throw new AppError('conflict', `port ${wanted} is taken`);
            port = wanted === 0 ? free++ : wanted;
            taken.add(port);
            return { port, url: `http://127.0.0.1:${port}/mcp` };
          },
          dispose: async () => {
            if (port !== undefined) taken.delete(port);
          },
        };
      },
    });
    return { life, place, status: () => life.status.get(), url: () => life.editorUrl.get() };
  };
  return { window, taken, dead, clock, logger };
}

const on = { isOn: true, isForEditor: true, port: 0 };
const portOf = (place: GatewayPlace) => place.claim().port ?? 0;

test('the port is chosen once and kept over a reload', async (t) => {
  const { window, taken } = machine(t);
  const first = window('one');
  await first.life.want(on);
  const { port } = first.place.claim();
  assert.ok(port !== undefined && port >= 21_000 && port < 30_000);
  assert.deepEqual(first.status(), {
    kind: 'serving',
    address: { port, url: `http://127.0.0.1:${port}/mcp` },
  });
  assert.equal(first.url(), `http://127.0.0.1:${port}/mcp`);
  await first.life.dispose();
  assert.equal(taken.size, 0);
  const second = window('two');
  await second.life.want(on);
  assert.equal(portOf(second.place), port);
  assert.equal(second.status().kind, 'serving');
});

test('one window serves the agents; the next takes over the same port when it goes or dies', async (t) => {
  const { window, dead, taken, clock } = machine(t);
  const [one, two, three] = [window('one'), window('two'), window('three')];
  await one.life.want(on);
  await two.life.want(on);
  await three.life.want({ ...on, isForEditor: false });
  const port = portOf(one.place);
  assert.deepEqual(two.status(), { kind: 'elsewhere', port });
  // VS Code of a window sees that window's servers and approvals.
  assert.equal(two.url(), 'http://127.0.0.1:50000/mcp');
  assert.equal(three.url(), undefined);
  await one.life.dispose();
  await clock.advanceAsync(2_000);
  const server = [two, three].filter((each) => each.status().kind === 'serving');
  assert.equal(server.length, 1);
  assert.equal(two.status().kind, 'serving');
  assert.equal(two.url(), 'http://127.0.0.1:50000/mcp', 'a running chat keeps its address');
  dead.add('two');
  taken.delete(port);
  await clock.advanceAsync(2_000);
  assert.deepEqual(three.status(), {
    kind: 'serving',
    address: { port, url: `http://127.0.0.1:${port}/mcp` },
  });
});

test('a port that another program took is said, waited for, and left only when the user says so', async (t) => {
  const { window, taken, clock } = machine(t);
  const first = window('one');
  await first.life.want({ ...on, isForEditor: false });
  const port = portOf(first.place);
  await first.life.dispose();
  taken.add(port);
  const second = window('two');
  await second.life.want({ ...on, isForEditor: false });
  assert.deepEqual(second.status(), { kind: 'port-taken', port });
  await clock.advanceAsync(10_000);
  assert.deepEqual(second.status(), { kind: 'port-taken', port });
  taken.delete(port);
  await clock.advanceAsync(2_000);
  assert.equal(second.status().kind, 'serving');
  assert.equal(portOf(second.place), port);
  await second.life.move();
  assert.equal(second.status().kind, 'serving');
  assert.notEqual(portOf(second.place), port);
});

test('a port of the settings is used, and followed when it changes', async (t) => {
  const { window, taken } = machine(t);
  const one = window('one');
  await one.life.want({ ...on, port: 4_000 });
  await one.life.want({ ...on, port: 4_001 });
  assert.deepEqual([...taken], [4_001]);
  assert.equal(one.url(), 'http://127.0.0.1:4001/mcp');
});

test('switched off, nothing listens and another window may serve', async (t) => {
  const { window, taken, clock } = machine(t);
  const [one, two] = [window('one'), window('two')];
  await one.life.want(on);
  await two.life.want(on);
  await one.life.want({ ...on, isOn: false });
  assert.deepEqual(one.status(), { kind: 'off' });
  assert.equal(one.url(), undefined);
  await clock.advanceAsync(2_000);
  assert.equal(two.status().kind, 'serving');
  await two.life.want({ ...on, isOn: false });
  assert.equal(taken.size, 0);
  assert.equal(clock.pending, 0);
});
