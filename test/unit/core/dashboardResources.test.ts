import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../../../src/core/connection.ts';
import type { Offer } from '../../../src/core/connections.ts';
import { ResourceSearch } from '../../../src/core/dashboardResources.ts';
import { listing } from '../../fakes/fakeConnector.ts';

function resource(uri: string, facts: Partial<Resource> = {}): Resource {
  return {
    ...{ uri, name: uri, title: undefined, description: undefined, mimeType: undefined, size: undefined },
    raw: {},
    ...facts,
  };
}

function offer(resources: readonly Resource[]): Offer {
  const { title, description, mimeType, raw } = resource('x:');
  const template = { uriTemplate: 'notes://{day}', name: 'diary', title, description, mimeType, raw };
  return {
    tools: listing([]),
    prompts: listing([]),
    resources: listing(resources),
    resourceTemplates: listing([template]),
  };
}

void test('every word must occur somewhere, in any case; templates come first', () => {
  const search = new ResourceSearch();
  const all = offer([
    resource('notes://one', { title: 'First Note' }),
    resource('file:///a.png', { mimeType: 'image/png', raw: { annotations: { priority: 1 } } }),
  ]);
  const find = (text: string) => search.page(all, { text, offset: 0, limit: 10 });
  assert.deepEqual(
    find('').rows.map((row) => (row.kind === 'template' ? row.uriTemplate : row.uri)),
    ['notes://{day}', 'notes://one', 'file:///a.png'],
  );
  assert.deepEqual(
    find('NOTE first').rows.map(({ name }) => name.text),
    ['First Note'],
  );
  assert.equal(find('image').rows[0]?.priority, 1);
  assert.equal(find('nothing of that').total, 0);
  const [template] = find('diary').rows;
  assert.deepEqual(template?.kind === 'template' && template.variables.map(({ name }) => name), ['day']);
});

void test('a page is a part of the whole, and hostile names are marked without hiding the good ones', () => {
  const search = new ResourceSearch();
  const many = Array.from({ length: 20_000 }, (_, i) => resource(`n://${i}`));
  many[150] = resource('n://150', { name: `bad\u202Ename${'x'.repeat(10_000)}` });
  const page = search.page(offer(many), { text: '', offset: 101, limit: 100 });
  assert.deepEqual([page.rows.length, page.total, page.templates], [100, 20_001, 1]);
  assert.equal(page.rows[0]?.kind === 'resource' && page.rows[0].uri, 'n://100');
  const bad = page.rows[50];
  assert.equal(bad?.name.hidden, 1);
  assert.ok(bad.name.isTruncated && bad.name.text.length <= 200);
});
