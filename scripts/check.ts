// `npm run check`: everything that needs no VS Code; with an argument, only the parts of that name.
import { runParts } from './parts.ts';
import { format, headless, lint, types } from './suites.ts';

const [only] = process.argv.slice(2);
const parts = only === 'lint' ? lint : only === 'types' ? types : [...format, ...lint, ...types, ...headless];
await runParts(parts);
