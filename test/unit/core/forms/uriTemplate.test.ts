import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandTemplate, variablesOf } from '../../../../src/core/forms/uriTemplate.ts';

const values = { var: 'value', hello: 'Hello World!', path: '/foo/bar', x: '1024', y: '768', half: '50%' };

// From RFC 6570 sections 1.2 and 3.2.
const cases: readonly (readonly [string, string])[] = [
  ['{var}', 'value'],
  ['{hello}', 'Hello%20World%21'],
  ['{half}', '50%25'],
  ['{+var}', 'value'],
  ['{+hello}', 'Hello%20World!'],
  ['{+path}/here', '/foo/bar/here'],
  ['{+half}', '50%25'],
  ['X{#var}', 'X#value'],
  ['X{#hello}', 'X#Hello%20World!'],
  ['map?{x,y}', 'map?1024,768'],
  ['{x,hello,y}', '1024,Hello%20World%21,768'],
  ['{+x,hello,y}', '1024,Hello%20World!,768'],
  ['X{.x,y}', 'X.1024.768'],
  ['{/var,x}/here', '/value/1024/here'],
  ['{;x,y}', ';x=1024;y=768'],
  ['{?x,y}', '?x=1024&y=768'],
  ['?fixed=yes{&x}', '?fixed=yes&x=1024'],
  ['{var:3}', 'val'],
  ['{+path:6}/here', '/foo/b/here'],
  ['{x,undef}', '1024'],
  ['{?undef}', ''],
];

for (const [template, expected] of cases) {
  void test(`${template} is ${expected}`, () => assert.equal(expandTemplate(template, values), expected));
}

void test('a typed path cannot leave its place in a simple expression, and own members only are values', () => {
  assert.equal(
    expandTemplate('file:///{name}', { name: '../../etc/passwd' }),
    'file:///..%2F..%2Fetc%2Fpasswd',
  );
  assert.equal(expandTemplate('x:{constructor}', {}), 'x:');
  assert.equal(expandTemplate('x:{a}', { a: '\ud800' }), 'x:%EF%BF%BD');
});

void test('the variables are named once each, in order; what is no variable is none', () => {
  assert.deepEqual(variablesOf('a/{x}{?y,x*,z:3}{}{not ok}'), ['x', 'y', 'z']);
});
