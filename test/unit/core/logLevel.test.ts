import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chattier, isLogged, logLevelOf, logLevels } from '../../../src/core/logLevel.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { connectionBed, defined, never } from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

describe('log levels', () => {
  test('are ordered by gravity, and the chattier of two serves both', () => {
    assert.deepEqual(
      logLevels.filter((level) => isLogged(level, 'error')),
      ['error', 'critical', 'alert', 'emergency'],
    );
    assert.equal(isLogged('debug', undefined), true);
    assert.equal(chattier('error', 'info'), 'info');
    assert.equal(chattier('debug', 'warning'), 'debug');
    assert.equal(chattier('notice', undefined), 'notice');
  });

  test('are known by name only', () => {
    assert.equal(logLevelOf('notice'), 'notice');
    for (const odd of ['Error', 'toString', '', 3, null, undefined]) assert.equal(logLevelOf(odd), undefined);
  });
});

describe('the log level of a server', () => {
  test('is told to a connected server, remembered, and asked for again by each later connection', async () => {
    const memory = new FakeMemory();
    const bed = connectionBed([defined('a')], { memory });
    await bed.connections.start('user/a', never);
    assert.deepEqual(bed.connector.last.logLevels, [], 'nobody chose one');
    await bed.connections.setLogLevel('user/a', 'warning', never);
    assert.deepEqual(bed.connector.last.logLevels, ['warning']);
    assert.equal(bed.snapshot().logLevel, 'warning');
    await bed.connections.restart('user/a', never);
    assert.deepEqual(bed.connector.last.logLevels, ['warning']);
    const later = connectionBed([defined('a')], { memory });
    assert.equal(later.snapshot().logLevel, 'warning');
    later.connector.prepare = (connection) => {
      connection.takeLogLevel = () => Promise.reject(new AppError('server-error', 'no such level'));
    };
    await later.connections.start('user/a', never);
    await settle();
    assert.equal(later.state().kind, 'ready', 'a server that refuses its level is connected all the same');
    assert.deepEqual(later.connector.last.logLevels, ['warning']);
  });

  test('is asked for again after the connection was lost', async () => {
    const bed = connectionBed();
    await bed.connections.setLogLevel('user/a', 'debug', never);
    await bed.connections.start('user/a', never);
    bed.connector.last.lose();
    await settle();
    bed.clock.advance(60_000);
    await settle();
    assert.equal(bed.connector.connections.length, 2);
    assert.deepEqual(bed.connector.last.logLevels, ['debug']);
  });

  test('can be chosen before a server runs, and given up', async () => {
    const bed = connectionBed();
    await bed.connections.setLogLevel('user/a', 'error', never);
    assert.equal(bed.snapshot().logLevel, 'error');
    await bed.connections.setLogLevel('user/a', undefined, never);
    assert.equal(bed.snapshot().logLevel, undefined);
    await bed.connections.start('user/a', never);
    assert.deepEqual(bed.connector.last.logLevels, []);
  });

  test('that a server refuses is an error to whoever chose it, and remembered', async () => {
    const bed = connectionBed();
    await bed.connections.start('user/a', never);
    bed.connector.last.takeLogLevel = () => Promise.reject(new AppError('server-error', 'no'));
    await assert.rejects(bed.connections.setLogLevel('user/a', 'alert', never), { code: 'server-error' });
    assert.equal(bed.snapshot().logLevel, 'alert');
  });

  test('keeps quieter messages of the server out of its log, but none of ours about it', async () => {
    const bed = connectionBed();
    await bed.connections.setLogLevel('user/a', 'error', never);
    await bed.connections.start('user/a', never);
    bed.log.length = 0;
    const { hooks } = bed.connector.last;
    hooks.log('info', 'chatter');
    hooks.log('error', 'trouble');
    hooks.log('warning', 'it sent rubbish', true);
    assert.deepEqual(bed.log, [
      'user/a info: chatter (quiet)',
      'user/a error: trouble',
      'user/a warning: it sent rubbish',
    ]);
  });
});
