import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rpcCode, rpcErrorName } from '../../../src/core/rpcErrors.ts';

test('every code has a name, and no two errors share a code', () => {
  const codes = Object.values(rpcCode);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.notEqual(rpcErrorName(code), undefined);
  assert.equal(rpcCode.invalidParams, -32602);
  assert.equal(rpcErrorName(-32602), 'Invalid params');
  assert.equal(rpcErrorName(-32022), 'Unsupported protocol version');
});

test("a server's own code has no standard name", () => {
  for (const code of [-32000, 0, 7, Number.NaN]) assert.equal(rpcErrorName(code), undefined);
});
