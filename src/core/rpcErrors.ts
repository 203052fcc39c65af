/** The error codes of JSON-RPC 2.0 and MCP (schema.ts of 2025-11-25 and 2026-07-28) with the names given to them. */
const table = {
  parse: [-32700, 'Parse error'],
  invalidRequest: [-32600, 'Invalid Request'],
  methodNotFound: [-32601, 'Method not found'],
  invalidParams: [-32602, 'Invalid params'],
  internal: [-32603, 'Internal error'],
  resourceNotFound: [-32002, 'Resource not found'],
  headerMismatch: [-32020, 'Header mismatch'],
  missingCapability: [-32021, 'Missing required client capability'],
  unsupportedVersion: [-32022, 'Unsupported protocol version'],
  urlElicitationRequired: [-32042, 'URL elicitation required'],
} as const satisfies Record<string, readonly [code: number, name: string]>;

type Table = typeof table;

/** The code of each error of JSON-RPC 2.0 and MCP. */
export const rpcCode = Object.fromEntries(
  Object.entries(table).map(([key, [code]]) => [key, code]),
) as unknown as { readonly [Key in keyof Table]: Table[Key][0] };

const names = new Map<number, string>(Object.values(table));

/** The standard name of a JSON-RPC error code; undefined for one that is a server's own. */
export function rpcErrorName(code: number): string | undefined {
  return names.get(code);
}
