// `npm run test:e2e`: packs the extension (unless --packaged) and runs the workbench tests: e2eTests.ts [--only=PATTERN] [FILE …]
import { once } from 'node:events';
import { packageExtension } from './package.ts';
import { startGroup } from './processes.ts';

const args = process.argv.slice(2);
if (!args.includes('--packaged')) packageExtension();
const rest = args.filter((arg) => arg !== '--packaged');
const child = startGroup(process.execPath, [...process.execArgv, 'scripts/nodeTests.ts', 'e2e', ...rest]);
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
