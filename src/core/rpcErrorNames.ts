/** The names that JSON-RPC 2.0 and MCP (schema.ts of 2025-11-25 and 2026-07-28) give to error codes. */
const names: Readonly<Record<number, string>> = {
  [-32700]: 'Parse error',
  [-32600]: 'Invalid Request',
  [-32601]: 'Method not found',
  [-32602]: 'Invalid params',
  [-32603]: 'Internal error',
  [-32002]: 'Resource not found',
  [-32020]: 'Header mismatch',
  [-32021]: 'Missing required client capability',
  [-32022]: 'Unsupported protocol version',
  [-32042]: 'URL elicitation required',
};

/** The standard name of a JSON-RPC error code; undefined for one that is a server's own. */
export function rpcErrorName(code: number): string | undefined {
  return Object.hasOwn(names, code) ? names[code] : undefined;
}
