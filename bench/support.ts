import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A configuration file and a state folder in a temporary folder of their own. */
export async function scratchConfig(
  content: object,
): Promise<{ readonly config: string; readonly state: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  const config = join(dir, 'mcp.json');
  await writeFile(config, JSON.stringify(content));
  return { config, state: join(dir, 'state'), remove: () => rm(dir, { recursive: true, force: true }) };
}
