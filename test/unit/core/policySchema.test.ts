import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { verdictKinds } from '../../../src/core/identityReport.ts';
import { policySchema } from '../../../src/core/policySchema.ts';
import { policySchemaFile, policySchemaText } from '../../../scripts/policySchema.ts';
import { policyFile } from '../../fakes/policyBed.ts';

const root = path.join(import.meta.dirname, '../../..');

test('the schema that the editor gets is made from the one that the parser checks by', () => {
  assert.equal(
    readFileSync(path.join(root, policySchemaFile), 'utf8'),
    policySchemaText(),
    'run `node scripts/policySchema.ts`',
  );
});

test('every property has a description to show on hover', () => {
  const visit = (schema: Json, where: string): void => {
    if (!isJsonObject(schema)) return;
    for (const [name, property] of Object.entries((schema['properties'] ?? {}) as JsonObject)) {
      const described = property as JsonObject;
      assert.ok(described['description'] ?? described['markdownDescription'], `${where}/${name}`);
      visit(property, `${where}/${name}`);
    }
    visit(schema['items'] ?? null, `${where}[]`);
  };
  visit(policySchema, '');
});

test('every example of the schema is one that the parser takes', () => {
  const rule = ((policySchema['properties'] as JsonObject)['rules'] as JsonObject)['items'] as JsonObject;
  let count = 0;
  for (const [name, property] of Object.entries(rule['properties'] as JsonObject))
    for (const example of ((property as JsonObject)['examples'] ?? []) as Json[]) {
      assert.deepEqual(policyFile({ rules: [{ effect: 'allow', [name]: example }] }).problems, [], name);
      count++;
    }
  assert.ok(count > 10);
});

test('rules can name every verdict of the identity checks', () => {
  for (const verdict of [...verdictKinds, 'unknown'])
    assert.deepEqual(policyFile({ rules: [{ effect: 'deny', verdict }] }).problems, []);
});
