import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceGroups, type GroupEntry } from '../../../src/core/resourceGroups.ts';

const groups = (uris: readonly string[]) => resourceGroups(uris, (uri) => uri);
const labels = (entries: readonly GroupEntry<string>[]) =>
  entries.map((entry) => (entry.kind === 'item' ? entry.item : `${entry.label} (${entry.count})`));
const inside = (entry: GroupEntry<string> | undefined) => (entry?.kind === 'group' ? entry.entries() : []);

/** Everything below, with the widest level. */
function walk(entries: readonly GroupEntry<string>[]): {
  readonly items: readonly string[];
  readonly keys: readonly string[];
  readonly widest: number;
} {
  const below = entries.filter((entry) => entry.kind === 'group').map((entry) => walk(entry.entries()));
  return {
    items: [
      ...entries.flatMap((entry) => (entry.kind === 'item' ? [entry.item] : [])),
      ...below.flatMap(({ items }) => items),
    ],
    keys: [
      ...entries.flatMap((entry) => (entry.kind === 'group' ? [entry.key] : [])),
      ...below.flatMap(({ keys }) => keys),
    ],
    widest: Math.max(entries.length, ...below.map(({ widest }) => widest)),
  };
}

void test('few resources stand as they are', () => {
  assert.deepEqual(labels(groups(['b://1', 'a://1'])), ['b://1', 'a://1']);
});

void test('many stand by scheme and folder; a folder of one is that one', () => {
  const uris = [
    ...Array.from({ length: 80 }, (_, i) => `file:///src/core/${i}.ts`),
    ...Array.from({ length: 40 }, (_, i) => `file:///docs/${i}.md`),
    'note:single',
    'db://host/rows/1',
    'db://host/rows/2',
  ];
  const top = groups(uris);
  assert.deepEqual(labels(top), ['file:/// (120)', 'note:single', 'db://host/ (2)']);
  assert.deepEqual(labels(inside(top[0])), ['src/ (80)', 'docs/ (40)']);
});

void test('50,000 in one folder stand in ranges, and none is lost or named twice', () => {
  const uris = Array.from({ length: 50_000 }, (_, i) => `demo://resource/${i}`);
  const all = walk(groups(uris));
  assert.deepEqual([...all.items].sort(), [...uris].sort());
  assert.ok(all.widest <= 100);
  assert.equal(new Set(all.keys).size, all.keys.length);
  const [range] = inside(groups(uris)[0]);
  assert.equal(range?.kind === 'group' && range.label, '0 … 99');
});

void test('addresses without a scheme, with traversal or of enormous length lose nothing', () => {
  const uris = [
    ...Array.from({ length: 150 }, (_, i) => `../../${i}`),
    `x://${'/'.repeat(5_000)}`,
    'y'.repeat(8_000),
    ...Array.from({ length: 120 }, (_, i) => `x://a/${'b'.repeat(300)}/${i}`),
  ];
  const all = walk(groups(uris));
  assert.equal(all.items.length, uris.length);
  assert.ok(all.widest <= 100);
});
