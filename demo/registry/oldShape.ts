const camelNames = [
  'registryType',
  'registryBaseUrl',
  'fileSha256',
  'runtimeHint',
  'runtimeArguments',
  'packageArguments',
  'environmentVariables',
  'isRequired',
  'isSecret',
  'isRepeated',
  'valueHint',
  'websiteUrl',
  'publishedAt',
  'updatedAt',
  'isLatest',
  'statusChangedAt',
  'statusMessage',
];
const snakeNames = new Map(
  camelNames.map((name) => [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);
const officialKey = 'io.modelcontextprotocol.registry/official';

/** A `ServerResponse` in the flat snake_case shape of 2025-07-09. */
export function snakeCased(text: string): string {
  const { server, _meta } = JSON.parse(text) as {
    server: Record<string, unknown>;
    _meta: Record<string, Record<string, unknown>>;
  };
  const { status, ...official } = _meta[officialKey] ?? {};
  return JSON.stringify(rename({ ...server, status, _meta: { [officialKey]: official } }));
}

function rename(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rename);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [snakeNames.get(name) ?? name, rename(member)]),
  );
}
