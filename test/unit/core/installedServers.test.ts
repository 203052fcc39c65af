import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InstallBed, registry, userSource } from '../../fakes/installBed.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';

const signal = new AbortController().signal;
const name = 'com.example/tool';
const locked = new Error('the keyring is locked');

/** A bed with a server to install that wants one secret. */
function bed(): InstallBed {
  const made = new InstallBed();
  made.versions = [
    packageEntry({ environmentVariables: [{ name: 'API_KEY', isRequired: true, isSecret: true }] }),
  ];
  return made;
}

describe('a secret storage that fails', () => {
  test('keeps an installation from nothing but its secret: record, consent and the way back are there', async () => {
    const made = bed();
    await made.installer.open({ registryId: registry.id, name, version: undefined }, signal);
    made.secrets.failWith = locked;
    const id = await made.finish({ API_KEY: 'sesame' });
    assert.equal(made.flow.step.kind, 'done');
    assert.equal(made.records.get(id)?.version, '1.0.0');
    assert.equal(made.consents.list().length, 1);
    made.secrets.failWith = undefined;
    await made.installer.undo();
    assert.equal(made.texts.get(userSource.file), undefined);
  });

  test('keeps undo from nothing else, and is told', async () => {
    const made = bed();
    const id = await made.install(name, { API_KEY: 'sesame' });
    made.secrets.failWith = locked;
    await assert.rejects(made.installer.undo(), { code: 'storage', cause: locked });
    assert.equal(made.texts.get(userSource.file), undefined);
    assert.equal(made.records.get(id), undefined);
    assert.deepEqual(made.configuration.get().servers, []);
    assert.equal(made.installer.flow.get(), undefined);
  });

  test('keeps an uninstallation from nothing else, and is told', async () => {
    const made = bed();
    const id = await made.install(name, { API_KEY: 'sesame' });
    const kept = made.secrets.delete.bind(made.secrets);
    made.secrets.delete = () => Promise.reject(locked);
    await assert.rejects(made.installed.uninstall(id, true), { code: 'storage', cause: locked });
    assert.deepEqual(made.userFile, { servers: {} });
    assert.deepEqual([made.records.size, made.consents.list()], [0, []]);
    made.secrets.delete = kept;
    await made.installer.undo();
    assert.equal(made.records.get(id)?.version, '1.0.0');
    assert.equal(await made.secrets.get('input/user/tool-API_KEY'), 'sesame');
  });
});
