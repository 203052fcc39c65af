import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { schemaAdvice } from '../../../src/core/registrySchema.ts';
import { entrySchemas } from '../../../src/node/registrySchemas.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';
import { allVersions, originals, schemas } from '../../fixtures/registry/registryFixtures.ts';
import { entryOf } from '../../fakes/registryEntries.ts';

const validator = createSchemaValidator();

test('the schemas that ship say the same as the published ones about every real document', () => {
  const published = schemas();
  for (const [date, schema] of Object.entries(entrySchemas)) {
    const name = `server.schema.${date === 'draft' ? 'draft-2026-04' : date}`;
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const reference = ajv.compile(published[name] ?? assert.fail(`no fixture ${name}`));
    for (const { file, document } of originals()) {
      const isValid = validator.validate(schema, document).length === 0;
      assert.equal(isValid, reference(document), `${date} ${file}`);
    }
  }
});

test('an entry is checked against the schema that it declares', () => {
  for (const { file, document, validAgainstDeclaredSchema } of originals()) {
    const advice = schemaAdvice(entryOf(document), entrySchemas, validator);
    assert.equal(advice.kind, validAgainstDeclaredSchema ? 'valid' : 'invalid', file);
    if (advice.kind === 'invalid')
      assert.ok(advice.findings.length > 0 && advice.findings[0]!.message.length > 0);
  }
  assert.deepEqual(
    schemaAdvice(entryOf({ name: 'a/b', description: 'x', version: '1' }), entrySchemas, validator),
    {
      kind: 'unknown',
      schema: undefined,
    },
  );
});

test('most real entries are valid, and those that are not still load', () => {
  const kinds = allVersions().map((item) => schemaAdvice(entryOf(item), entrySchemas, validator).kind);
  const count = (kind: string) => kinds.filter((found) => found === kind).length;
  assert.equal(kinds.length, 2788);
  assert.ok(count('valid') > 2000, `${count('valid')} valid`);
  assert.ok(count('invalid') > 0, `${count('invalid')} invalid`);
});
