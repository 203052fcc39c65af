import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readRegistries, registryIdOf, registrySecretKey } from '../../../src/core/registrySources.ts';

const none = () => undefined;
const official = { name: 'Official', url: 'https://registry.example.com/' };

suite('the setting of registries', () => {
  test('gives the registries in order, with the address as id and the switch', () => {
    const { registries, problems } = readRegistries(
      [official, { url: 'https://private.example.com/mcp//', enabled: false }],
      undefined,
      none,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      registries.map(({ source, isEnabled }) => [source.id, source.label, source.isPolicy, isEnabled]),
      [
        ['https://registry.example.com', 'Official', false, true],
        ['https://private.example.com/mcp', 'private.example.com', false, false],
      ],
    );
  });

  test('names what is wrong and keeps the rest', () => {
    const { registries, problems } = readRegistries(
      [
        { name: 'x' },
        { url: 'http://plain.example.com' },
        { url: 'https://user:secret@example.com' },
        official,
        { url: 'https://registry.example.com' },
        'https://text.example.com',
      ],
      undefined,
      none,
    );
    assert.deepEqual(
      registries.map(({ source }) => source.id),
      ['https://registry.example.com'],
    );
    assert.equal(problems.length, 5);
    assert.match(problems[0]!, /^Registry 1 has no url/);
    assert.match(problems[1]!, /^Registry 2 .*https/);
    assert.match(problems[4]!, /^Registry 6 /);
    assert.match(problems[3]!, /listed twice/);
  });

  test('an address on this machine may be without encryption, for tests and private mirrors', () => {
    const { registries } = readRegistries([{ url: 'http://127.0.0.1:8080/base' }], undefined, none);
    assert.equal(registries[0]?.source.url, 'http://127.0.0.1:8080/base');
  });

  test('hidden characters in a name are made visible', () => {
    const { registries } = readRegistries([{ ...official, name: 'Off\u202Eicial' }], undefined, none);
    assert.equal(registries[0]?.source.label, 'Off<U+202E>icial');
  });

  test('a registry with a key knows its header, and the key is bound to the address', () => {
    const headers = new Map([['https://registry.example.com', 'X-Api-Key']]);
    const { registries } = readRegistries([official], undefined, (id) => headers.get(id));
    assert.deepEqual(registries[0]?.source.header, {
      name: 'X-Api-Key',
      secretKey: registrySecretKey('https://registry.example.com'),
    });
    const moved = readRegistries([{ ...official, url: 'https://other.example.com' }], undefined, (id) =>
      headers.get(id),
    );
    assert.equal(moved.registries[0]?.source.header, undefined);
  });

  test('a registry set by the organisation takes the place of all others, also when it was switched off', () => {
    const { registries, hidden } = readRegistries(
      [{ ...official, enabled: false }, { url: 'https://other.example.com' }],
      'https://registry.example.com',
      none,
    );
    assert.equal(hidden, 1);
    assert.deepEqual(
      registries.map(({ source, isEnabled }) => [source.label, source.isPolicy, isEnabled]),
      [['Official', true, true]],
    );
  });

  test('an unusable address of the organisation still hides the others', () => {
    const { registries, problems, hidden } = readRegistries([official], 'http://insecure.example.com', none);
    assert.deepEqual(registries, []);
    assert.equal(hidden, 1);
    assert.match(problems[0]!, /set for this organisation .*must start with https/);
  });

  test('the same registry written differently has one id', () => {
    assert.equal(registryIdOf('https://Registry.Example.com:443/'), 'https://registry.example.com');
    assert.equal(registryIdOf('nonsense'), undefined);
  });
});
