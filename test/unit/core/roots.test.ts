import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ServerRoots, type Root } from '../../../src/core/roots.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

const a = { uri: 'file:///a', name: 'a' };
const b = { uri: 'file:///b', name: 'b' };
const extra = { uri: 'file:///data', name: 'data' };

function bed(folders: readonly Root[] = [a, b]) {
  const memory = new FakeMemory();
  const window = { folders };
  return { memory, window, roots: new ServerRoots(memory, () => window.folders) };
}

suite('the roots of a server', () => {
  test('are the workspace’s folders until the user says otherwise, for that server alone', () => {
    const { roots } = bed();
    assert.deepEqual(roots.of('s'), [a, b]);
    assert.equal(roots.set('s', [b, extra]), true);
    assert.deepEqual(roots.of('s'), [b, extra]);
    assert.deepEqual(roots.of('other'), [a, b]);
    assert.deepEqual(
      roots.lines('s').map(({ uri, isOn, from }) => [uri, isOn, from]),
      [
        [a.uri, false, 'workspace'],
        [b.uri, true, 'workspace'],
        [extra.uri, true, 'added'],
      ],
    );
  });

  test('say whether anything changed, and leave nothing behind when all is as without a choice', () => {
    const { roots, memory } = bed();
    assert.equal(roots.set('s', [a, b]), false);
    roots.set('s', []);
    assert.deepEqual(roots.of('s'), []);
    assert.equal(roots.set('s', [a, b]), true);
    assert.equal(memory.values.size, 0);
  });

  test('a folder that is off stays off when its window is open again, a new folder is on', () => {
    const { roots, window, memory } = bed();
    roots.set('s', [a]);
    window.folders = [a];
    roots.set('s', [a, extra]);
    window.folders = [a, b, { uri: 'file:///new', name: 'new' }];
    const again = new ServerRoots(memory, () => window.folders);
    assert.deepEqual(
      again.of('s').map(({ name }) => name),
      ['a', 'new', 'data'],
    );
  });

  test('what was kept is checked', () => {
    const { roots, memory } = bed([a]);
    memory.set('roots:s', '{"off":[5],"added":[{"uri":"no uri"},{"uri":"file:///x"},7]}');
    assert.deepEqual(roots.of('s'), [a, { uri: 'file:///x', name: 'file:///x' }]);
    memory.set('roots:s', '{');
    assert.deepEqual(roots.of('s'), [a]);
  });
});
