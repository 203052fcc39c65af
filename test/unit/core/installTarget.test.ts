import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeName, knowsInputs, splitServerId } from '../../../src/core/installTarget.ts';
import { cursorSource, userSource } from '../../fakes/installBed.ts';

const targets = [
  { source: userSource, exists: true, names: [], refusal: undefined },
  { source: { ...userSource, id: 'user/work' }, exists: true, names: [], refusal: undefined },
];

test('the first free name is proposed', () => {
  assert.equal(freeName('a', []), 'a');
  assert.equal(freeName('a', ['a', 'a-2']), 'a-3');
});

test('the id of a server leads back to its file and name, slashes in either included', () => {
  assert.equal(splitServerId('user/a', targets)?.name, 'a');
  assert.equal(splitServerId('user/io.github.a/b', targets)?.name, 'io.github.a/b');
  assert.equal(splitServerId('user/work/a', targets.toReversed())?.target.source.id, 'user/work');
});

test('the id of a server whose file is not in use leads nowhere', () => {
  assert.equal(splitServerId('cursor/a', targets), undefined);
  assert.equal(splitServerId('user/', targets), undefined);
  assert.equal(splitServerId('user', targets), undefined);
});

test('only the files of VS Code keep secrets out of themselves', () => {
  assert.equal(knowsInputs(userSource.kind), true);
  assert.equal(knowsInputs(cursorSource.kind), false);
});
