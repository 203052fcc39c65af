// `npm test`: everything, in a real extension host and a real workbench too.
import { runParts } from './parts.ts';
import { conformance, format, headless, lint, types, workbench } from './suites.ts';

await runParts([...format, ...lint, ...types, ...headless, ...workbench, ...conformance]);
