import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConnectOptions, Connection, ConnectionHooks } from '../../../src/core/connection.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { LazyWire } from '../../../src/node/lazyWire.ts';
import type { Wire } from '../../../src/node/wire.ts';

const options = {} as ConnectOptions;
const hooks = {} as ConnectionHooks;
const connection = { info: { era: 'modern' } } as Connection;
const { signal } = new AbortController();

function wireOf(onClose: () => void = () => undefined): Wire {
  const connector = { connect: () => Promise.resolve(connection), killAllNow: () => undefined };
  return { connector, auth: undefined, connectorWith: () => connector, close: onClose };
}

test('nothing is read until the first connect, then once for all of them', async () => {
  let opened = 0;
  const wire = new LazyWire(() => {
    opened++;
    return Promise.resolve(wireOf());
  });
  assert.equal(opened, 0);
  const both = await Promise.all([
    wire.connector.connect(options, hooks, signal),
    wire.connector.connect(options, hooks, signal),
  ]);
  assert.deepEqual(both, [connection, connection]);
  assert.equal(opened, 1);
});

test('code that could not be read is tried again by the next connect', async () => {
  let opened = 0;
  const wire = new LazyWire(() =>
    ++opened === 1 ? Promise.reject(new Error('no such file')) : Promise.resolve(wireOf()),
  );
  await assert.rejects(wire.connector.connect(options, hooks, signal), /no such file/);
  assert.equal(await wire.connector.connect(options, hooks, signal), connection);
});

test('a wire that never opened is closed without opening, and opens no more', async () => {
  let opened = 0;
  const wire = new LazyWire(() => {
    opened++;
    return Promise.resolve(wireOf());
  });
  await wire.close();
  await assert.rejects(wire.connector.connect(options, hooks, signal), (error) =>
    isAppError(error, 'cancelled'),
  );
  assert.equal(opened, 0);
});

test('a wire that is opening while the host closes is closed when it is there', async () => {
  const opening = Promise.withResolvers<Wire>();
  let isClosed = false;
  const wire = new LazyWire(() => opening.promise);
  const connecting = wire.connector.connect(options, hooks, signal);
  const closing = wire.close();
  opening.resolve(wireOf(() => (isClosed = true)));
  await Promise.all([connecting, closing]);
  assert.equal(isClosed, true);
});

test('sign-ins of a host without them say so', async () => {
  const wire = new LazyWire(() => Promise.resolve(wireOf()));
  await assert.rejects(wire.signIns.view('https://a.example'), (error) => isAppError(error, 'unsupported'));
});
